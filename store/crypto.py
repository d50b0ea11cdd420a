"""Keys and ciphertext: AES-256-GCM. What is looked up is hashed in `store.indexes`.

Every customer, every chat not yet linked, and the company itself has a data key, wrapped by the master key. The
associated data of a ciphertext names table, row, field and version, so that one moved elsewhere, or put back after a
change, does not open.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
import time
from enum import StrEnum
from functools import lru_cache

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.masters import FORMAT, KEY_BYTES, NONCE_BYTES, Source, Wrapper, WrongMasterKeyError

__all__ = ["KEY_BYTES", "WrongMasterKeyError"]


class SealBrokenError(Exception):
    """A ciphertext does not belong where it was found, or was altered."""


class KeyDestroyedError(Exception):
    """The data key is gone, and with it what it sealed (erasure)."""


class KeyKind(StrEnum):
    """Whose data key it is."""

    CUSTOMER = "customer"
    CONVERSATION = "conversation"
    COMPANY = "company"
    INDEX = "index"  # what blind indexes are made with; the holder is a generation


class KeyName(msgspec.Struct, frozen=True):
    """Names one data key. `holder` is a customer id or conversation id; empty for the company's own."""

    kind: KeyKind
    holder: str


def customer_key(customer: str) -> KeyName:
    """The key of a customer: their record, their requests, their linked chats."""
    return KeyName(KeyKind.CUSTOMER, customer)


def chat_key(conversation: str, customer: str | None) -> KeyName:
    """The key that seals a chat: the customer's once it is linked, its own before."""
    return KeyName(KeyKind.CONVERSATION, conversation) if customer is None else customer_key(customer)


COMPANY_KEY = KeyName(KeyKind.COMPANY, "")


def new_id() -> str:
    """A fresh id of 128 bits."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[str]:
    """As many fresh ids, cut from one draw."""
    return ids_of(secrets.token_hex(16 * count))


def ids_of(drawn: str) -> list[str]:
    """Ids of 32 hexadecimal digits each, 80 bits of them drawn. The others are the milliseconds since 1970, first as in
    version 7 of RFC 9562: what is written together lies together in every index, instead of each row on a page of its
    own. The clock is read here, for the moment means nothing to anybody: nothing is decided by which id came first."""
    moment = f"{time.time_ns() // 1_000_000:012x}"
    return [moment + drawn[at + 12 : at + 32] for at in range(0, len(drawn), 32)]


def new_token() -> str:
    """A fresh secret for a link, a session or an API caller; only its hash is kept."""
    return secrets.token_urlsafe(32)


class Keyring:
    """The master keys that are known. Prints as nothing.

    Whoever meets a row that is wrapped by a master key it does not know looks again: a server learns of a rotation from
    the rows themselves.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._known: dict[str, Wrapper] = {}
        self._current = ""
        self._look()

    def __repr__(self) -> str:
        return "Keyring(…)"

    @property
    def current(self) -> Wrapper:
        """The master key in use, as its source says; what wraps new keys is written in the database."""
        return self._known[self._current]

    def master(self, fingerprint: str) -> Wrapper:
        """The master key with this fingerprint. Raises WrongMasterKeyError when there is none."""
        if (known := self._known.get(fingerprint)) is None:
            self._look()
            known = self._known.get(fingerprint)
        if known is None:
            raise WrongMasterKeyError(f"it is wrapped by the master key {fingerprint}, which is not here")
        return known

    def wrap(self, key: bytes, name: KeyName, fingerprint: str) -> bytes:
        """The data key as it is stored."""
        return self.master(fingerprint).wrap(key, wrapping_place(name))

    def unwrap(self, wrapped: bytes, name: KeyName, fingerprint: str) -> bytes:
        """The stored data key."""
        try:
            return self.master(fingerprint).unwrap(wrapped, wrapping_place(name))
        except WrongMasterKeyError as error:
            raise WrongMasterKeyError(f"the {name.kind} key {name.holder}: {error}") from None

    def rewrap(self, wrapped: bytes, name: KeyName, before: str, after: str) -> bytes:
        """The same data key under another master key."""
        return self.wrap(self.unwrap(wrapped, name, before), name, after)

    def _look(self) -> None:
        found = self._source()
        self._known.update((one.fingerprint, one) for one in found)
        self._current = found[0].fingerprint


@lru_cache(maxsize=64)
def place_prefix(place: str) -> bytes:
    """The part of the associated data that names table and field; few and fixed, hence cached."""
    table, field = place.split(".")
    return joined((table, field))


def associated(place: str, row: str, version: int) -> bytes:
    """The associated data of a ciphertext: exactly where it belongs."""
    return place_prefix(place) + joined((row, str(version)))


def new_nonces(count: int) -> list[bytes]:
    """As many fresh nonces, cut from one draw: asking the system costs more than what it gives."""
    drawn = secrets.token_bytes(NONCE_BYTES * count)
    return [drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES)]


def encrypt(key: AESGCM, nonce: bytes, plain: bytes, place: str, row: str, version: int) -> bytes:
    """Seal under an opened key. A nonce is used once."""
    return FORMAT + nonce + key.encrypt(nonce, plain, associated(place, row, version))


def decrypt(key: AESGCM, sealed: bytes, place: str, row: str, version: int) -> bytes:
    """Open under an opened key. SealBrokenError when it is not what was sealed for this very place."""
    if sealed[:1] != FORMAT:
        raise SealBrokenError(f"{place} of {row} has an unknown format")
    try:
        return key.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], associated(place, row, version))
    except InvalidTag:
        raise SealBrokenError(f"{place} of {row} does not open") from None


_length = struct.Struct(">I").pack


def wrapping_place(name: KeyName) -> bytes:
    return joined(("data_key", name.kind, name.holder))


def joined(parts: tuple[str, ...]) -> bytes:
    """The parts, each with its length before it, so that no two lists of parts read the same."""
    pieces: list[bytes] = []
    for part in parts:
        encoded = part.encode()
        pieces += (_length(len(encoded)), encoded)
    return b"".join(pieces)


def digest(*parts: bytes) -> str:
    """A commitment for the audit trail. Give it ciphertext or something with a nonce in it, never a bare value: a
    plain hash of a phone number is as good as the number."""
    return hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).hexdigest()
