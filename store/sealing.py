"""Sealing and opening within one unit of work. A place is "table.column"."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dialogs.types import Conversation
from store.crypto import KEY_BYTES, KeyDestroyedError, KeyKind, KeyName, Keyring, decrypt, encrypt, new_nonces
from store.remembered import Remembered

# Kept while we seal under it.
FIND = "SELECT wrapped, master FROM data_key WHERE kind = ? AND holder = ? /*+ FOR KEY SHARE */"
ADD = "INSERT INTO data_key (kind, holder, wrapped, master) VALUES (?, ?, ?, ?)"
IN_USE = "SELECT master FROM data_key WHERE kind = 'company' AND holder = '' /*+ FOR SHARE */"
DESTROY = "DELETE FROM data_key WHERE kind = ? AND holder = ?"

ERASED = b""
"""What stands in a sealed column of an erased customer."""

NONCES = 8
"""Drawn at once; a turn seals three or four values."""

Run = Callable[[str, Sequence[Any]], Any]


class Opened:
    """What all units of work of a process remember: opened data keys, states of conversations, and what is shown of
    the versions on record (masked)."""

    def __init__(self, keys: int = 20_000, states: int = 2_000, shown: int = 20_000) -> None:
        self.keys: Remembered[KeyName, AESGCM] = Remembered(keys)
        self.states: Remembered[str, Conversation] = Remembered(states)
        self.shown: Remembered[str, str] = Remembered(shown)
        self.countries: Remembered[str, str | None] = Remembered(shown)

    def forget(self, name: KeyName) -> None:
        """A key was destroyed: it is forgotten, and what it sealed."""
        self.keys.forget(name)
        if name.kind is KeyKind.CONVERSATION:
            self.states.forget(name.holder)
        else:
            self._clear_values()

    def clear(self) -> None:
        """Forget everything, after a commit that failed."""
        self.keys.clear()
        self._clear_values()

    def _clear_values(self) -> None:
        self.states.clear()
        self.shown.clear()
        self.countries.clear()


class Sealer:
    """Seals values for their place in the database.

    What is remembered spares the unwrapping, never the look: another process may have destroyed the key, or wrapped it
    anew.

    A key made here is known to this unit of work only until `keep` says its savepoint was released: were it shared
    earlier, a rollback would leave others sealing under a key that no longer exists.
    """

    def __init__(self, run: Run, keyring: Keyring, opened: Opened) -> None:
        self._run = run
        self._keyring = keyring
        self._opened = opened
        self._made: dict[KeyName, tuple[bytes, AESGCM]] = {}
        self._found: dict[KeyName, AESGCM] = {}
        self._nonces: list[bytes] = []
        self.destroyed: list[KeyName] = []

    def seal(self, name: KeyName, plain: bytes, place: str, row: str, version: int = 1) -> bytes:
        """The ciphertext of `plain` for this place. The data key is made on first use."""
        if not self._nonces:
            self._nonces = new_nonces(NONCES)
        return encrypt(self._find(name) or self._make(name), self._nonces.pop(), plain, place, row, version)

    def open(self, name: KeyName, sealed: bytes, place: str, row: str, version: int = 1) -> bytes:
        """What was sealed. SealBrokenError when it was moved or altered, KeyDestroyedError when its key is gone; of
        what an erasure emptied, nothing."""
        if sealed == ERASED and self._find(name) is None:
            return b""
        self.look(name)
        return decrypt(self._found[name], sealed, place, row, version)

    def look(self, name: KeyName) -> None:
        """Make sure of a key before something that it sealed is remembered instead of opened. KeyDestroyedError."""
        if self._find(name) is None:
            raise KeyDestroyedError(f"there is no {name.kind} key {name.holder}")

    def move(self, old: KeyName, new: KeyName, sealed: bytes, place: str, row: str, version: int = 1) -> bytes:
        """The ciphertext of the same value at the same place under another key."""
        return self.seal(new, self.open(old, sealed, place, row, version), place, row, version)

    def destroy(self, name: KeyName) -> None:
        """Destroy a data key: nothing it sealed can ever be opened again."""
        self._made.pop(name, None)
        self._found.pop(name, None)
        self._opened.forget(name)
        self.destroyed.append(name)
        self._run(DESTROY, (name.kind, name.holder))

    def prepare(self, name: KeyName) -> None:
        """Make or open a key ahead of its use. WrongMasterKeyError when it does not open."""
        if self._find(name) is None:
            self._make(name)

    def master_in_use(self) -> str:
        """The fingerprint of the master key that wraps new keys: the one that wraps the company's. It does not change
        until this unit of work ends."""
        row = self._run(IN_USE, ()).fetchone()
        return self._keyring.current.fingerprint if row is None else str(row[0])

    def found(self, name: KeyName, wrapped: bytes, master: str) -> AESGCM:
        """The key as it is stored, read (and on PostgreSQL held) together with what it seals."""
        key = self._opened.keys.get(name, wrapped)
        if key is None:
            key = AESGCM(self._keyring.unwrap(wrapped, name, master))
            self._opened.keys.put(name, wrapped, key)
        self._found[name] = key
        return key

    def keep(self) -> None:
        """This unit of work stands: others may use the keys it made."""
        for name, (wrapped, key) in self._made.items():
            self._opened.keys.put(name, wrapped, key)

    def _find(self, name: KeyName) -> AESGCM | None:
        if (key := self._found.get(name)) is not None:
            return key
        row = self._run(FIND, (name.kind, name.holder)).fetchone()
        return None if row is None else self.found(name, *row)

    def _make(self, name: KeyName) -> AESGCM:
        plain, master = secrets.token_bytes(KEY_BYTES), self.master_in_use()
        wrapped = self._keyring.wrap(plain, name, master)
        self._run(ADD, (name.kind, name.holder, wrapped, master))
        key = self._found[name] = AESGCM(plain)
        self._made[name] = wrapped, key
        return key
