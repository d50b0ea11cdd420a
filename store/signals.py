"""Signals: another system says that something happened to a customer."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from dialogs.types import Actor
from store.crypto import new_id
from store.instant import from_micros, to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

ADD = "INSERT INTO signal (id, customer, field, kind, version, at, audit) VALUES (?, ?, ?, ?, ?, ?, ?)"
OF_CUSTOMER = "SELECT id, field, kind, version, at FROM signal WHERE customer = ? ORDER BY at DESC, id LIMIT ?"
LIVE = "SELECT id FROM value_version WHERE customer = ? AND field = ? AND valid_to IS NULL"


class SignalKind(StrEnum):
    """What happened."""

    BOUNCED = "bounced"  # a message to an e-mail address came back
    UNREACHABLE = "unreachable"  # a number is dead or not answered
    RETURNED = "returned"  # a letter or parcel came back
    TOUCHPOINT = "touchpoint"  # the customer dealt with the company: a good moment to ask


class Signal(msgspec.Struct, frozen=True):
    """One signal. `field` is None for a touchpoint about no detail; `version` is the value it put in doubt, None when
    there was none."""

    id: str
    field: str | None
    kind: SignalKind
    version: str | None
    at: dt.datetime


class SignalStore:
    """Keeps signals."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def add(self, customer: str, field: str | None, kind: SignalKind, actor: Actor, now: dt.datetime) -> Signal:
        """Keep a signal. Unless it is a touchpoint, the value on record is to be verified; it stays live."""
        row = self._uow.run(LIVE, (customer, field)).fetchone() if kind is not SignalKind.TOUCHPOINT else None
        version: str | None = None if row is None else row[0]
        subject = f"customer:{customer}/{field or ''}"
        audit = self._uow.audit.append(f"signal.{kind}", subject, actor, now, customer=customer)
        signal = Signal(new_id(), field, kind, version, now)
        self._uow.run(ADD, (signal.id, customer, field, kind, version, to_micros(now), audit))
        if kind is SignalKind.TOUCHPOINT:  # after the row, which waits for whoever archives them just now
            self._uow.archiving.alive(customer, actor, now)
        if version is not None:
            self._uow.customers.values.doubt(version, now)
        return signal

    def of_customer(self, customer: str, limit: int = 50) -> list[Signal]:
        """A customer's signals, newest first."""
        return [
            Signal(id, field, SignalKind(kind), version, from_micros(at))
            for id, field, kind, version, at in self._uow.run(OF_CUSTOMER, (customer, limit))
        ]
