"""Master keys: what wraps every data key, wherever the master itself is kept.

A master key may never leave its place (a token of PKCS#11), so all that is asked of one is to wrap 32 bytes for a place
and to unwrap them again. While keys are rotated two are known: rows name the one that wraps them by its fingerprint.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"\x01"  # of what is wrapped or sealed: this byte, the nonce, the ciphertext and its tag


class WrongMasterKeyError(Exception):
    """A key is wrapped by another master key than those known."""


class Wrapper(Protocol):
    """One master key."""

    @property
    def fingerprint(self) -> str:
        """Names the key; says nothing of it."""
        ...

    def wrap(self, key: bytes, place: bytes) -> bytes:
        """The key as it is stored, good for this place only."""
        ...

    def unwrap(self, wrapped: bytes, place: bytes) -> bytes:
        """What was wrapped. Raises WrongMasterKeyError for another key's, another place's, or an altered one."""
        ...


Source = Callable[[], Sequence[Wrapper]]
"""Looks up the master keys that are there now; the first is the one in use, a second the one being rotated to."""


class LocalMaster:
    """A master key in this process's memory. Prints as nothing."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise ValueError(f"the master key has {len(master)} bytes, not {KEY_BYTES}")
        self._wrapping = AESGCM(derive(master, "wrap"))
        self._index = [derive(master, f"index/{purpose}") for purpose in FIRST_PURPOSES]
        self.fingerprint = derive(master, "fingerprint")[:8].hex()

    def __repr__(self) -> str:
        return "LocalMaster(…)"

    def wrap(self, key: bytes, place: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return FORMAT + nonce + self._wrapping.encrypt(nonce, key, place)

    def unwrap(self, wrapped: bytes, place: bytes) -> bytes:
        nonce, sealed = wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :]
        try:
            return self._wrapping.decrypt(nonce, sealed, place)
        except (InvalidTag, ValueError):
            raise WrongMasterKeyError("it does not open under this master key") from None

    def first_index_keys(self) -> bytes:
        """The index keys of a database from before they were kept in it: they came from the master key."""
        return b"".join(self._index)


FIRST_PURPOSES = ("chat", "body", "value", "block", "row", "destination", "code", "token")
"""In the order in which index keys are kept."""


def derive(master: bytes, purpose: str) -> bytes:
    """A key of its own for one purpose."""
    kdf = HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=b"tellonce/1/" + purpose.encode())
    return kdf.derive(master)
