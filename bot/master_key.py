"""Where the master key comes from: a file, the environment, or a token of PKCS#11. Never the database, never the
repository.

While it is rotated there are two: the one in use, and the next. A file has the next beside it (`.next`); the
environment has a variable more; a token has a second label.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import structlog

from store.masters import KEY_BYTES, LocalMaster, Wrapper

if TYPE_CHECKING:
    from bot.config_sections import KeysSection

FILE_LIMIT = 4096

log = structlog.get_logger(__name__)


class MasterKeyError(Exception):
    """There is no usable master key; the message says where it was looked for and what to do, never the key."""


class MasterKeys(Protocol):
    """A place that master keys are kept in."""

    def known(self) -> Sequence[Wrapper]:
        """The key in use and, if there is one, the next. Raises MasterKeyError when there is none."""
        ...

    def create(self) -> str:
        """Make a first key; returns where it is. Raises MasterKeyError when there is one."""
        ...

    def make_next(self) -> Wrapper:
        """The next key; made where there is none yet."""
        ...

    def take_next(self) -> str:
        """Everything is wrapped by the next key: it becomes the one in use. Returns what is to be done about the old
        one, in words for an operator."""
        ...

    def exists(self) -> bool:
        """Whether there is a key in use."""
        ...


def master_keys(keys: KeysSection) -> MasterKeys:
    """The place that the configuration names."""
    if keys.hsm.module is not None:
        from bot.hsm import TokenKeys

        return TokenKeys(keys.hsm)
    if keys.master_key is not None:
        return EnvironmentKeys(keys.master_key, keys.next_key)
    return FileKeys(keys.master_file)


class FileKeys:
    """Files of this machine, readable by this account alone."""

    def __init__(self, path: Path) -> None:
        self._path, self._next = path, path.with_name(f"{path.name}.next")

    def known(self) -> Sequence[Wrapper]:
        first = LocalMaster(read_master_key(self._path))
        if not self._next.exists():
            return (first,)
        try:
            return first, LocalMaster(read_master_key(self._next))
        except MasterKeyError:
            if self._next.exists():
                raise
            return self.known()  # it took its place just now

    def create(self) -> str:
        create_master_key(self._path)
        return str(self._path)

    def make_next(self) -> Wrapper:
        if not self._next.exists():
            create_master_key(self._next)
        return LocalMaster(read_master_key(self._next))

    def take_next(self) -> str:
        if not self._next.exists():
            return "nothing is left to do about the old key"
        old = LocalMaster(read_master_key(self._path)).fingerprint
        aside = self._path.with_name(f"{self._path.name}.{old}")
        if not aside.exists():
            os.link(self._path, aside)  # there is a key under its name at every moment
        self._next.replace(self._path)
        return (
            f"the old key is now {aside}: it opens backups made until now and nothing else. Keep it apart, and destroy"
            " it when the last of them is gone"
        )

    def exists(self) -> bool:
        return self._path.exists()


class EnvironmentKeys:
    """Variables of whoever starts processes: TELLONCE__KEYS__MASTER_KEY and, to rotate, TELLONCE__KEYS__NEXT_KEY."""

    def __init__(self, master: str, next: str | None) -> None:
        self._master, self._next = master, next

    def known(self) -> Sequence[Wrapper]:
        first = self._read(self._master, "TELLONCE__KEYS__MASTER_KEY")
        return (first,) if self._next is None else (first, self._read(self._next, "TELLONCE__KEYS__NEXT_KEY"))

    def create(self) -> str:
        raise MasterKeyError("the key comes from TELLONCE__KEYS__MASTER_KEY; make one with: openssl rand -base64 32")

    def make_next(self) -> Wrapper:
        if self._next is None:
            raise MasterKeyError(
                "set TELLONCE__KEYS__NEXT_KEY to a new key (openssl rand -base64 32) for every process, restart them"
                " one after the other, then rotate"
            )
        return self._read(self._next, "TELLONCE__KEYS__NEXT_KEY")

    def take_next(self) -> str:
        return (
            "set TELLONCE__KEYS__MASTER_KEY to the new key, unset TELLONCE__KEYS__NEXT_KEY and restart every process."
            " The old key opens backups made until now and nothing else"
        )

    def exists(self) -> bool:
        return True

    def _read(self, text: str, variable: str) -> LocalMaster:
        key = _decoded(text.encode())
        if key is None:
            raise MasterKeyError(f"{variable} is no master key ({KEY_BYTES} bytes as base64 or hexadecimal digits)")
        return LocalMaster(key)


def read_master_key(path: Path) -> bytes:
    """The key in the file: 32 raw bytes, or the same as base64 or hexadecimal digits. Raises MasterKeyError."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(FILE_LIMIT)
    except FileNotFoundError:
        raise MasterKeyError(f"there is no master key at {path}; make one with: tellonce keys create") from None
    except OSError as error:
        raise MasterKeyError(f"the master key at {path} cannot be read: {error.strerror}") from None
    if mode & 0o077:  # a warning only: secrets mounted into a container often look like this
        log.warning("others may read the master key", path=str(path), remedy=f"chmod 600 {path}")
    key = _decoded(content)
    if key is None:
        raise MasterKeyError(f"{path} does not hold a master key ({KEY_BYTES} bytes, raw, base64 or hexadecimal)")
    return key


def _decoded(content: bytes) -> bytes | None:
    if len(content) == KEY_BYTES:
        return content
    text = content.strip()
    try:
        key = bytes.fromhex(text.decode()) if len(text) == 2 * KEY_BYTES else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def create_master_key(path: Path) -> None:
    """Make a new key, readable by this account alone. Raises MasterKeyError when the file is there already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise MasterKeyError(f"{path} is there already; it is never overwritten, since it opens every record") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
