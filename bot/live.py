"""Tells whoever listens in this process that something changed; the listener then reads the store."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable

CONSOLE = "console"


class Hub:
    """Topics are conversation ids and `CONSOLE`. A signal may be lost or doubled: look now and then."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None

    def publish(self, topics: Iterable[str]) -> None:
        """Wake every listener of these topics. May be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, tuple(topics))

    def _wake(self, topics: tuple[str, ...]) -> None:
        for topic in topics:
            for event in self._listeners.get(topic, ()):
                event.set()

    async def listen(self, topic: str, patience: float) -> AsyncIterator[None]:
        """Yield at every signal for the topic, and at least every `patience` seconds."""
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        self._listeners[topic].add(event)
        try:
            while True:
                yield
                try:
                    await asyncio.wait_for(event.wait(), patience)
                except TimeoutError:
                    continue
                finally:
                    event.clear()
        finally:
            self._listeners[topic].discard(event)
