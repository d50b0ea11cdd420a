"""Proofs to take away: that an entry is in the log, that a later log begins with an earlier one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import msgspec

from store.audit import AuditEntry
from store.audit_trim import TRIMMED
from store.checkpoints import Signed

if TYPE_CHECKING:
    from store.uow import UnitOfWork


class NothingToProveError(LookupError):
    """There is no such entry, or no checkpoint vouches for it yet; the message says which."""


class Inclusion(msgspec.Struct, frozen=True):
    """That an entry is leaf number `seq` of the log that a checkpoint was signed over."""

    entry: AuditEntry
    seq: int
    leaf: bytes
    path: tuple[bytes, ...]
    signed: Signed

    def shown(self) -> dict[str, Any]:
        """As JSON. `form` is what was hashed; null once the entry is trimmed."""
        return {
            "kind": "inclusion",
            "entry": self.entry.id,
            "form": None if self.entry.act == TRIMMED else self.entry.form,
            "leaf": self.seq,
            "leaf_hash": _written(self.leaf),
            "size": self.signed.size,
            "root": _written(self.signed.root),
            "path": [_written(hash) for hash in self.path],
            "checkpoint": self.signed.note,
        }


class Consistency(msgspec.Struct, frozen=True):
    """That the log that a checkpoint was signed over begins with the one of size `old`."""

    old: int
    old_root: bytes
    path: tuple[bytes, ...]
    signed: Signed

    def shown(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "kind": "consistency",
            "old": self.old,
            "old_root": _written(self.old_root),
            "size": self.signed.size,
            "root": _written(self.signed.root),
            "path": [_written(hash) for hash in self.path],
            "checkpoint": self.signed.note,
        }

    def request(self) -> str:
        """What a witness is asked (c2sp.org/tlog-witness, add-checkpoint)."""
        return "\n".join((f"old {self.old}", *map(_written, self.path), "", self.signed.note))


def prove_inclusion(uow: UnitOfWork, id: int) -> Inclusion:
    """The proof against the first checkpoint over the entry. Raises NothingToProveError."""
    entry, leaf = uow.audit.by_id(id), uow.log.find(id)
    if entry is None:
        raise NothingToProveError(f"there is no entry {id}")
    signed = None if leaf is None else uow.checkpoints.covering(leaf.seq + 1)
    if leaf is None or signed is None:
        raise NothingToProveError(f"no checkpoint vouches for entry {id} yet; one is signed every minute")
    path = uow.log.inclusion(leaf.seq, signed.size)
    return Inclusion(entry, leaf.seq, leaf.hash, tuple(path), signed)


def prove_consistency(uow: UnitOfWork, old: int, n: int | None = None) -> Consistency:
    """The proof against checkpoint `n`, None for the last. `old` 0 needs none. Raises NothingToProveError."""
    signed = uow.checkpoints.latest() if n is None else uow.checkpoints.numbered(n)
    if signed is None:
        raise NothingToProveError("there is no such checkpoint yet; one is signed every minute")
    if old > signed.size:
        raise NothingToProveError(f"checkpoint {signed.n} is over {signed.size} leaves, which is less than {old}")
    path = uow.log.consistency(old, signed.size) if old else []
    return Consistency(old, uow.log.root(old), tuple(path), signed)


def _written(hash: bytes) -> str:
    return base64.b64encode(hash).decode()
