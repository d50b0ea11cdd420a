"""The file that a backup is: a header in clear, then chunks of AES-256-GCM.

Each backup has a key of its own, which the header holds, wrapped by the master key. Chunk n is sealed under the nonce
n, whose last byte says whether it is the last one; the associated data is the hash of the header. So a chunk that was
altered, moved, left out or taken from another backup does not open, and neither does a file that was cut anywhere
(STREAM, Hoang, Reyhanitabar, Rogaway and Vizár 2015). See docs/adr/0019-backup-container.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.masters import KEY_BYTES, Wrapper

MAGIC = b"tellonce-backup-1\n"
CHUNK = 1 << 20
TAG = 16
HEADER_LIMIT = 1 << 16
META_LIMIT = 1 << 20


class BackupBrokenError(Exception):
    """The file is not a whole backup, exactly as it was written. The message says where it stops being one."""


class Header(msgspec.Struct, frozen=True):
    """What stands in clear. `raw` is all of it, as it is hashed."""

    id: str
    master: str
    wrapped: bytes
    chunk: int
    raw: bytes


class Writer:
    """Seals what is written, a chunk at a time. Only `finish` makes it a whole backup."""

    def __init__(self, file: BinaryIO, master: Wrapper) -> None:
        id, key = secrets.token_hex(16), secrets.token_bytes(KEY_BYTES)
        wrapped = base64.b64encode(master.wrap(key, place_of(id))).decode()
        header = json.dumps({"id": id, "master": master.fingerprint, "key": wrapped, "chunk": CHUNK}).encode()
        self._raw = MAGIC + len(header).to_bytes(4, "big") + header
        self._file, self._key, self._about = file, AESGCM(key), hashlib.sha256(self._raw).digest()
        self._waiting, self._n = bytearray(), 0
        self._sum, self.size = hashlib.sha256(), 0
        self._put(self._raw)

    def write(self, content: bytes) -> None:
        """Take more of the content."""
        self._waiting += content
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=0)
            del self._waiting[:CHUNK]

    def finish(self) -> str:
        """Write the last chunk; returns the SHA-256 of the file."""
        self._seal(bytes(self._waiting), last=1)
        return self._sum.hexdigest()

    def _seal(self, plain: bytes, last: int) -> None:
        self._put(self._key.encrypt(nonce(self._n, last), plain, self._about))
        self._n += 1

    def _put(self, content: bytes) -> None:
        self._file.write(content)
        self._sum.update(content)
        self.size += len(content)


def nonce(n: int, last: int) -> bytes:
    return n.to_bytes(11, "big") + bytes([last])


def place_of(id: str) -> bytes:
    """What the key of a backup is wrapped for."""
    return f"backup/{id}".encode()


def header_of(file: BinaryIO) -> Header:
    """Read the header. Raises BackupBrokenError."""
    start = file.read(len(MAGIC) + 4)
    if start[: len(MAGIC)] != MAGIC or len(start) != len(MAGIC) + 4:
        raise BackupBrokenError("this is no backup of TellOnce")
    size = int.from_bytes(start[len(MAGIC) :], "big")
    raw = file.read(size) if size <= HEADER_LIMIT else b""
    try:
        told: dict[str, Any] = json.loads(raw)
        header = Header(told["id"], told["master"], base64.b64decode(told["key"]), int(told["chunk"]), start + raw)
    except (ValueError, KeyError, TypeError):
        raise BackupBrokenError("its header is damaged") from None
    if len(raw) != size or not 0 < header.chunk <= 1 << 26:
        raise BackupBrokenError("its header is damaged")
    return header


def content_of(
    file: BinaryIO, header: Header, master: Wrapper, heard: Callable[[int], None] = lambda size: None
) -> Iterator[bytes]:
    """The content, chunk by chunk, each checked before it is given. Raises BackupBrokenError at the first that is not
    as it was written, WrongMasterKeyError when the key does not open. `heard` is told how many bytes were read."""
    key = AESGCM(master.unwrap(header.wrapped, place_of(header.id)))
    about, n, size = hashlib.sha256(header.raw).digest(), 0, header.chunk + TAG
    following = file.read(size)
    while True:
        sealed, following = following, file.read(size)
        last = not following
        try:
            yield key.decrypt(nonce(n, int(last)), sealed, about)
        except (InvalidTag, ValueError):
            what = "it ends too early, or its end was altered" if last else f"it was altered in chunk {n + 1}"
            raise BackupBrokenError(what) from None
        heard(len(sealed))
        if last:
            return
        n += 1


def framed(about: dict[str, Any]) -> bytes:
    """What is told of the content, as its first part."""
    text = json.dumps(about).encode()
    return len(text).to_bytes(4, "big") + text


def unframed(chunks: Iterator[bytes]) -> tuple[dict[str, Any], Iterator[bytes]]:
    """The same taken off again, and the rest."""
    held = bytearray()

    def fill(size: int) -> None:
        while len(held) < size:
            more = next(chunks, None)
            if more is None:
                raise BackupBrokenError("it holds less than it says")
            held.extend(more)

    fill(4)
    size = int.from_bytes(held[:4], "big")
    if size > META_LIMIT:
        raise BackupBrokenError("it holds less than it says")
    fill(4 + size)
    about = json.loads(bytes(held[4 : 4 + size]))
    del held[: 4 + size]

    def rest() -> Iterator[bytes]:
        yield bytes(held)
        yield from chunks

    return about, rest()
