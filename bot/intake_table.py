"""A table of customers as a file holds it: a header, and rows of cells, whichever the kind of file."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

FILE_LIMIT = 512 * 1024 * 1024


class IntakeError(Exception):
    """The file as a whole cannot be read; the message says why."""


class Unfit(msgspec.Struct, frozen=True):
    """A cell that holds no text that could be meant. `reason` never holds what stands in it."""

    reason: str


Cell = str | Unfit


class Broken(msgspec.Struct, frozen=True):
    """A row that is no row. `reason` never holds what stands in it."""

    reason: str


class Table(msgspec.Struct, frozen=True):
    """The header, how many rows follow at most, and each with its number in the file."""

    header: tuple[str, ...]
    total: int
    rows: Iterator[tuple[int, tuple[Cell, ...] | Broken]]


def check_file(path: Path) -> None:
    """Raises IntakeError or OSError for what is no file, or too large a one."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise IntakeError(f"{path} is no regular file, and it has to be read twice")
    if status.st_size > FILE_LIMIT:
        raise IntakeError(f"{path.name} is larger than {FILE_LIMIT // 2**20} MiB; split it")
