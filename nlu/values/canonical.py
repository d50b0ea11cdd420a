"""The form in which two values are compared, and from which the blind index is made."""

# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

import re
import unicodedata

from nlu.types import Value
from nlu.values.chinese import numeral, simplified
from nlu.values.complete import is_chinese
from nlu.values.divisions import division, short_name
from nlu.values.places_en import COUNTRIES, OTHER_STATES, US_STATES

_PUNCTUATION = re.compile(r"[\W_]+")
_UNIT_WORDS = frozenset("apartment apt flat suite ste unit number no".split())
_NUMBER_SUFFIX = re.compile(r"(?:号楼|号院|号房|号|栋|幢|座|楼|层|室|单元|房)$")
_STREETS = dict(
    pair.split(":")
    for pair in (
        "street:st avenue:ave av:ave road:rd drive:dr lane:ln boulevard:blvd court:ct place:pl terrace:ter "
        "circle:cir highway:hwy parkway:pkwy "
        "square:sq crescent:cres gardens:gdns grove:grv north:n south:s east:e west:w northeast:ne "
        "northwest:nw southeast:se southwest:sw saint:st "
        "mount:mt fort:ft"
    ).split()
)


def canonical(field: str, value: Value) -> str:
    """Write a value so that equal values give equal text."""
    if "partial" in value:
        return "partial=" + _plain(value["partial"])
    match field:
        case "phone":
            return value.get("e164", "") + (f";{value['extension']}" if value.get("extension") else "")
        case "email":
            return unicodedata.normalize("NFKC", value.get("email", "")).casefold()
        case "name":
            return _name(value)
        case "id_document" | "bank_account":
            return _plain(value.get("number", "")).upper()
        case "address":
            return _joined(_chinese(value) if is_chinese(value, region="") else _english(value))
        case "contact_person":
            kept = {part: _plain(value[part]) for part in ("name", "e164") if value.get(part)}
            return _joined(kept)
        case "company" | "other_personal":
            return _joined({part: _plain(text) for part, text in value.items()})
        case _ if "value" in value:
            return _plain(value["value"])
        case _:
            return _joined({part: _plain(text) for part, text in value.items()})


def _plain(text: str) -> str:
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text).casefold())


def _joined(parts: Value) -> str:
    return "|".join(f"{part}={parts[part]}" for part in sorted(parts) if parts[part])


def _name(value: Value) -> str:
    full = value.get("full")
    if full:
        return _plain(full)
    given, family = value.get("given_name", ""), value.get("family_name", "")
    chinese = re.search(r"[\u4e00-\u9fff]", given + family) is not None
    return _plain(family + given if chinese else given + family)


def _english(value: Value) -> Value:
    out: dict[str, str] = {}
    for part, text in value.items():
        words = _PUNCTUATION.sub(" ", unicodedata.normalize("NFKC", text).casefold().replace(".", "")).split()
        if part == "state":
            name = " ".join(words)
            out[part] = US_STATES.get(name) or OTHER_STATES.get(name, (name, ""))[0]
        elif part == "country":
            out[part] = COUNTRIES.get(" ".join(words), " ".join(words)).casefold()
        elif part == "postcode":
            out[part] = "".join(words)
        elif part == "unit":
            out[part] = "".join(word for word in words if word not in _UNIT_WORDS)
        else:
            out[part] = "".join(_STREETS.get(word, word) for word in words)
    return out


def _chinese(value: Value) -> Value:
    out: dict[str, str] = {}
    for part, text in value.items():
        text = _plain(simplified(text))
        if part in {"number", "building", "unit", "floor", "room"}:
            text = numeral(_NUMBER_SUFFIX.sub("", text) or text)
        out[part] = text
    district = (
        division(out.get("district", ""), within=value.get("city") or value.get("province"))
        if out.get("district")
        else None
    )
    city = out.get("city") or (district.city if district is not None else None)
    if city:
        out["city"] = city
        out.pop("province", None)
    for part in ("province", "city", "district"):
        if part in out:
            out[part] = short_name(out[part])
    out.pop("country", None)
    return out
