"""Notices: messages to a contact, such as a code. The only place where the text of a code exists, sealed, until it is
sent or has expired."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from store.crypto import KeyKind, KeyName
from store.instant import to_micros
from store.jobs import Priority

if TYPE_CHECKING:
    from store.uow import UnitOfWork

PUT = (
    "INSERT INTO notice (id, kind, key_kind, key_holder, address, text, state, created_at, expires_at)"
    " VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?)"
)
LOAD = "SELECT kind, key_kind, key_holder, address, text FROM notice WHERE id = ? AND state = 'waiting'"
END = "UPDATE notice SET state = ?, address = NULL, text = NULL, ended_at = ? WHERE id = ? AND state = 'waiting'"
EXPIRE = (
    "UPDATE notice SET state = 'expired', address = NULL, text = NULL, ended_at = ?"
    " WHERE state = 'waiting' AND expires_at <= ?"
)


class Notice(msgspec.Struct, frozen=True):
    """A message in clear, for sending only. `kind` is phone or email."""

    id: str
    kind: str
    address: str
    text: str

    def __repr__(self) -> str:
        return f"Notice({self.id}, {self.kind}, …)"


class Notices:
    """Keeps notices until they are sent."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def put(self, notice: Notice, key: KeyName, now: dt.datetime, expires: dt.datetime) -> None:
        """Keep a notice, sealed under this key, and the job that sends it. Its id may be that of its challenge."""
        seal, id = self._uow.seal, notice.id
        address = seal.seal(key, notice.address.encode(), "notice.address", id)
        text = seal.seal(key, notice.text.encode(), "notice.text", id)
        at, until = to_micros(now), to_micros(expires)
        self._uow.run(PUT, (id, notice.kind, key.kind, key.holder, address, text, at, until))
        self._uow.jobs.put("notice", None, now, {"notice": id}, priority=Priority.HIGH)

    def load(self, id: str) -> Notice | None:
        """The notice in clear; None when it was sent, taken back or has expired."""
        row = self._uow.run(LOAD, (id,)).fetchone()
        if row is None:
            return None
        kind, key_kind, holder, address, text = row
        key, seal = KeyName(KeyKind(key_kind), holder), self._uow.seal
        return Notice(
            id,
            kind,
            seal.open(key, address, "notice.address", id).decode(),
            seal.open(key, text, "notice.text", id).decode(),
        )

    def sent(self, id: str, now: dt.datetime) -> None:
        """It was handed over: address and text are erased."""
        self._uow.run(END, ("sent", to_micros(now), id))

    def take_back(self, id: str, now: dt.datetime) -> None:
        """It shall not be sent any more (its code was replaced or voided): address and text are erased."""
        self._uow.run(END, ("expired", to_micros(now), id))

    def expire(self, now: dt.datetime) -> int:
        """Erase what is too late to be sent; returns how many."""
        return self._uow.run(EXPIRE, (to_micros(now), to_micros(now))).rowcount
