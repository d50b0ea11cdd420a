"""A real database for the tests of what stands around it, and a worker on it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from bot.worker import Work, Worker
from store.database import Database
from tests.store.road import Road, open_road


@contextmanager
def opened(folder: Path) -> Iterator[Road]:
    """An empty database, up to date, and short ways to the states a test begins in."""
    for road in open_road(folder / "t.db"):
        road.database.upgrade()
        yield road


@asynccontextmanager
async def working(
    database: Database, clock: Callable[[], dt.datetime], works: Mapping[str, Work], **settings: Any
) -> AsyncIterator[Worker]:
    """A worker that runs for the length of a `with`, without chance and with a quick poll."""
    worker = Worker(database, works, clock, **{"name": "w1", "poll": 0.01, "chance": lambda: 1.0, **settings})
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        await worker.stop()
        await task


async def until(truth: Callable[[], object]) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(20):
        while not truth():  # noqa: ASYNC110 - a test looks
            await asyncio.sleep(0.005)
