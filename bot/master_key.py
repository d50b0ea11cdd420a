"""The master key: 32 bytes from a file. Never in the database, never in the repository."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

import structlog

from store.crypto import KEY_BYTES

FILE_LIMIT = 4096

log = structlog.get_logger(__name__)


class MasterKeyError(Exception):
    """There is no usable master key; the message says where it was looked for and what to do, never the key."""


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
