"""The trace: who did what to whom, when and from where, as commitments.

An entry joins the transaction of the act, and the act's row carries its id. The leaf hash is over the entry's canonical
form (RFC 8785: keys sorted, no spaces), ready for a Merkle log.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dialogs.types import Actor, ActorKind
from store.instant import from_micros, to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

COLUMNS = "id, at, actor_kind, actor, origin, act, subject, customer, digest, leaf"
APPEND = (
    "INSERT INTO audit_entry (at, actor_kind, actor, origin, act, subject, customer, digest, leaf)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
PAGE = f"SELECT {COLUMNS} FROM audit_entry WHERE id > ? ORDER BY id LIMIT ?"  # noqa: S608  # fixed text
LATEST = f"SELECT {COLUMNS} FROM audit_entry WHERE id < ? ORDER BY id DESC LIMIT ?"  # noqa: S608  # fixed text
OF_SUBJECT = f"SELECT {COLUMNS} FROM audit_entry WHERE subject = ? AND id > ? ORDER BY id LIMIT ?"  # noqa: S608  # fixed
OF_CUSTOMER = f"SELECT {COLUMNS} FROM audit_entry WHERE customer = ? AND id > ? ORDER BY id LIMIT ?"  # noqa: S608  # fixed

_canonical = json.JSONEncoder(separators=(",", ":"), sort_keys=True, ensure_ascii=False, check_circular=False).encode


@dataclass(frozen=True, slots=True)
class AuditEntry:
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


def leaf_hash(at: int, actor: Actor, act: str, subject: str, customer: str | None, digest: str) -> bytes:
    """The hash of an entry as a leaf of a Merkle tree (RFC 9162, 2.1.1)."""
    form = {
        "act": act,
        "actor": actor.name,
        "actor_kind": actor.kind,
        "at": at,
        "customer": customer,
        "digest": digest,
        "origin": actor.origin,
        "subject": subject,
    }
    return hashlib.sha256(b"\x00" + _canonical(form).encode()).digest()


class Audit:
    """Appends and reads the trace."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

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
        at = to_micros(now)
        leaf = leaf_hash(at, actor, act, subject, customer, digest)
        cursor = self._uow.run(APPEND, (at, actor.kind, actor.name, actor.origin, act, subject, customer, digest, leaf))
        assert cursor.lastrowid is not None  # noqa: S101  # an INSERT into a rowid table has one
        return cursor.lastrowid

    def page(self, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        """Entries in the order they were written, those after an id."""
        return [entry(row) for row in self._uow.run(PAGE, (after, limit))]

    def latest(self, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
        """Entries, newest first; only those before an id unless it is None."""
        return [entry(row) for row in self._uow.run(LATEST, (2**63 - 1 if before is None else before, limit))]

    def for_subject(self, subject: str, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        """What was done to one thing."""
        return [entry(row) for row in self._uow.run(OF_SUBJECT, (subject, after, limit))]

    def for_customer(self, customer: str, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        """What was done concerning one customer."""
        return [entry(row) for row in self._uow.run(OF_CUSTOMER, (customer, after, limit))]


def entry(row: tuple[Any, ...]) -> AuditEntry:
    """A row as a value."""
    key, at, kind, actor, origin, act, subject, customer, digest, leaf = row
    return AuditEntry(key, from_micros(at), ActorKind(kind), actor, origin, act, subject, customer, digest, leaf)
