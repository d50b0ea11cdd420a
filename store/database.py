"""The database: one writer thread that runs waiting acts in a batch, a savepoint each, one commit for all.

SQLite lets one connection write at a time and pays for every commit with an fsync; sharing the commit among the acts
that wait is what makes a durable turn cheap. Readers have connections of their own and see committed snapshots.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from dialogs.policy import Policy
from store.crypto import COMPANY_KEY, KeyCache, KeyName, Keyring
from store.migrations.run import latest_step, migrate, step_of
from store.uow import Keep, Render, UnitOfWork

T = TypeVar("T")
Act = Callable[[UnitOfWork], T]
Waiting = tuple[Act[Any], "Future[Any]"]

BATCH_ACTS = 256
BATCH_SECONDS = 0.02
"""A batch ends when nobody waits, or at either limit: the first to wait shall not wait for all who come later."""

MANY_KILOBYTES = 64 * 1024
BLOCKS_AT_ONCE = 1_000
"""Versions from an older schema that are looked at in one transaction."""

BUSY_MILLISECONDS = 5_000


class DatabaseClosedError(Exception):
    """An act came after the database was closed."""


class SchemaOutOfDateError(Exception):
    """The database was made by another version: `tellonce db upgrade` brings it up to date."""


class BatchLostError(Exception):
    """The commit failed, or the database gave the whole transaction up: nothing of this act was kept. Try again."""


class Database:
    """Runs acts. `write` and `submit` on the writer, `read` on a snapshot."""

    def __init__(
        self,
        url: str,
        keyring: Keyring,
        render: Render,
        policy: Policy,
        push: frozenset[str] = frozenset(),
        told: frozenset[str] = frozenset(),
        changed: Callable[[frozenset[str]], None] = lambda touched: None,
    ) -> None:
        """`changed` is told after a commit what it touched: conversations by id, and "jobs" when there are new ones.
        It runs on the writer's thread, so it is quick and raises nothing."""
        if not url.startswith("sqlite:///") or url in ("sqlite:///", "sqlite:///:memory:"):
            raise ValueError("store.url must name an SQLite file: sqlite:///path")
        self._writing = engine(url, pool_size=1)
        self._reading = engine(url, pool_size=8)
        sa.event.listen(self._reading, "connect", only_read)
        self._keep = Keep(keyring, render, policy, KeyCache(), push, told)
        # Readers keep opened keys apart, so that a reader on an old snapshot never hands the writer a destroyed key.
        self._keep_reading = Keep(keyring, render, policy, KeyCache(), push, told)
        self._changed = changed
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._writer = threading.Thread(target=self._write_on, name="store-writer", daemon=True)
        self._writer.start()

    def write(self, act: Act[T]) -> T:
        """Run an act in one transaction and return when it is durable. What it raises is raised here, and nothing of
        it remains."""
        return self.submit(act).result()

    def submit(self, act: Act[T]) -> Future[T]:
        """The same for callers that wait elsewhere (`asyncio.wrap_future`)."""
        if threading.current_thread() is self._writer:
            raise RuntimeError("an act does not start another: it would wait for itself")
        future: Future[T] = Future()
        with self._gate:
            if self._closed:
                raise DatabaseClosedError
            self._waiting.put((act, future))
        return future

    def read(self, act: Act[T]) -> T:
        """Run an act that changes nothing, on one snapshot, in the caller's thread."""
        with self._reading.connect() as connection:
            driver = driver_of(connection)
            driver.execute("BEGIN")
            try:
                return act(UnitOfWork(connection, driver, self._keep_reading))
            finally:
                driver.execute("ROLLBACK")

    def expect_many(self) -> None:
        """A large import is coming: the writer keeps more of the file in memory. SQLite's own 2 MB is soon too little
        for indexes in which every row lands somewhere else."""
        self.write(lambda uow: uow.run(f"PRAGMA cache_size = -{MANY_KILOBYTES}").fetchall())

    def upgrade(self) -> None:
        """Bring the schema up to date, and make the company's data key, by which a wrong master key is known."""
        with self._writing_elsewhere() as connection:
            older = step_of(connection) != latest_step()
            migrate(connection)
        self.write(lambda uow: uow.seal.prepare(COMPANY_KEY))
        after = "" if older else None
        while after is not None:
            after = self.write(partial(_add_missing_blocks, after=after))

    def check(self) -> None:
        """Raise SchemaOutOfDateError or WrongMasterKeyError when acts could not run."""
        with self._reading.connect() as connection:
            if step_of(connection) != latest_step():
                raise SchemaOutOfDateError
        self.read(lambda uow: uow.seal.prepare(COMPANY_KEY))

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
            self._waiting.put(None)
        self._writer.join()
        self._writing.dispose()
        self._reading.dispose()

    @contextmanager
    def _writing_elsewhere(self) -> Iterator[sa.Connection]:
        """A writing connection beside the writer's, which is opened only with its first act."""
        elsewhere = engine(self._writing.url.render_as_string(hide_password=False), pool_size=1)
        try:
            with elsewhere.connect() as connection:
                yield connection
        finally:
            elsewhere.dispose()

    def _write_on(self) -> None:
        """The writer's loop. An accident here is the first act's answer; the loop goes on."""
        connection: sa.Connection | None = None
        running = True
        while running and (first := self._waiting.get()) is not None:
            try:
                connection = connection or self._writing.connect()
                driver = driver_of(connection)
                driver.execute("BEGIN IMMEDIATE")
            except (sqlite3.Error, sa.exc.SQLAlchemyError) as accident:
                answer_with(first[1], accident)
                continue
            running = self._run_batch(Batch(connection, driver, self._keep), first)
        if connection is not None:
            connection.close()

    def _run_batch(self, batch: Batch, waiting: Waiting) -> bool:
        """Run acts until nobody waits or the batch is full, then commit. False when told to stop."""
        until = time.monotonic() + BATCH_SECONDS
        more = True
        while True:
            batch.run(*waiting)
            if batch.lost or batch.size >= BATCH_ACTS or time.monotonic() > until:
                break
            try:
                following = self._waiting.get_nowait()
            except queue.Empty:
                break
            if following is None:
                more = False
                break
            waiting = following
        for name in batch.commit():
            self._keep_reading.keys.forget(name)
        if batch.touched and not batch.lost:
            self._changed(frozenset(batch.touched))
        return more


