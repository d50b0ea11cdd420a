"""Keys and ciphertext: AES-256-GCM for what is kept, HMAC-SHA-256 for what is looked up.

Every customer, every chat not yet linked, and the company itself has a data key, wrapped by a key derived from the
master. The associated data of a ciphertext names table, row, field and version, so that one moved elsewhere, or put
back after a change, does not open.
"""

from __future__ import annotations

import hashlib
import secrets
from enum import StrEnum
from functools import lru_cache
from hmac import compare_digest
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"\x01"  # of a ciphertext: this byte, the nonce, the sealed text and its tag


class SealBrokenError(Exception):
    """A ciphertext does not belong where it was found, or was altered."""


class WrongMasterKeyError(Exception):
    """A data key is wrapped by another master key than the one given."""


class KeyDestroyedError(Exception):
    """The data key is gone, and with it what it sealed (erasure)."""


class KeyKind(StrEnum):
    """Whose data key it is."""

    CUSTOMER = "customer"
    CONVERSATION = "conversation"
    COMPANY = "company"


class KeyName(NamedTuple):
    """Names one data key. `holder` is a customer id or conversation id; empty for the company's own. A tuple, since it
    is looked up with every value sealed or opened."""

    kind: KeyKind
    holder: str


def customer_key(customer: str) -> KeyName:
    """The key of a customer: their record, their requests, their linked chats."""
    return KeyName(KeyKind.CUSTOMER, customer)


def chat_key(conversation: str, customer: str | None) -> KeyName:
    """The key that seals a chat: the customer's once it is linked, its own before."""
    return KeyName(KeyKind.CONVERSATION, conversation) if customer is None else customer_key(customer)


COMPANY_KEY = KeyName(KeyKind.COMPANY, "")


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


def new_id() -> str:
    """A fresh 128-bit id."""
    return secrets.token_hex(16)


def new_token() -> str:
    """A fresh secret for a link, a session or an API caller; only its hash is kept."""
    return secrets.token_urlsafe(32)


class Keyring:
    """The master key and what is derived from it. Prints as nothing."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise ValueError(f"the master key has {len(master)} bytes, not {KEY_BYTES}")
        self._wrapping = AESGCM(derive(master, "wrap"))
        self._index = {purpose: keyed(derive(master, f"index/{purpose}")) for purpose in Index}
        self.fingerprint = derive(master, "fingerprint")[:8].hex()

    def __repr__(self) -> str:
        return "Keyring(…)"

    def index(self, purpose: Index, *parts: str) -> bytes:
        """The keyed hash by which something is found again without being readable."""
        hash = self._index[purpose].copy()
        hash.update(joined(parts))
        return hash.finalize()

    def matches(self, stored: bytes, purpose: Index, *parts: str) -> bool:
        """Whether the stored keyed hash is of these parts, in constant time."""
        return compare_digest(stored, self.index(purpose, *parts))

    def wrap(self, key: bytes, name: KeyName) -> bytes:
        """The data key as it is stored."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORMAT + nonce + self._wrapping.encrypt(nonce, key, wrapping_place(name))

    def unwrap(self, wrapped: bytes, name: KeyName) -> AESGCM:
        """The stored data key, ready for use."""
        nonce, sealed = wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :]
        try:
            return AESGCM(self._wrapping.decrypt(nonce, sealed, wrapping_place(name)))
        except InvalidTag:
            raise WrongMasterKeyError(f"the {name.kind} key {name.holder} does not open") from None


class KeyCache:
    """Opened data keys, shared by all units of work of a process. Forgets the oldest beyond `limit`."""

    def __init__(self, limit: int = 20_000) -> None:
        self._keys: dict[KeyName, AESGCM] = {}
        self._limit = limit

    def get(self, name: KeyName) -> AESGCM | None:
        """The opened key, or None."""
        return self._keys.get(name)

    def put(self, name: KeyName, key: AESGCM) -> None:
        """Keep an opened key. Single dict operations only: readers and the writer share this without a lock."""
        if len(self._keys) >= self._limit:
            oldest = next(iter(tuple(self._keys)[:1]), None)
            if oldest is not None:
                self._keys.pop(oldest, None)
        self._keys[name] = key

    def forget(self, name: KeyName) -> None:
        """A key was destroyed."""
        self._keys.pop(name, None)

    def clear(self) -> None:
        """Forget every key, after a commit that failed."""
        self._keys.clear()


@lru_cache(maxsize=64)
def place_prefix(place: str) -> bytes:
    """The part of the associated data that names table and field; few and fixed, hence cached."""
    table, field = place.split(".")
    return joined((table, field))


def associated(place: str, row: str, version: int) -> bytes:
    """The associated data of a ciphertext: exactly where it belongs."""
    return place_prefix(place) + joined((row, str(version)))


def encrypt(key: AESGCM, plain: bytes, place: str, row: str, version: int) -> bytes:
    """Seal under an opened key."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return FORMAT + nonce + key.encrypt(nonce, plain, associated(place, row, version))


def decrypt(key: AESGCM, sealed: bytes, place: str, row: str, version: int) -> bytes:
    """Open under an opened key. SealBrokenError when it is not what was sealed for this very place."""
    if sealed[:1] != FORMAT:
        raise SealBrokenError(f"{place} of {row} has an unknown format")
    try:
        return key.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], associated(place, row, version))
    except InvalidTag:
        raise SealBrokenError(f"{place} of {row} does not open") from None


def wrapping_place(name: KeyName) -> bytes:
    return joined(("data_key", name.kind, name.holder))


def derive(master: bytes, purpose: str) -> bytes:
    """A key of its own for one purpose."""
    kdf = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=b"tellonce/1/" + purpose.encode())
    return kdf.derive(master)


def keyed(key: bytes) -> hmac.HMAC:
    """A keyed hash to begin from: a copy of it costs a third of setting the key anew."""
    return hmac.HMAC(key, hashes.SHA256())


def joined(parts: tuple[str, ...]) -> bytes:
    """The parts, each with its length before it, so that no two lists of parts read the same."""
    encoded = [part.encode() for part in parts]
    return b"".join([len(part).to_bytes(4, "big") + part for part in encoded])


def digest(*parts: bytes) -> str:
    """A commitment for the audit trail. Give it ciphertext or something with a nonce in it, never a bare value: a
    plain hash of a phone number is as good as the number."""
    return hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).hexdigest()
