"""A known value and a newer part of it make one value; what it still lacks is named."""

from __future__ import annotations

from nlu.types import Value
from nlu.values.complete import address_gaps, is_chinese
from nlu.values.divisions import division

_WHOLE = frozenset({"phone", "email", "name", "bank_account"})
_WITHIN_STREET = ("unit", "building", "floor", "room", "poi", "po_box")
_LEADING = {"phone": "e164", "email": "email", "bank_account": "number", "name": "full"}
_REQUIRED = {
    "phone": ("e164",),
    "email": ("email",),
    "id_document": ("number", "type"),
    "bank_account": ("number",),
    "company": ("name",),
    "contact_person": ("name", "e164"),
    "other_personal": ("text",),
}


def merge(field: str, known: Value, new: Value) -> Value:
    """Join two values of one field: a newer component wins, and takes along what belonged only to the older one."""
    if not known or not new:
        return dict(new or known)
    if field == "address":
        return _address(known, new)
    if field == "name" and "full" not in new:
        return _name({**known, **new})
    if field == "id_document" or (
        field == "bank_account" and known.get("number", new.get("number")) == new.get("number")
    ):
        return {**known, **new}  # the kind of document, or the bank, may be told before the number
    if field == "contact_person" and new.get("name", known.get("name")) != known.get("name"):
        return {part: text for part, text in known.items() if part == "e164"} | dict(new)
    if field in _WHOLE:
        return dict(new) if _LEADING[field] in new or "partial" in new else {**known, **new}
    return {**known, **new}


def missing(field: str, value: Value, *, region: str) -> tuple[str, ...]:
    """Name the components still required. An address is judged by its own country where it names one."""
    if field == "address":
        return address_gaps(value, region=_region(value, region))
    if field == "name":
        return () if "full" in value or {"given_name", "family_name"} <= value.keys() else ("full",)
    return tuple(part for part in _REQUIRED.get(field, ("value",)) if not value.get(part))


def _region(value: Value, region: str) -> str:
    country = value.get("country", "").strip(" .").casefold()
    if country in {"中国", "china", "cn"}:
        return "CN"
    return "US" if country and not is_chinese(value, region=region) else region


def _address(known: Value, new: Value) -> Value:
    if _script(known) != _script(new) and len(new) > 2:
        return dict(new)
    kept = dict(known)
    if _differs("city", known, new):
        _leave_city(kept, new["city"])
    if _another_street(known, new):
        for part in _WITHIN_STREET:
            kept.pop(part, None)
    if "po_box" in new and "street" not in new:
        for part in ("number", "street", "unit", "building", "floor"):
            kept.pop(part, None)
    return {**kept, **new}


def _leave_city(kept: dict[str, str], city: str) -> None:
    """Drop the divisions that the new city does not have; a postcode stays, since a mistyped city is the usual case."""
    district = kept.get("district")
    if district is not None and division(district, within=city) is None:
        for part in ("province", "district", "town", "community"):
            kept.pop(part, None)


def _another_street(known: Value, new: Value) -> bool:
    """A different street with its own number: the flat of the old house does not move along."""
    street = _differs("street", known, new) or _differs("road", known, new)
    return "number" in new and (street or ("po_box" in known and "street" in new))


def _differs(part: str, known: Value, new: Value) -> bool:
    return part in known and part in new and known[part].casefold() != new[part].casefold()


def _script(value: Value) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for text in value.values() for char in text)


def _name(value: Value) -> Value:
    given, family = value.get("given_name"), value.get("family_name")
    if given is None or family is None:
        return value
    full = family + given if _script(value) else f"{given} {family}"
    return {**value, "full": full}
