"""Every place where something is sealed under the key of a customer or of a chat: for whoever goes through all of them.

A test holds this list to the schema. Not here are the few that the company's own key seals.
"""

from __future__ import annotations

import msgspec

from store.crypto import KeyKind


class Place(msgspec.Struct, frozen=True):
    """One sealed column under keys of one kind. `find` gives, for a holder (its only value, however often), row and
    version as the associated data name them, the ciphertext, and what `put` needs after the new one."""

    name: str  # table.column
    kind: KeyKind
    find: str
    put: str


def _by_id(name: str, kind: KeyKind, where: str, id: str = "id", version: str = "1") -> Place:
    table, column = name.split(".")
    find = f"SELECT {id}, {version}, {column}, {id} FROM {table} WHERE {where} AND {column} IS NOT NULL"  # noqa: S608  # fixed
    return Place(name, kind, find, f"UPDATE {table} SET {column} = ? WHERE {id} = ?")  # noqa: S608  # fixed text


def _of_customer(name: str, id: str = "id") -> Place:
    return _by_id(name, KeyKind.CUSTOMER, "customer = ?", id)


THEIRS = "whose = ? AND conversation IN (SELECT conversation FROM link WHERE customer = ?)"
EVENTS = (
    "SELECT e.request || '/' || CAST(e.audit AS TEXT), 1, e.reason, e.audit, e.request FROM request_event AS e"
    " JOIN change_request AS r ON r.number = e.request WHERE r.customer = ? AND e.reason IS NOT NULL"
)


def _messages(kind: KeyKind, where: str) -> Place:
    return Place(
        "message.content",
        kind,
        "SELECT conversation || '/' || CAST(seq AS TEXT), 1, content, conversation, seq FROM message"  # noqa: S608  # fixed
        f" WHERE {where}",
        "UPDATE message SET content = ? WHERE conversation = ? AND seq = ?",
    )


PLACES = (
    _of_customer("value_version.value"),
    _of_customer("consent.nonce"),
    _of_customer("consent.form"),
    *(_of_customer(f"change_request.{column}", "number") for column in ("value", "reason", "decided_reason")),
    Place(
        "request_event.reason",
        KeyKind.CUSTOMER,
        EVENTS,
        "UPDATE request_event SET reason = ? WHERE audit = ? AND request = ?",
    ),
    _of_customer("disclosure.reason"),
    _of_customer("legal_hold.reason"),
    _of_customer("freeze.reason"),
    _of_customer("conversation.chat"),
    _by_id("conversation.state", KeyKind.CUSTOMER, "customer = ?", version="version"),
    _messages(KeyKind.CUSTOMER, THEIRS),
    _by_id("note.text", KeyKind.CUSTOMER, THEIRS),
    _by_id("conversation.chat", KeyKind.CONVERSATION, "customer IS NULL AND id = ?"),
    _by_id("conversation.state", KeyKind.CONVERSATION, "customer IS NULL AND id = ?", version="version"),
    _messages(KeyKind.CONVERSATION, "whose IS NULL AND conversation = ?"),
    _by_id("note.text", KeyKind.CONVERSATION, "whose IS NULL AND conversation = ?"),
    *(
        _by_id(f"notice.{column}", kind, f"key_kind = '{kind}' AND key_holder = ?")
        for kind in (KeyKind.CUSTOMER, KeyKind.CONVERSATION)
        for column in ("address", "text")
    ),
)
