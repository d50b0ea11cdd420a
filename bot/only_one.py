"""On SQLite there is one process that works on the store; the second is told so."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class AlreadyRunningError(Exception):
    """Another process works on this store."""


class OnlyOne:
    """A lock beside the database file, held until `release` or the end of the process, however it ends."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise AlreadyRunningError(str(path)) from None

    def release(self) -> None:
        """Let the next process work."""
        os.close(self._file)
