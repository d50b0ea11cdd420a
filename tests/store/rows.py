"""Rows written by hand, without any of the store's own code: what an attacker or a bug would write."""

from __future__ import annotations

from typing import Any

from store.uow import UnitOfWork

DIGEST, OTHER = "a" * 64, "b" * 64
ME, ANN, BEN = "customer:c1", "staff:ann", "staff:ben"


def insert(uow: UnitOfWork, table: str, row: dict[str, Any], **changed: Any) -> None:
    """Insert the row, with some columns changed."""
    values = {name: value for name, value in {**row, **changed}.items() if value is not LEFT_OUT}
    marks = ", ".join("?" * len(values))
    uow.run(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


LEFT_OUT = object()

CONVERSATION = {
    "id": "v1",
    "channel": "web",
    "chat_index": b"i",
    "chat": b"s",
    "customer": "c1",
    "stage": "idle",
    "language": "en",
    "silence": "active",
    "state": b"s",
    "created_at": 0,
}
CONSENT = {
    "id": "consent",
    "customer": "c1",
    "conversation": "v1",
    "draft": "d1",
    "digest": DIGEST,
    "nonce": b"s",
    "form": b"s",
    "notice_version": "1",
    "language": "en",
    "how": "button",
    "purposes": "[]",
    "recipients": "[]",
    "withdraw": "w",
    "at": 0,
    "standing": "given",
    "audit": 1,
}
CHALLENGE = {
    "id": "challenge",
    "conversation": "v1",
    "customer": "c1",
    "purpose": "change",
    "need": "on_file",
    "digest": DIGEST,
    "code_hash": b"h",
    "attempts": 1,
    "max_attempts": 5,
    "created_at": 0,
    "expires_at": 9,
    "state": "spent",
    "contact": "version",
}
PROOF = {
    "id": "proof",
    "customer": "c1",
    "digest": DIGEST,
    "kind": "code",
    "need": "on_file",
    "contact": "version",
    "challenge": "challenge",
    "person": ME,
    "at": 0,
    "standing": "held",
    "audit": 1,
}
REQUEST = {
    "number": "CR-1",
    "customer": "c1",
    "conversation": "v1",
    "field": "address",
    "operation": "changed",
    "value": b"s",
    "digest": DIGEST,
    "consent": "consent",
    "proof": "proof",
    "proof_need": "on_file",
    "proof_person": ME,
    "maker": ME,
    "importance": "ordinary",
    "state": "filed",
    "filed_at": 0,
    "risks": "[]",
    "audit": 1,
}
APPROVAL = {
    "request": "CR-1",
    "level": 1,
    "checker": ANN,
    "role": "reviewer",
    "digest": DIGEST,
    "at": 0,
    "audit": 1,
}
VERSION = {
    "id": "n1",
    "customer": "c1",
    "field": "address",
    "value": b"s",
    "value_index": b"i",
    "valid_from": 0,
    "origin": "request",
    "request": "CR-1",
    "audit": 1,
}
MONTH = 30 * 24 * 3600 * 1_000_000
NUMBER = {"id": "number", "field": "phone", "origin": "import", "request": None}
"""A number on file since the beginning of time (0), to be called back from `MONTH` on."""


def take_part(uow: UnitOfWork, person: str, role: str, request: str = "CR-1") -> None:
    """A person takes part in a request."""
    uow.run("INSERT INTO participant (request, person, role) VALUES (?, ?, ?)", (request, person, role))


def consented_and_proved(uow: UnitOfWork) -> None:
    """A customer with a chat, a consent and a proof, bound to DIGEST; nothing filed yet."""
    for id in ("c1", "c2"):
        uow.run(
            "INSERT INTO customer (id, no, type, tier, locale, timezone, status, created_at)"
            " VALUES (?, ?, 'person', 'standard', 'en', 'UTC', 'active', 0)",
            (id, id),
        )
    uow.run(
        "INSERT INTO audit_entry (id, at, actor_kind, actor, origin, act, subject, digest, leaf)"
        " VALUES (1, 0, 'system', 'test', '', 'act', 'x:1', '', ?)",
        (bytes(32),),
    )
    insert(uow, "conversation", CONVERSATION)
    insert(uow, "consent", CONSENT)
    insert(uow, "challenge", CHALLENGE)
    insert(uow, "proof", PROOF)
    take_part(uow, ME, "maker")


def filed(uow: UnitOfWork, **changed: Any) -> None:
    """The same, and a request filed on it."""
    consented_and_proved(uow)
    insert(uow, "change_request", REQUEST, **changed)


def move(uow: UnitOfWork, state: str, **columns: Any) -> None:
    """Write the request's state, and other columns with it."""
    assigned = ", ".join(f"{name} = ?" for name in ("state", *columns))
    uow.run(f"UPDATE change_request SET {assigned}", (state, *columns.values()))
