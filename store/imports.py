"""Rows of a file that become customers: once, however often the file comes, and never over a value on record."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from dialogs.types import Actor
from nlu.types import Value
from store.customers import Customer, NewCustomer
from store.facts import UNSHARED
from store.indexes import Index

if TYPE_CHECKING:
    from store.uow import UnitOfWork

ALIKE = 100
"""Rows of one file that may be equal in everything and without a number; more are a mistake."""

SEEN = "SELECT customer, run FROM imported_row WHERE row = ?"
SEE = "INSERT INTO imported_row (row, customer, run) VALUES (?, ?, ?)"
SEE_AGAIN = "UPDATE imported_row SET run = ? WHERE row = ?"
LIVE = "SELECT field, value_index FROM value_version WHERE customer = ? AND valid_to IS NULL"

_written = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Existing(StrEnum):
    """What an import does about a customer whom it finds on record."""

    KEEP = "keep"  # nothing
    FILL = "fill"  # adds details of which nothing is on record, and tags


class Fate(StrEnum):
    """What became of a row."""

    ADDED = "added"
    FILLED = "filled"
    UNCHANGED = "unchanged"
    KEPT = "kept"  # the record says something else, and stays
    TOO_MANY = "too_many"  # more rows equal in everything than can be meant


class Taken(msgspec.Struct, frozen=True):
    """What became of a row, the columns in which the record says something else, and those whose value another
    customer has too."""

    fate: Fate
    differs: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()


class Imports:
    """Takes rows. `run` names one import: rows without a number are counted within it."""

    def __init__(self, uow: UnitOfWork, run: str, existing: Existing, actor: Actor, now: dt.datetime) -> None:
        self._uow, self._run, self._existing, self._actor, self._now = uow, run, existing, actor, now

    def take(self, new: NewCustomer, given: Iterable[str]) -> Taken:
        """Take one row; `given` are the columns in which it says anything."""
        if new.no is not None:
            known = self._uow.customers.by_no(new.no)
            if known is not None and known.status == "erased":  # a file from before does not bring anybody back
                return Taken(Fate.KEPT)
            return self._add(new) if known is None else self._compare(known, new, frozenset(given))
        for n in range(ALIKE):
            key = self._key(new, n)
            seen = self._uow.run(SEEN, (key,)).fetchone()
            if seen is None:
                return self._add(new, key)
            customer, run = seen
            if run != self._run:
                self._uow.run(SEE_AGAIN, (self._run, key))
                return self._compare(self._uow.customers.by_id(customer), new, frozenset())
        return Taken(Fate.TOO_MANY)

    def _add(self, new: NewCustomer, key: bytes | None = None) -> Taken:
        values = self._uow.customers.values
        shared = tuple(
            field for field, value in new.values().items() if field in UNSHARED and values.elsewhere(field, value, None)
        )
        customer = self._uow.customers.add(new, self._now, self._actor)
        if key is not None:
            self._uow.run(SEE, (key, customer, self._run))
        return Taken(Fate.ADDED, shared=shared)

    def _compare(self, known: Customer, new: NewCustomer, given: frozenset[str]) -> Taken:
        """A customer on record, beside the row. What the customer has changed since stays changed."""
        values = self._uow.customers.values
        live: dict[str, bytes] = dict(self._uow.run(LIVE, (known.id,)).fetchall())
        said = new.values() if given else {}
        differs = [field for field in said if field in live and live[field] not in values.indexes(field, said[field])]
        differs += [
            name
            for name in ("tier", "type", "locale", "timezone", "owner")
            if name in given and getattr(new, name) != getattr(known, name)
        ]
        lacking = {field: value for field, value in said.items() if field not in live}
        tags = set(new.tags) - set(self._uow.customers.labels.tags(known.id)) if "tags" in given else set()
        if self._existing is Existing.FILL and (lacking or tags):
            self._fill(known.id, lacking, tags)
            return Taken(Fate.FILLED, tuple(differs))
        differs += [*lacking, *(["tags"] if tags else [])]
        return Taken(Fate.KEPT, tuple(differs)) if differs else Taken(Fate.UNCHANGED)

    def _fill(self, customer: str, lacking: dict[str, Value], tags: set[str]) -> None:
        audit = self._uow.audit.append(
            "customer.filled", f"customer:{customer}/{len(lacking)}", self._actor, self._now, customer=customer
        )
        for field, value in lacking.items():
            self._uow.customers.values.open_imported(customer, field, value, self._now, audit)
        self._uow.customers.labels.add_tags(customer, sorted(tags))

    def _key(self, new: NewCustomer, n: int) -> bytes:
        row = {field: dict(value) for field, value in new.values().items()}
        about = (new.tier, new.type, new.locale, new.timezone, new.owner or "", *new.tags)
        return self._uow.keyring.index(Index.ROW, _written(row), _written(about), str(n))
