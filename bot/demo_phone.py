"""The demo phone: a page that shows what would have gone out by SMS or e-mail. Only the demo has one."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable

import msgspec

DEMO_PHONE = "demo-phone"
"""The topic (bot.live) that is published when a message comes in."""


class DemoMessage(msgspec.Struct, frozen=True):
    """One message as the person holding the phone (or reading the mailbox) sees it. `kind` is phone or email."""

    serial: int
    kind: str
    address: str
    text: str
    at: dt.datetime


class DemoPhone:
    """Keeps the last messages in memory, never on disk."""

    def __init__(self, changed: Callable[[Iterable[str]], None] = lambda topics: None, keep: int = 50) -> None:
        self._messages: deque[DemoMessage] = deque(maxlen=keep)
        self._changed, self._serial = changed, 0

    def put(self, kind: str, address: str, text: str, at: dt.datetime) -> None:
        """A message comes in."""
        self._serial += 1
        self._messages.appendleft(DemoMessage(self._serial, kind, address, text, at))
        self._changed((DEMO_PHONE,))

    def messages(self) -> tuple[DemoMessage, ...]:
        """The last messages, newest first."""
        return tuple(self._messages)
