"""Sealing and opening within one unit of work. A place is "table.column"."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.crypto import KEY_BYTES, KeyCache, KeyDestroyedError, KeyName, Keyring, decrypt, encrypt

FIND = "SELECT wrapped FROM data_key WHERE kind = ? AND holder = ?"
ADD = "INSERT INTO data_key (kind, holder, wrapped, master) VALUES (?, ?, ?, ?)"
DESTROY = "DELETE FROM data_key WHERE kind = ? AND holder = ?"

Run = Callable[[str, Sequence[Any]], Any]


class Sealer:
    """Seals values for their place in the database.

    A key made here is known to this unit of work only until `keep` says its savepoint was released: were it shared
    earlier, a rollback would leave others sealing under a key that no longer exists.
    """

    def __init__(self, run: Run, keyring: Keyring, cache: KeyCache) -> None:
        self._run = run
        self._keyring = keyring
        self._cache = cache
        self._made: dict[KeyName, AESGCM] = {}
        self.destroyed: list[KeyName] = []

    def seal(self, name: KeyName, plain: bytes, place: str, row: str, version: int = 1) -> bytes:
        """The ciphertext of `plain` for this place. The data key is made on first use."""
        return encrypt(self._find(name) or self._make(name), plain, place, row, version)

    def open(self, name: KeyName, sealed: bytes, place: str, row: str, version: int = 1) -> bytes:
        """What was sealed. KeyDestroyedError after erasure, SealBrokenError when it was moved or altered."""
        key = self._find(name)
        if key is None:
            raise KeyDestroyedError(f"there is no {name.kind} key {name.holder}")
        return decrypt(key, sealed, place, row, version)

    def move(self, old: KeyName, new: KeyName, sealed: bytes, place: str, row: str, version: int = 1) -> bytes:
        """The ciphertext of the same value at the same place under another key."""
        return self.seal(new, self.open(old, sealed, place, row, version), place, row, version)

    def destroy(self, name: KeyName) -> None:
        """Destroy a data key: nothing it sealed can ever be opened again."""
        self._made.pop(name, None)
        self._cache.forget(name)
        self.destroyed.append(name)
        self._run(DESTROY, (name.kind, name.holder))

    def prepare(self, name: KeyName) -> None:
        """Make or open a key ahead of its use. WrongMasterKeyError when it does not open."""
        if self._find(name) is None:
            self._make(name)

    def keep(self) -> None:
        """This unit of work stands: others may use the keys it made."""
        for name, key in self._made.items():
            self._cache.put(name, key)

    def _find(self, name: KeyName) -> AESGCM | None:
        if (key := self._made.get(name) or self._cache.get(name)) is not None:
            return key
        row = self._run(FIND, (name.kind, name.holder)).fetchone()
        if row is None:
            return None
        key = self._keyring.unwrap(row[0], name)
        self._cache.put(name, key)
        return key

    def _make(self, name: KeyName) -> AESGCM:
        plain = secrets.token_bytes(KEY_BYTES)
        wrapped = self._keyring.wrap(plain, name)
        self._run(ADD, (name.kind, name.holder, wrapped, self._keyring.fingerprint))
        key = self._made[name] = AESGCM(plain)
        return key
