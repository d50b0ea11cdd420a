"""An export as a file: its size and encoding looked at first, then its lines, none longer than can be held."""

from __future__ import annotations

import codecs
import errno
import io
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from bot.exports.message import Bad, ExportError

SIZE_LIMIT = 8 * 2**30
LINE_LIMIT = 2**20
HEAD = 64 * 1024
READ_AHEAD = 64 * 1024

Told = Callable[[int], object]
"""Is told how many more bytes were read."""


class Source(msgspec.Struct, frozen=True):
    """A file that can be read; `encoding` is UTF-8, with or without a mark, or GB18030."""

    path: Path
    size: int
    encoding: str
    head: str
    told: Told

    def open(self, told: Told | None = None) -> BinaryIO:
        """The bytes; whoever watches is told how far reading went, unless another is to be told."""
        return io.BufferedReader(Watched(self.path, self.told if told is None else told), READ_AHEAD)


class Watched(io.FileIO):
    """A file that tells how much was read of it."""

    def __init__(self, path: Path, told: Told) -> None:
        super().__init__(path)
        self._told = told

    def readinto(self, buffer: object, /) -> int:
        """Read, and tell."""
        count = super().readinto(buffer)  # type: ignore[arg-type]  # typeshed's Buffer is no type at run time
        self._told(count or 0)
        return count or 0


def source_of(path: Path, told: Told = lambda count: None) -> Source:
    """Look at a file before anything is parsed. Raises OSError and ExportError."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise ExportError("is no regular file")
    if status.st_size > SIZE_LIMIT:
        raise ExportError(f"is larger than {SIZE_LIMIT // 2**30} GiB; split it")
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        raise ExportError("is empty")
    encoding = encoding_of(head, whole=status.st_size <= HEAD)
    text = head.decode(encoding, "ignore").lstrip("\ufeff")
    return Source(path, status.st_size, encoding, text, told)


def encoding_of(head: bytes, *, whole: bool) -> str:
    """What the beginning of a file is written in; `whole` when it is all there is."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ExportError("is UTF-16; save it as UTF-8")
    if b"\x00" in head:
        raise ExportError("is no text")
    for encoding in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(head, final=whole)
        except UnicodeDecodeError:
            continue
        return encoding
    return "utf-8"


def lines_of(source: Source, told: Told | None = None) -> Iterator[tuple[int, str] | Bad]:
    """Every line with its number, without its end; one that is too long or in another encoding is a bad one."""
    number = 0
    with source.open(told) as file:
        while raw := file.readline(LINE_LIMIT):
            number += 1
            if len(raw) == LINE_LIMIT and not raw.endswith(b"\n"):
                while (more := file.readline(LINE_LIMIT)) and not more.endswith(b"\n"):
                    pass
                yield Bad(number, f"longer than {LINE_LIMIT // 2**20} MiB")
                continue
            try:
                text = raw.decode(source.encoding)
            except UnicodeDecodeError:
                yield Bad(number, f"is not {source.encoding.upper()}")
                continue
            yield number, (text.removeprefix("\ufeff") if number == 1 else text).rstrip("\r\n")
