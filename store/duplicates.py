"""Likely duplicates of a customer: who has the same contact, or looks like the same person, and why.

Values are encrypted, so nobody can search them. What is compared are the few customers who share a keyed hash: the
blind index of a contact or document, or a coarse key that is kept beside live values (nlu.values.blocks).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
from rapidfuzz import fuzz

from nlu.types import Value
from nlu.values.blocks import folded
from nlu.values.canonical import canonical
from nlu.values.present import mask
from store.facts import UNSHARED

if TYPE_CHECKING:
    from store.uow import UnitOfWork

ALIKE = 85
"""Per cent from which two names or addresses are told as alike."""

CANDIDATES = 30
"""Customers under one key that are looked at; a key that more share tells nothing."""

SAME = (
    "SELECT DISTINCT customer FROM value_version WHERE value_index = ? AND valid_to IS NULL AND customer <> ?"
    " ORDER BY customer LIMIT ?"
)
NEAR = (
    "SELECT DISTINCT v.customer FROM value_block AS b JOIN value_version AS v ON v.id = b.version"
    " WHERE b.block = ? AND v.valid_to IS NULL AND v.customer <> ? ORDER BY v.customer LIMIT ?"
)


class Why(StrEnum):
    """Why two customers may be one."""

    SAME = "same"  # the very same value of a field that two do not share
    SAME_NAME = "same_name"
    NAME_ALIKE = "name_alike"
    SAME_PLACE = "same_place"  # postcode and house number, or city, road and number
    ADDRESS_ALIKE = "address_alike"
    SAME_DIGITS = "same_digits"  # the last seven of the phone
    SAME_MAILBOX = "same_mailbox"  # another domain, dots or a plus


class Reason(msgspec.Struct, frozen=True):
    """One reason. `percent` is how alike, None where it is not a matter of degree."""

    why: Why
    field: str
    percent: int | None = None


class Duplicate(msgspec.Struct, frozen=True):
    """Another customer who may be the same. `exact`: a contact or document is the very same; `masked` by field."""

    no: str
    exact: bool
    reasons: tuple[Reason, ...]
    masked: Mapping[str, str]


NEARLY = {"phone": Why.SAME_DIGITS, "email": Why.SAME_MAILBOX, "address": Why.SAME_PLACE, "name": Why.SAME_NAME}


def find_duplicates(
    uow: UnitOfWork, customer: str, proposed: Mapping[str, Value] | None = None
) -> tuple[Duplicate, ...]:
    """Likely duplicates, exact ones first. `proposed` are new values, by field, in place of those on record."""
    mine = _values(uow, customer) | dict(proposed or {})
    hints: dict[str, list[Reason]] = {}
    for field, value in mine.items():
        if field in UNSHARED:
            for index in uow.customers.values.indexes(field, value):
                for other in _found(uow, SAME, index, customer):
                    hints.setdefault(other, []).append(Reason(Why.SAME, field))
        for block in uow.customers.values.blocks(field, value):
            for other in _found(uow, NEAR, block, customer):
                hints.setdefault(other, []).append(Reason(NEARLY[field], field))
    found = [_judged(uow, other, mine, reasons) for other, reasons in hints.items()]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (not one.exact, one.no)))


def _found(uow: UnitOfWork, sql: str, key: bytes, customer: str) -> list[str]:
    rows = uow.run(sql, (key, customer, CANDIDATES + 1)).fetchall()
    return [other for (other,) in rows] if len(rows) <= CANDIDATES else []


def _judged(uow: UnitOfWork, other: str, mine: Mapping[str, Value], hints: list[Reason]) -> Duplicate | None:
    """The other customer, if there is enough: the same contact or document, or two things that are alike. One name may
    be many people's, and one house many families'."""
    known = uow.customers.by_id(other)
    if known.status == "erased":
        return None
    theirs = _values(uow, other)
    exact = {reason.field for reason in hints if reason.why is Why.SAME}
    near = {reason for reason in hints if reason.why is not Why.SAME and reason.field not in exact}
    alike = {
        _alike(field, mine[field], theirs[field]) for field in ("name", "address") if field in mine and field in theirs
    }
    said = {(reason.field, reason.why): reason for reason in (*near, *(one for one in alike if one is not None))}
    if ("name", Why.SAME_NAME) in said:
        said.pop(("name", Why.NAME_ALIKE), None)
    if not exact and len({field for field, _ in said}) < 2:
        return None
    reasons = [Reason(Why.SAME, field) for field in exact] + list(said.values())
    shown = {reason.field for reason in reasons} | {"name"}
    return Duplicate(
        no=known.no,
        exact=bool(exact),
        reasons=tuple(sorted(reasons, key=lambda reason: (reason.why is not Why.SAME, reason.field, reason.why))),
        masked={field: mask(field, value) for field, value in sorted(theirs.items()) if field in shown},
    )


def _alike(field: str, one: Value, other: Value) -> Reason | None:
    if field == "name":
        percent = round(fuzz.token_sort_ratio(" ".join(folded(one)), " ".join(folded(other))))
        return Reason(Why.NAME_ALIKE, field, percent) if percent >= ALIKE else None
    percent = round(fuzz.ratio(canonical(field, one), canonical(field, other)))
    return Reason(Why.ADDRESS_ALIKE, field, percent) if percent >= ALIKE else None


def _values(uow: UnitOfWork, customer: str) -> dict[str, Value]:
    live = uow.customers.values.live(customer)
    return {field: uow.customers.value_of(one.on_record.version).value for field, one in live.items()}
