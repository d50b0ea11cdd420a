"""SQLite: one writer thread that runs waiting acts in a batch, a savepoint each, one commit for all.

SQLite lets one connection write at a time and pays for every commit with an fsync; sharing the commit among the acts
that wait is what makes a durable turn cheap. Readers have connections of their own and see committed snapshots.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from dialogs.policy import Policy
from store.crypto import KeyName, Keyring
from store.database import SQLITE, Act, BatchLostError, Changed, Database, DatabaseClosedError, answer_with
from store.indexes import FIND as INDEX_ROWS
from store.indexes import Row
from store.migrations.run import latest_step, migrate, step_of
from store.sealing import Opened
from store.uow import Keep, RefusedByDatabaseError, Render, UnitOfWork

T = TypeVar("T")
Waiting = tuple[Act[Any], "Future[Any]"]

BATCH_ACTS = 256
BATCH_SECONDS = 0.02
"""A batch ends when nobody waits, or at either limit: the first to wait shall not wait for all who come later."""

BEGIN_AGAIN = ("ROLLBACK", "BEGIN IMMEDIATE")
BACK_TO_SAVEPOINT = ("ROLLBACK TO act", "RELEASE act")

MANY_KILOBYTES = 64 * 1024
BUSY_MILLISECONDS = 5_000


class SqliteDatabase(Database):
    """Runs acts on a file: `write` and `submit` on the one writer thread, `read` on a snapshot."""

    shared = False

    def __init__(
        self,
        url: str,
        keyring: Keyring,
        render: Render,
        policy: Policy,
        push: frozenset[str],
        told: frozenset[str],
        changed: Changed,
    ) -> None:
        if not url.startswith(SQLITE) or url in (SQLITE, f"{SQLITE}:memory:"):
            raise ValueError("store.url must name an SQLite file: sqlite:///path")
        self._writing = engine(url, pool_size=1)
        self._reading = engine(url, pool_size=8)
        sa.event.listen(self._reading, "connect", only_read)
        self._keep = Keep(keyring, render, policy, Opened(), push, told)
        # Readers remember apart, so that a reader on an old snapshot never hands the writer a destroyed key.
        self._keep_reading = Keep(keyring, render, policy, Opened(), push, told)
        self._changed = changed
        self._waiting: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._writer = threading.Thread(target=self._write_on, name="store-writer", daemon=True)
        self._writer.start()

    def submit(self, act: Act[T]) -> Future[T]:
        """Put an act before the writer."""
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
                return act(UnitOfWork(SqliteSession(driver), self._keep_reading))
            finally:
                driver.execute("ROLLBACK")

    def expect_many(self) -> None:
        """A large import is coming: the writer keeps more of the file in memory. SQLite's own 2 MB is soon too little
        for indexes in which every row lands somewhere else."""
        self.write(lambda uow: uow.run(f"PRAGMA cache_size = -{MANY_KILOBYTES}").fetchall())

    def scrub(self) -> bool:
        """Bring what was deleted from the log beside the file into the file, and empty the log. False when a
        reader that has not ended stands in the way: try again."""
        with self._reading.connect() as connection:
            driver = driver_of(connection)
            driver.execute("PRAGMA query_only = OFF")
            try:
                busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                driver.execute("PRAGMA query_only = ON")
        self.write(lambda uow: uow.run("PRAGMA secure_delete = FAST").fetchall())
        return not busy

    def lead(self, name: str) -> bool:
        """There is no other process (`bot.only_one`)."""
        return True

    def migrate(self) -> bool:
        """Run the steps not yet run, on a connection beside the writer's, which is opened only with its first act."""
        elsewhere = engine(self._writing.url.render_as_string(hide_password=False), pool_size=1)
        try:
            with elsewhere.connect() as connection:
                if older := step_of(connection) != latest_step():
                    migrate(connection)
        finally:
            elsewhere.dispose()
        return older

    def current(self) -> bool:
        """Whether the schema is that of this program."""
        with self._reading.connect() as connection:
            return step_of(connection) == latest_step()

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

    def _write_on(self) -> None:
        """The writer's loop. An accident here is the first act's answer; the loop goes on."""
        connection: sa.Connection | None = None
        driver: sqlite3.Connection | None = None
        running = True
        while running and (first := self._waiting.get()) is not None:
            try:
                connection = connection or self._writing.connect()
                driver = driver or driver_of(connection)
                driver.execute("BEGIN IMMEDIATE")
            except (sqlite3.Error, sa.exc.SQLAlchemyError) as accident:
                answer_with(first[1], accident)
                continue
            running = self._run_batch(Batch(driver, self._keep), first)
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
            self._keep_reading.opened.forget(name)
        if batch.touched and not batch.lost:
            self._changed(frozenset(batch.touched))
        return more


class SqliteSession:
    """Statements on the driver itself: rows are plain tuples, and the driver keeps what it has compiled."""

    def __init__(self, driver: sqlite3.Connection) -> None:
        self._driver = driver

    def run(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        try:
            return self._driver.execute(sql, values)
        except sqlite3.IntegrityError as refusal:
            raise RefusedByDatabaseError(str(refusal)) from None

    def scrub(self) -> None:
        """Overwrite pages that become free, too, until the log is emptied (`SqliteDatabase.scrub`)."""
        self._driver.execute("PRAGMA secure_delete = ON")

    def index_rows(self) -> list[Row]:
        """The rows of the index keys."""
        return self.run(INDEX_ROWS).fetchall()

    def hold(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Nothing: the one writer is alone."""


class Batch:
    """Acts that share a commit."""

    def __init__(self, driver: sqlite3.Connection, keep: Keep) -> None:
        self._driver = driver
        self._session = SqliteSession(driver)
        self._keep = keep
        self._results: list[tuple[Future[Any], Any]] = []
        self._destroyed: list[KeyName] = []
        self.touched: set[str] = set()
        self.size = 0
        self.lost = False

    def run(self, act: Act[Any], future: Future[Any]) -> None:
        """Run one act in its savepoint. If it raises, only its own work is undone. For the first that is all there is:
        the transaction itself is its savepoint."""
        if not future.set_running_or_notify_cancel():
            return
        self.size += 1
        first = not self._results
        uow = UnitOfWork(self._session, self._keep)
        try:
            if first:
                result = act(uow)
            else:
                self._driver.execute("SAVEPOINT act")
                result = act(uow)
                self._driver.execute("RELEASE act")
        except Exception as raised:  # the outermost loop: it goes on, and the caller gets what was raised
            self._undo(BEGIN_AGAIN if first else BACK_TO_SAVEPOINT)
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
            self._keep.opened.clear()  # it may hold keys whose rows are gone
        for future, result in self._results:
            if self.lost:
                future.set_exception(BatchLostError())
            else:
                future.set_result(result)
        return self._destroyed

    def _undo(self, how: tuple[str, str]) -> None:
        if not self._driver.in_transaction:  # a full disk or the like made SQLite roll everything back
            self.lost = True
            return
        try:
            for statement in how:
                self._driver.execute(statement)
        except sqlite3.Error:
            self.lost = True


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
