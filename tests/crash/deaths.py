"""Ways in which a child kills itself, each at a place that chance alone would rarely hit."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from typing import Any

import sqlalchemy as sa

WRITER = "store-writer"
STEPS = 20
"""Instructions of SQLite's machine between two looks of the progress handler."""


def die() -> None:
    """SIGKILL: nothing of this process runs after it."""
    os.kill(os.getpid(), signal.SIGKILL)


class Countdown:
    """Dies when it has been called often enough. Never when `left` is None."""

    def __init__(self, left: int | None) -> None:
        self._left = left

    def __call__(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                die()


def watch_statements(before: Countdown, within: Countdown) -> None:
    """Count the writer's statements (death between two of them) and its progress (death inside one).

    Installed on every connection of this process from outside: production code knows nothing of it.
    """

    def on_statement(_sql: str) -> None:
        if threading.current_thread().name == WRITER:
            before()

    def on_progress() -> int:
        if threading.current_thread().name == WRITER:
            within()
        return 0

    @sa.event.listens_for(sa.Engine, "connect")
    def watch(driver: sqlite3.Connection, _record: Any) -> None:
        driver.set_trace_callback(on_statement)
        driver.set_progress_handler(on_progress, STEPS)
