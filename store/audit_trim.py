"""Retention: what entries said goes after some years; their hashes stay, so that the log still adds up.

Entries go in the order of the log, so what was trimmed is its beginning. Each trim is an entry itself and leaves a
signed mark: which leaves, and a root over what is left of them (place, moment, hash).
"""

from __future__ import annotations

import base64
import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec

from store.checkpoints import SIGNER
from store.crypto import digest
from store.instant import from_micros, to_micros
from store.merkle import Growing, leaf_hash

if TYPE_CHECKING:
    from store.uow import UnitOfWork

AT_ONCE = 1_000
TRIMMED = "trimmed"
"""The act of an entry whose body is gone."""

COLUMNS = "SELECT n, first, upto, before, note, at, audit FROM audit_trim"
LAST = f"{COLUMNS} ORDER BY n DESC LIMIT 1"
AROUND = f"{COLUMNS} WHERE upto > ? ORDER BY first LIMIT 1"
OLD = (
    "SELECT l.seq, l.entry, e.at, l.leaf FROM audit_leaf AS l JOIN audit_entry AS e ON e.id = l.entry"
    " WHERE l.seq >= ? AND l.seq < ? ORDER BY l.seq"
)
ADD = "INSERT INTO audit_trim (n, first, upto, before, note, at, audit) VALUES (?, ?, ?, ?, ?, ?, ?)"
BLANK = (
    "UPDATE audit_entry SET actor_kind = 'system', actor = '', origin = '', act = 'trimmed', subject = '',"
    " customer = NULL, digest = '' WHERE id = ?"
)


class Trim(msgspec.Struct, frozen=True):
    """Leaves `first` up to `upto` (not included) of which only hashes are left; every entry was older than `before`."""

    n: int
    first: int
    upto: int
    before: dt.datetime
    note: str
    at: dt.datetime
    audit: int


class Trims:
    """Trims the trail."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def trim(self, now: dt.datetime, keep: dt.timedelta, limit: int = AT_ONCE) -> bool:
        """Remove what entries older than `keep` said, those first that stand first in the log and are under a
        checkpoint; returns whether there may be more."""
        last, signed = self.last(), self._uow.checkpoints.latest()
        first = 0 if last is None else last.upto
        if signed is None or signed.size <= first:
            return False
        before, rest, entries = now - keep, Growing(), []
        for seq, entry, at, leaf in self._uow.run(OLD, (first, min(signed.size, first + limit))).fetchall():
            if at >= to_micros(before) or seq != first + rest.size:
                break
            rest.append(left_of(seq, at, leaf))
            entries.append(entry)
        if not entries:
            return False
        n, upto = 1 if last is None else last.n + 1, first + rest.size
        text = mark(self._uow.checkpoints.verifier().name, first, upto, rest.root(), before)
        note = self._uow.checkpoints.signed(text)
        audit = self._uow.audit.append("audit.trimmed", f"trim:{n}", SIGNER, now, digest=digest(note.encode()))
        self._uow.run(ADD, (n, first, upto, to_micros(before), note, to_micros(now), audit))
        for entry in entries:
            self._uow.run(BLANK, (entry,))
        return len(entries) >= limit

    def last(self) -> Trim | None:
        """The last trim; None before the first."""
        row = self._uow.run(LAST).fetchone()
        return None if row is None else _trim(row)

    def around(self, seq: int) -> Trim | None:
        """The trim that this leaf is under, or else the next one; None when there is none."""
        row = self._uow.run(AROUND, (seq,)).fetchone()
        return None if row is None else _trim(row)


def left_of(seq: int, at: int, leaf: bytes) -> bytes:
    """The hash over what is left of a trimmed entry."""
    return leaf_hash(seq.to_bytes(8, "big") + at.to_bytes(8, "big", signed=True) + leaf)


def mark(name: str, first: int, upto: int, root: bytes, before: dt.datetime) -> str:
    """What is signed. Its first line is no log's name, so that it is never taken for a checkpoint."""
    return f"{name}/trim\n{first} {upto}\n{base64.b64encode(root).decode()}\nbefore {before.isoformat()}\n"


def _trim(row: tuple[Any, ...]) -> Trim:
    n, first, upto, before, note, at, audit = row
    return Trim(n, first, upto, from_micros(before), note, from_micros(at), audit)
