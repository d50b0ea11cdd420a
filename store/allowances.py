"""How much somebody may still do: counted in the database, so that it holds across processes.

One row per key says when the allowance will be whole again; taking some moves that moment on. Keys are keyed hashes.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from store.indexes import Index
from store.instant import from_micros, to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

TAKE = (
    "INSERT INTO allowance (key, whole_at) VALUES (?, ?)"
    " ON CONFLICT (key) DO UPDATE SET whole_at = max(allowance.whole_at, ?) + ?"
    " WHERE max(allowance.whole_at, ?) + ? <= ? RETURNING whole_at"
)


class Allowance(msgspec.Struct, frozen=True):
    """`burst` at once, and as many again in every `per`."""

    burst: int
    per: dt.timedelta

    @property
    def each(self) -> dt.timedelta:
        """After how long one more may be done."""
        return self.per / self.burst


class Allowances:
    """Takes from allowances."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def take(self, of: Allowance, now: dt.datetime, *key: str, count: int = 1) -> dt.timedelta | None:
        """Take so many. None: they are granted. Else how long to wait; then nothing was taken."""
        at, cost = to_micros(now), to_micros(from_micros(0) + of.each * count)
        name, limit = self._uow.keyring.index(Index.TOKEN, "allowance", *key), to_micros(now + of.per)
        if self._uow.run(TAKE, (name, at + cost, at, cost, at, cost, limit)).fetchone() is not None:
            return None
        row = self._uow.run("SELECT whole_at FROM allowance WHERE key = ?", (name,)).fetchone()
        whole = at if row is None else int(row[0])
        return max(from_micros(max(whole, at) + cost) - (now + of.per), dt.timedelta(milliseconds=1))


def forget_allowances(uow: UnitOfWork, /, now: dt.datetime) -> bool:
    """Those that are whole again say nothing. A chore."""
    uow.run("DELETE FROM allowance WHERE whole_at <= ?", (to_micros(now),))
    return False