class Batch:
    """Acts that share a commit."""

    def __init__(self, connection: sa.Connection, driver: sqlite3.Connection, keep: Keep) -> None:
        self._connection = connection
        self._driver = driver
        self._keep = keep
        self._results: list[tuple[Future[Any], Any]] = []
        self._destroyed: list[KeyName] = []
        self.touched: set[str] = set()
        self.size = 0
        self.lost = False

    def run(self, act: Act[Any], future: Future[Any]) -> None:
        """Run one act in its savepoint. If it raises, only its own work is undone."""
        if not future.set_running_or_notify_cancel():
            return
        self.size += 1
        uow = UnitOfWork(self._connection, self._driver, self._keep)
        try:
            self._driver.execute("SAVEPOINT act")
            result = act(uow)
            self._driver.execute("RELEASE act")
        except Exception as raised:  # the outermost loop: it goes on, and the caller gets what was raised
            self._undo()
            future.set_exception(raised)
            return
        uow.seal.keep()
        self._destroyed += uow.seal.destroyed
        self.touched |= uow.touched
        self._results.append((future, result))

    def commit(self) -> list[KeyName]:
        """Make the batch durable, then tell every caller. Returns the keys that were destroyed."""
        if not self.lost:
            try:
                self._driver.execute("COMMIT")
            except sqlite3.Error:
                self.lost = True
        if self.lost:
            self._driver.rollback()  # nothing, if SQLite has done so already
            self._keep.keys.clear()  # it may hold keys whose rows are gone
        for future, result in self._results:
            if self.lost:
                future.set_exception(BatchLostError())
            else:
                future.set_result(result)
        return self._destroyed

    def _undo(self) -> None:
        if not self._driver.in_transaction:  # a full disk or the like made SQLite roll everything back
            self.lost = True
            return
        try:
            self._driver.execute("ROLLBACK TO act")
            self._driver.execute("RELEASE act")
        except sqlite3.Error:
            self.lost = True


def _add_missing_blocks(uow: UnitOfWork, after: str) -> str | None:
    return uow.customers.values.add_missing_blocks(after, BLOCKS_AT_ONCE)


def answer_with(future: Future[Any], accident: Exception) -> None:
    """Tell a caller of an accident before its act began, unless it no longer waits."""
    if future.set_running_or_notify_cancel():
        future.set_exception(accident)


def engine(url: str, pool_size: int) -> sa.Engine:
    """An engine whose transactions are ours: the driver begins none by itself."""
    made = sa.create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        poolclass=sa.QueuePool,
        pool_size=pool_size,
        max_overflow=32,
        hide_parameters=True,  # an exception never shows a value
        connect_args={"check_same_thread": False, "cached_statements": 512},
    )
    sa.event.listen(made, "connect", prepare)
    return made


def prepare(driver: sqlite3.Connection, _record: object) -> None:
    """What every connection must hold to."""
    for pragma in (
        f"busy_timeout = {BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        "synchronous = FULL",  # a reply that was sent was committed, also through a power cut
        "foreign_keys = ON",
        "recursive_triggers = ON",  # or INSERT OR REPLACE would slip past the guards on DELETE
        "secure_delete = FAST",  # a destroyed key leaves no bytes in its page; ON would also rewrite free pages
    ):
        driver.execute(f"PRAGMA {pragma}")


def only_read(driver: sqlite3.Connection, _record: object) -> None:
    """A reader cannot write, whatever it is given to run."""
    driver.execute("PRAGMA query_only = ON")


def driver_of(connection: sa.Connection) -> sqlite3.Connection:
    """The driver's connection under a connection of SQLAlchemy."""
    return cast(sqlite3.Connection, connection.connection.driver_connection)
