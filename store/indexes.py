"""Keyed hashes by which a value, a chat or a token is found again without being readable: HMAC-SHA-256.

The keys of all purposes are one row of `data_key` and the row is a generation. While they are rotated there are two:
what is written uses the newest, what is looked up asks both. A unit of work reads them in its own transaction, so that
no two acts disagree about which is the newest.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from enum import StrEnum
from hmac import compare_digest

import msgspec
from cryptography.hazmat.primitives import hashes, hmac

from store.crypto import KeyKind, KeyName, Keyring, joined
from store.masters import FIRST_PURPOSES, KEY_BYTES


class Index(StrEnum):
    """What a keyed hash is for; each purpose has its own key, so that hashes of different kinds never match."""

    CHAT = "chat"  # channel, chat
    BODY = "body"  # the content of an inbound message
    VALUE = "value"  # field, value in standard form
    BLOCK = "block"  # coarse key of a value, by which likely duplicates are found
    ROW = "row"  # a row that was imported
    DESTINATION = "destination"  # kind of contact, address
    CODE = "code"  # challenge, code
    TOKEN = "token"  # noqa: S105  # names a purpose


FIND = "SELECT holder, wrapped, master FROM data_key WHERE kind = 'index' ORDER BY holder DESC"
ADD = "INSERT INTO data_key (kind, holder, wrapped, master) VALUES ('index', ?, ?, ?)"

LOCK = 8437130
"""PostgreSQL: held by every act that writes, shared."""

NOT_COMPARED = b""
"""Instead of a keyed hash of a content that is not kept: it was made with a key that is gone, and equals anything."""

STAY = (Index.TOKEN, Index.ROW)
"""Purposes whose keys outlive a rotation: hashes of random secrets, which nobody can guess whatever the key, and of
rows of files that are not kept, which cannot be made again."""

Row = tuple[str, bytes, str]


class NoIndexKeysError(Exception):
    """The database has no index keys: `tellonce db upgrade` makes them."""


class Generation(msgspec.Struct, frozen=True):
    """One generation of keys, ready for use: a copy of a keyed hash costs a third of setting its key anew."""

    holder: str
    hashes: dict[Index, hmac.HMAC]

    def of(self, purpose: Index, parts: tuple[str, ...]) -> bytes:
        """The keyed hash of these parts."""
        hash = self.hashes[purpose].copy()
        hash.update(joined(parts))
        return hash.finalize()


class IndexKeys:
    """The generations that are live, newest first. Prints as nothing."""

    def __init__(self, generations: Sequence[Generation]) -> None:
        self._newest = generations[0]
        self._older = tuple(generations[1:])

    def __repr__(self) -> str:
        return "IndexKeys(…)"

    @property
    def rotating(self) -> bool:
        """Whether what was written earlier may bear hashes of another generation."""
        return bool(self._older)

    def index(self, purpose: Index, *parts: str) -> bytes:
        """The keyed hash to write."""
        return self._newest.of(purpose, parts)

    def indexes(self, purpose: Index, *parts: str) -> tuple[bytes, ...]:
        """Every keyed hash under which it may stand, the one to write first."""
        if not self._older:
            return (self._newest.of(purpose, parts),)
        return tuple(dict.fromkeys(one.of(purpose, parts) for one in (self._newest, *self._older)))

    def matches(self, stored: bytes, purpose: Index, *parts: str) -> bool:
        """Whether the stored keyed hash is of these parts, in constant time."""
        found = [compare_digest(stored, one) for one in self.indexes(purpose, *parts)]
        return any(found)


def opened(rows: Sequence[Row], keyring: Keyring) -> IndexKeys:
    """The index keys that these rows hold. Raises NoIndexKeysError when there are none."""
    if not rows:
        raise NoIndexKeysError
    return IndexKeys([_generation(holder, plain_of(holder, wrapped, of, keyring)) for holder, wrapped, of in rows])


def plain_of(holder: str, wrapped: bytes, master: str, keyring: Keyring) -> bytes:
    """One generation's keys, one after another."""
    return keyring.unwrap(wrapped, KeyName(KeyKind.INDEX, holder), master)


def fresh_keys(before: bytes | None = None) -> bytes:
    """Keys for a generation; those that stay are taken from the one before."""
    made = bytearray(secrets.token_bytes(KEY_BYTES * len(FIRST_PURPOSES)))
    for n, purpose in enumerate(FIRST_PURPOSES):
        if before is not None and purpose in STAY:
            made[n * KEY_BYTES : (n + 1) * KEY_BYTES] = before[n * KEY_BYTES : (n + 1) * KEY_BYTES]
    return bytes(made)


def holder_of(generation: int) -> str:
    """A generation's name, which sorts as its number does."""
    return f"{generation:06}"


def _generation(holder: str, keys: bytes) -> Generation:
    parts = {Index(p): keys[n * KEY_BYTES : (n + 1) * KEY_BYTES] for n, p in enumerate(FIRST_PURPOSES)}
    return Generation(holder, {purpose: hmac.HMAC(key, hashes.SHA256()) for purpose, key in parts.items()})
