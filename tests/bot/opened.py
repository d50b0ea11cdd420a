"""A real database for the tests of what stands around it, and a worker on it."""

from __future__ import annotations

import asyncio
import atexit
import datetime as dt
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from bot.worker import Work, Worker
from store.database import Database
from tests.store.road import Road, open_road


@cache
def migrated() -> Path:
    """An empty database, upgraded once; the others are copies of it."""
    folder = Path(tempfile.mkdtemp(prefix="tellonce-road-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for road in open_road(folder / "t.db"):
        road.database.upgrade()
    return folder / "t.db"


@contextmanager
def opened(folder: Path) -> Iterator[Road]:
    """An empty database, up to date, and short ways to the states a test begins in."""
    if not (folder / "t.db").exists():
        shutil.copy(migrated(), folder / "t.db")
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
