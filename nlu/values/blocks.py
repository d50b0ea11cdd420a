"""Coarse keys of a value, under which likely duplicates are looked for: equal for values that people take for one.

Each says nearly as much as a blind index of the whole value does: a postcode goes with its house number, a phone by its
last seven digits. A key that thousands share would tell whoever reads the database how people are spread.
"""

from __future__ import annotations

import re
import unicodedata

from nlu.types import Value
from nlu.values.canonical import canonical
from nlu.values.complete import is_chinese

PHONE_DIGITS = 7
SHORTEST = 3
_WORD = re.compile(r"[^\W_]+")


def blocking_keys(field: str, value: Value) -> tuple[str, ...]:
    """The keys of a value; none for a field in which nobody looks for duplicates, or where too little is known."""
    match field:
        case "phone":
            digits = value.get("e164", "").lstrip("+")
            return (f"phone:{digits[-PHONE_DIGITS:]}",) if len(digits) > PHONE_DIGITS else ()
        case "email":
            return _mailbox(value.get("email", ""))
        case "name":
            words = sorted(folded(value))
            return ("name:" + " ".join(words),) if len("".join(words)) > 1 else ()
        case "address":
            return _place(value)
        case _:
            return ()


def folded(name: Value) -> list[str]:
    """The words of a name without accents and capitals, in the order written."""
    full = name.get("full") or " ".join(name.get(part, "") for part in ("given_name", "family_name"))
    plain = unicodedata.normalize("NFKD", full.casefold())
    return _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))


def _mailbox(address: str) -> tuple[str, ...]:
    """The mailbox without its domain, dots and what stands after a plus."""
    local = address.casefold().partition("@")[0].partition("+")[0].replace(".", "")
    return (f"email:{local}",) if len(local) >= SHORTEST else ()


def _place(value: Value) -> tuple[str, ...]:
    parts = dict(part.partition("=")[::2] for part in canonical("address", value).split("|"))
    if is_chinese(value, region=""):
        road = parts.get("road") or parts.get("community") or parts.get("poi")
        return (f"place:{parts.get('city', '')} {road} {parts.get('number', '')}",) if road else ()
    number = parts.get("number") or parts.get("po_box")
    return (f"place:{parts['postcode']} {number}",) if number and parts.get("postcode") else ()
