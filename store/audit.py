"""The trace: who did what to whom, when and from where, as commitments.

An entry joins the transaction of the act, and the act's row carries its id. The leaf hash is over the entry's canonical
form (RFC 8785: keys sorted, no spaces), ready for a Merkle log.
"""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from itertools import chain
from json.encoder import encode_basestring  # a string as JSON has it, the way RFC 8785 says
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs.types import Actor, ActorKind
from store.instant import from_micros, to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

Row = tuple[int, str, str, str, str, str, str | None, str, bytes]

COLUMNS = "id, at, actor_kind, actor, origin, act, subject, customer, digest, leaf"
INSERT = "INSERT INTO audit_entry (at, actor_kind, actor, origin, act, subject, customer, digest, leaf) VALUES "
ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?)"
APPEND = f"{INSERT}{ROW} RETURNING id"
AT_ONCE = 16
APPEND_SOME = ["", *(INSERT + ", ".join([ROW] * count) for count in range(1, AT_ONCE + 1))]
PAGE = f"SELECT {COLUMNS} FROM audit_entry WHERE id > ? ORDER BY id LIMIT ?"  # noqa: S608  # fixed text
LATEST = f"SELECT {COLUMNS} FROM audit_entry WHERE id < ? ORDER BY id DESC LIMIT ?"  # noqa: S608  # fixed text
ONE = f"SELECT {COLUMNS} FROM audit_entry WHERE id = ?"  # noqa: S608  # fixed text
IN_ORDER = (
    "SELECT l.seq, e.id, e.at, e.actor_kind, e.actor, e.origin, e.act, e.subject, e.customer, e.digest, l.leaf"
    " FROM audit_leaf AS l JOIN audit_entry AS e ON e.id = l.entry WHERE l.seq >= ? AND l.seq < ? ORDER BY l.seq"
)
OF_SUBJECT = f"SELECT {COLUMNS} FROM audit_entry WHERE subject = ? AND id > ? ORDER BY id LIMIT ?"  # noqa: S608  # fixed
OF_CUSTOMER = f"SELECT {COLUMNS} FROM audit_entry WHERE customer = ? AND id > ? ORDER BY id LIMIT ?"  # noqa: S608  # fixed


class AuditEntry(msgspec.Struct, frozen=True):
    """One step. `subject` is "kind:id"; `customer` is on whom, None for nobody; `digest` commits to what was done."""

    id: int
    at: dt.datetime
    actor_kind: ActorKind
    actor: str
    origin: str
    act: str
    subject: str
    customer: str | None
    digest: str
    leaf: bytes

    @property
    def form(self) -> str:
        """What is hashed (RFC 8785)."""
        return canonical(
            to_micros(self.at),
            self.actor_kind,
            self.actor,
            self.origin,
            self.act,
            self.subject,
            self.customer,
            self.digest,
        )

    def shown(self) -> dict[str, object]:
        """The entry as JSON shows it."""
        return {
            "id": self.id,
            "at": self.at.isoformat(),
            "actor_kind": self.actor_kind.value,
            "actor": self.actor,
            "origin": self.origin,
            "act": self.act,
            "subject": self.subject,
            "customer": self.customer,
            "digest": self.digest,
            "leaf": self.leaf.hex(),
        }


def canonical(
    at: int, kind: str, actor: str, origin: str, act: str, subject: str, customer: str | None, digest: str
) -> str:
    """An entry as RFC 8785 writes it; `at` in microseconds since 1970."""
    whom = "null" if customer is None else encode_basestring(customer)
    return (
        f'{{"act":{encode_basestring(act)},"actor":{encode_basestring(actor)},"actor_kind":{encode_basestring(kind)},'
        f'"at":{at},"customer":{whom},"digest":{encode_basestring(digest)},"origin":{encode_basestring(origin)},'
        f'"subject":{encode_basestring(subject)}}}'
    )


def leaf_hash(
    at: int, kind: str, actor: str, origin: str, act: str, subject: str, customer: str | None, digest: str
) -> bytes:
    """The hash of an entry as a leaf of a Merkle tree (RFC 9162, 2.1.1), over its canonical form."""
    form = canonical(at, kind, actor, origin, act, subject, customer, digest)
    return sha256(b"\x00" + form.encode()).digest()


def row_of(act: str, subject: str, actor: Actor, at: int, customer: str | None, digest: str) -> Row:
    """A step as its row has it."""
    kind, name, origin = actor.kind.value, actor.name, actor.origin
    leaf = leaf_hash(at, kind, name, origin, act, subject, customer, digest)
    return at, kind, name, origin, act, subject, customer, digest, leaf


class Audit:
    """Appends and reads the trace."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._marks: list[Row] = []

    def append(
        self,
        act: str,
        subject: str,
        actor: Actor,
        now: dt.datetime,
        *,
        customer: str | None = None,
        digest: str = "",
    ) -> int:
        """Record a step and return the id its row must carry. Nothing given here may be a personal value: `digest` is
        that of a draft (which has a nonce) or of ciphertext (`store.crypto.digest`)."""
        self.write_marks()
        values = row_of(act, subject, actor, to_micros(now), customer, digest)
        id: int = self._uow.run(APPEND, values).fetchone()[0]
        return id

    def mark(
        self, act: str, subject: str, actor: Actor, at: int, *, customer: str | None = None, digest: str = ""
    ) -> None:
        """Record a step whose id no row carries. It is written with those that follow, before any other entry."""
        self._marks.append(row_of(act, subject, actor, at, customer, digest))

    def write_marks(self) -> None:
        """Write the entries that wait."""
        marks, self._marks = self._marks, []
        for first in range(0, len(marks), AT_ONCE):
            some = marks[first : first + AT_ONCE]
            self._uow.run(APPEND_SOME[len(some)], tuple(chain.from_iterable(some)))

    def page(self, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        """Entries in the order they were written, those after an id."""
        return [entry(row) for row in self._uow.run(PAGE, (after, limit))]

    def latest(self, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
        """Entries, newest first; only those before an id unless it is None."""
        return [entry(row) for row in self._uow.run(LATEST, (2**63 - 1 if before is None else before, limit))]

    def by_id(self, id: int) -> AuditEntry | None:
        """One entry, None when there is none."""
        row = self._uow.run(ONE, (id,)).fetchone()
        return None if row is None else entry(row)

    def in_order(self, first: int, count: int) -> list[tuple[int, AuditEntry]]:
        """Entries with their places in the log, from a place on."""
        return [(row[0], entry(row[1:])) for row in self._uow.run(IN_ORDER, (first, first + count))]

    def for_subject(self, subject: str, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        """What was done to one thing; `subject` is all that the entry says, also what follows a slash."""
        return [entry(row) for row in self._uow.run(OF_SUBJECT, (subject, after, limit))]

    def for_customer(self, customer: str, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        """What was done concerning one customer."""
        return [entry(row) for row in self._uow.run(OF_CUSTOMER, (customer, after, limit))]


def entry(row: tuple[Any, ...]) -> AuditEntry:
    """A row as a value."""
    key, at, kind, actor, origin, act, subject, customer, digest, leaf = row
    return AuditEntry(key, from_micros(at), ActorKind(kind), actor, origin, act, subject, customer, digest, leaf)
