"""Signed checkpoints of the trail's log: what it held, so that nobody can later say it held something else.

A checkpoint is itself a step in the trail (its entry commits to it), so that one that was removed is missed.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs.types import Actor, ActorKind
from store.crypto import COMPANY_KEY, KEY_BYTES, digest
from store.instant import from_micros, to_micros
from store.signed_note import Checkpoint, Verifier, public_of, sign

if TYPE_CHECKING:
    from store.uow import UnitOfWork

SIGNER = Actor(ActorKind.SYSTEM, "audit")
ORIGIN = "tellonce.audit"
"""What the names of all logs begin with; 64 random bits make each one's its own."""

KEY = "SELECT name, public, seed FROM audit_key ORDER BY audit DESC LIMIT 1"
ADD_KEY = "INSERT INTO audit_key (name, public, seed, audit) VALUES (?, ?, ?, ?)"
COLUMNS = "SELECT n, size, root, note, at, audit FROM audit_checkpoint"
LATEST = f"{COLUMNS} ORDER BY n DESC LIMIT 1"
PAGE = f"{COLUMNS} WHERE n > ? ORDER BY n LIMIT ?"
BETWEEN = f"{COLUMNS} WHERE size > ? AND size <= ? ORDER BY size LIMIT ?"
NUMBERED = f"{COLUMNS} WHERE n = ?"
OF_SIZE = f"{COLUMNS} WHERE size >= ? ORDER BY size LIMIT 1"
ADD = "INSERT INTO audit_checkpoint (n, size, root, note, at, audit) VALUES (?, ?, ?, ?, ?, ?)"


class Signed(msgspec.Struct, frozen=True):
    """A checkpoint as it is kept. `audit` is the id of its own entry, which stands in the log behind it."""

    n: int
    size: int
    root: bytes
    note: str
    at: dt.datetime
    audit: int


class NoSigningKeyError(Exception):
    """No key to sign with was made yet: `tellonce db upgrade` makes one, and so does the first checkpoint."""


class Checkpoints:
    """Signs, keeps and finds checkpoints."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def prepare(self, now: dt.datetime) -> Verifier:
        """Make the signing key unless there is one; sealed under the company's key, it never leaves the store."""
        if (known := self._uow.run(KEY).fetchone()) is not None:
            return Verifier(known[0], known[1])
        name, seed = f"{ORIGIN}/{secrets.token_hex(8)}", secrets.token_bytes(KEY_BYTES)
        public = public_of(seed)
        sealed = self._uow.seal.seal(COMPANY_KEY, seed, "audit_key.seed", name)
        audit = self._uow.audit.append("audit.key_made", f"key:{name}", SIGNER, now, digest=digest(public))
        self._uow.run(ADD_KEY, (name, public, sealed, audit))
        return Verifier(name, public)

    def verifier(self) -> Verifier:
        """The public key that checkpoints are verified with. Raises NoSigningKeyError."""
        row = self._uow.run(KEY).fetchone()
        if row is None:
            raise NoSigningKeyError
        return Verifier(row[0], row[1])

    def sign(self, now: dt.datetime) -> bool:
        """Sign the log as it is, unless nothing but the last checkpoint itself has come since; whether it did."""
        if not self._is_news(self._uow.log.size(), self.latest()):
            return False
        size = self._uow.log.lock()
        last = self.latest()
        if not self._is_news(size, last):  # another worker was faster
            return False
        name = self.prepare(now).name
        root = self._uow.log.root(size)
        note = self.signed(Checkpoint(name, size, root).text())
        n = 1 if last is None else last.n + 1
        audit = self._uow.audit.append("audit.checkpoint", f"checkpoint:{n}", SIGNER, now, digest=digest(note.encode()))
        self._uow.run(ADD, (n, size, root, note, to_micros(now), audit))
        return True

    def signed(self, text: str) -> str:
        """A note of this text, signed by the log's key. Raises NoSigningKeyError."""
        row = self._uow.run(KEY).fetchone()
        if row is None:
            raise NoSigningKeyError
        return sign(text, row[0], self.seed(row[0], row[2]))

    def seed(self, name: str, sealed: bytes) -> bytes:
        """The secret key. Raises SealBrokenError when somebody put another in its place."""
        return self._uow.seal.open(COMPANY_KEY, sealed, "audit_key.seed", name)

    def latest(self) -> Signed | None:
        """The last checkpoint; None before the first."""
        row = self._uow.run(LATEST).fetchone()
        return None if row is None else _signed(row)

    def page(self, after: int = 0, limit: int = 100) -> list[Signed]:
        """Checkpoints by number, those after a number."""
        return [_signed(row) for row in self._uow.run(PAGE, (after, limit))]

    def between(self, above: int, upto: int, limit: int = 2**31) -> list[Signed]:
        """Checkpoints over logs longer than `above` and no longer than `upto`, shortest first."""
        return [_signed(row) for row in self._uow.run(BETWEEN, (above, upto, limit))]

    def numbered(self, n: int) -> Signed | None:
        """One checkpoint; None when there is no such number."""
        row = self._uow.run(NUMBERED, (n,)).fetchone()
        return None if row is None else _signed(row)

    def covering(self, size: int) -> Signed | None:
        """The first checkpoint over a log at least this long; None when none is."""
        row = self._uow.run(OF_SIZE, (size,)).fetchone()
        return None if row is None else _signed(row)

    def _is_news(self, size: int, last: Signed | None) -> bool:
        """Whether the log has grown by more than the entry of its last checkpoint."""
        if last is None or size != last.size + 1:
            return size > (0 if last is None else last.size)
        own = self._uow.log.find(last.audit)
        return own is None or own.seq != last.size


def _signed(row: tuple[Any, ...]) -> Signed:
    n, size, root, note, at, audit = row
    return Signed(n, size, root, note, from_micros(at), audit)
