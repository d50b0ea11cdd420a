"""A value as people read it, whole or masked."""

from __future__ import annotations

import re

import phonenumbers

from nlu.types import Language, Value
from nlu.values.complete import is_chinese
from nlu.values.places_en import US_STATES

_ZH_ORDER = (
    "country",
    "province",
    "city",
    "district",
    "town",
    "community",
    "road",
    "number",
    "poi",
    "building",
    "unit",
    "floor",
    "room",
)
_ZH_SUFFIX = {"number": "号", "building": "号楼", "unit": "单元", "floor": "层", "room": "室"}
_DOCUMENTS = {
    "CN resident ID": {Language.EN: "Chinese resident ID", Language.ZH: "居民身份证"},
    "passport": {Language.ZH: "护照"},
    "driving licence": {Language.ZH: "驾驶证"},
    "social security number": {Language.ZH: "社会保障号"},
    "travel permit": {Language.ZH: "通行证"},
    "residence permit": {Language.ZH: "居住证"},
    "national ID": {Language.ZH: "身份证件"},
}
_LAST_FIRST = {"bank_account": 4, "id_document": 4}


def present(field: str, value: Value, *, language: Language) -> str:
    """Write a value on one line."""
    if "partial" in value:
        return value["partial"]
    match field:
        case "address":
            return _chinese(value) if is_chinese(value, region="") else _english(value)
        case "phone":
            return _phone(value, language)
        case "name":
            return _name(value)
        case "bank_account":
            number = value.get("number", "")
            grouped = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
            return " ".join(part for part in (value.get("bank", ""), grouped) if part)
        case "contact_person":
            return _contact_person(value, language)
        case "company":
            return ", ".join(value[part] for part in ("name", "title") if value.get(part))
        case "id_document":
            kind = value.get("type", "")
            return " ".join(
                text for text in (_DOCUMENTS.get(kind, {}).get(language, kind), value.get("number")) if text
            )
        case "other_personal":
            return value.get("text", "")
        case _:
            return " ".join(text for text in value.values() if text)


def mask(field: str, value: Value) -> str:
    """Show at most four characters of a value, never more than half of it."""
    match field:
        case "phone":
            return f"••• ••• {_last(value.get('e164') or value.get('partial', ''), 4)}".rstrip()
        case "email":
            return _masked_email(value.get("email") or value.get("partial", ""))
        case "address":
            shown = value.get("number") or value.get("po_box") or value.get("postcode") or value.get("room") or ""
            return "••" + re.sub(r"[^0-9A-Za-z]", "", shown)[-2:]
        case "name":
            return _name(value)[:1] + "•••"
        case "contact_person":
            return value.get("name", "")[:1] + "•••"
        case _ if field in _LAST_FIRST:
            return "•••• " + _last(value.get("number") or value.get("partial", ""), 4)
        case "company" | "other_personal":
            return "••••"
        case _:
            own = value.get("value") or value.get("partial", "")
            return f"•••• {_last(own, 4)}" if any(map(str.isdigit, own)) else "••••"


def _contact_person(value: Value, language: Language) -> str:
    name, relation = value.get("name", ""), value.get("relation", "")
    phone = _phone(value, language) if value.get("e164") else ""
    if language is Language.ZH:
        shown = f"{name}（{relation}）" if name and relation else name or relation
        return f"{shown} {phone}".strip()
    shown = f"{name} ({relation})" if name and relation else name or relation
    return ", ".join(text for text in (shown, phone) if text)


def _last(text: str, count: int) -> str:
    kept = "".join(char for char in text if char.isalnum())
    count = min(count, len(kept) // 2)
    return kept[-count:] if count else ""


def _masked_email(email: str) -> str:
    local, _, domain = email.rpartition("@")
    ending = domain.rpartition(".")[2]
    known = local[:1].isalnum() and ending.isalnum() and len(ending) <= 3
    return f"{local[:1]}•••@•••.{ending}" if known else "•••@•••"


def _phone(value: Value, language: Language) -> str:
    e164 = value.get("e164", "")
    try:
        shown = phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        shown = e164
    if not value.get("extension"):
        return shown
    return f"{shown} {'转' if language is Language.ZH else 'ext. '}{value['extension']}"


def _name(value: Value) -> str:
    if value.get("full"):
        return value["full"]
    given, family = value.get("given_name", ""), value.get("family_name", "")
    if re.search(r"[\u4e00-\u9fff]", given + family):
        return family + given
    return f"{given} {family}".strip()


def _chinese(value: Value) -> str:
    out = ""
    for part in _ZH_ORDER:
        text = value.get(part, "")
        if part == "province" and text == value.get("city"):
            continue
        if re.fullmatch(r"[A-Za-z]{0,2}\d[\dA-Za-z\-]*", text):
            text += _ZH_SUFFIX.get(part, "")
        out += text.replace(" ", "") if part in _ZH_SUFFIX else text
    return out


def _english(value: Value) -> str:
    street = " ".join(text for text in (value.get("number", ""), _titled(value.get("street", ""))) if text)
    state = value.get("state", "")
    if state.casefold().replace(".", "") in US_STATES.values() or (len(state) <= 3 and state.islower()):
        state = state.replace(".", "").upper()
    place = " ".join(
        text for text in (_titled(value.get("city", "")), _titled(state), value.get("postcode", "").upper()) if text
    )
    parts = (
        _titled(value.get("recipient", "")),
        _titled(value.get("building", "")),
        street,
        _unit(value.get("unit", "")),
    )
    more = (_titled(value.get("floor", "")), _boxed(value.get("po_box", "")), place, _titled(value.get("country", "")))
    return ", ".join(text for text in parts + more if text)


def _titled(text: str) -> str:
    """Give capitals to what was typed all in lower case; leave the rest as written."""
    if text != text.lower():
        return text
    return re.sub(r"(?:^|(?<=[ \-]))[^\W\d_]", lambda m: m.group().upper(), text)


def _unit(text: str) -> str:
    return f"Unit {text}" if text[:1].isdigit() and " " not in text else _titled(text)


def _boxed(text: str) -> str:
    return re.sub(r"\bpo\b|\bp\.o\.", "PO", _titled(text), flags=re.IGNORECASE)
