"""Blind indexes made anew with the newest index keys, a batch of customers or chats per transaction.

Made again are the hashes of values, of coarse keys for duplicates, of chats and of the contacts that codes went to.
A hash of a content that is not kept cannot be: what a message was compared with when it comes a second time. Such a
message gets its first answer from then on without being compared. Codes that are on their way were hashed with the keys
before; those keys go when the last of them has expired.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from dialogs.types import Actor
from store.challenges import Role
from store.conversations import SET_CLAIMS
from store.crypto import KeyDestroyedError, chat_key
from store.indexes import NOT_COMPARED, Index
from store.instant import to_micros
from store.rotation import Rotation, end, marked

if TYPE_CHECKING:
    from store.uow import UnitOfWork

BATCH = 50
"""Customers or chats in one transaction."""

CUSTOMERS = "SELECT id FROM customer WHERE id > ? ORDER BY id LIMIT ?"
VERSIONS = "SELECT id, valid_to, value_index FROM value_version WHERE customer = ?"
SET_VALUE = "UPDATE value_version SET value_index = ? WHERE id = ? AND value_index = ?"
SET_DESTINATION = "UPDATE challenge SET destination = ? WHERE destination = ?"
CHATS = "SELECT id, channel, customer, chat, chat_index FROM conversation WHERE id > ? ORDER BY id LIMIT ?"
SET_CHAT = "UPDATE conversation SET chat_index = ? WHERE id = ? AND chat_index = ?"
KEY_THERE = "SELECT 1 FROM data_key WHERE kind = 'customer' AND holder = ?"
WAITING = "SELECT MAX(expires_at) FROM challenge WHERE state = 'live' AND created_at <= ? AND expires_at > ?"
FORGET_ANSWERS = "UPDATE api_answer SET body = ? WHERE at <= ?"
FORGET_KEYS = "DELETE FROM data_key WHERE kind = 'index' AND holder < ?"


def reindex_some(uow: UnitOfWork, rotation: Rotation, limit: int = BATCH) -> Rotation | None:
    """Go on; None when every hash that can be made again bears the newest keys."""
    if rotation.part == "customer":
        rows = uow.run(CUSTOMERS, (rotation.after, limit)).fetchall()
        for (customer,) in rows:
            _customer(uow, customer)
        if rows:
            return marked(uow, rotation, "customer", rows[-1][0], len(rows))
        return marked(uow, rotation, "chat", "", 0)
    chats = uow.run(CHATS, (rotation.after, limit)).fetchall()
    for id, channel, customer, sealed, index in chats:
        _chat(uow, id, channel, customer, sealed, index)
    return marked(uow, rotation, "chat", chats[-1][0], len(chats)) if chats else None


def waits_until(uow: UnitOfWork, rotation: Rotation, now: dt.datetime) -> int | None:
    """When the last code that was hashed with the keys before expires, in microseconds; None when there is none."""
    latest: int | None = uow.run(WAITING, (to_micros(rotation.began_at), to_micros(now))).fetchone()[0]
    return latest


def end_index(uow: UnitOfWork, rotation: Rotation, actor: Actor, now: dt.datetime) -> None:
    """The keys before are gone."""
    uow.run(FORGET_ANSWERS, (NOT_COMPARED, to_micros(rotation.began_at)))
    uow.run(FORGET_KEYS, (rotation.target,))
    end(uow, rotation, actor, now)


def _customer(uow: UnitOfWork, customer: str) -> None:
    if uow.run(KEY_THERE, (customer,)).fetchone() is None:  # erased, or nothing is on record
        return
    values = uow.customers.values
    for id, until, stored in uow.run(VERSIONS, (customer,)).fetchall():
        version = values.in_clear(id)
        newest, *older = values.indexes(version.field, version.value)
        if stored == newest:
            continue
        uow.run(SET_VALUE, (newest, id, stored))
        if until is None:
            values.reblock(id, version.field, version.value)
        for index in older:
            _destinations(uow, newest, index)


def _destinations(uow: UnitOfWork, newest: bytes, older: bytes) -> None:
    """Codes to this contact are counted on."""
    for role in Role:
        to = uow.keyring.index(Index.DESTINATION, role, newest.hex())
        for before in uow.keyring.indexes(Index.DESTINATION, role, older.hex())[1:]:
            uow.run(SET_DESTINATION, (to, before))


def _chat(uow: UnitOfWork, id: str, channel: str, customer: str | None, sealed: bytes, stored: bytes) -> None:
    try:
        chat = uow.seal.open(chat_key(id, customer), sealed, "conversation.chat", id).decode()
    except KeyDestroyedError:
        return
    newest = uow.keyring.index(Index.CHAT, channel, chat)
    if stored != newest and uow.run(SET_CHAT, (newest, id, stored)).rowcount == 1:
        uow.run(SET_CLAIMS, (newest, NOT_COMPARED, channel, stored))
