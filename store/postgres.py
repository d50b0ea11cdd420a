"""PostgreSQL: acts run side by side, a thread and a connection each, and wait for each other only where they must.

Two acts that change the same conversation, customer or queue hold its row (`Session.hold`), so that the second sees
what the first did. What still collides (a deadlock, a key that another filled a moment ago, a connection that broke
before its commit) is run again from its beginning; only one lost in the commit itself leaves a question open.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from psycopg import errors
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8BinaryDumper, IntLoader
from psycopg.types.string import StrBinaryDumper

from dialogs.policy import Policy
from store.conversations import ClaimedMeanwhile, StaleConversation
from store.crypto import Keyring, SealBrokenError
from store.database import (
    Act,
    BatchLostError,
    Changed,
    Database,
    DatabaseClosedError,
    DatabaseUnavailableError,
    OutcomeUnknownError,
)
from store.dialect import refusal_of, to_postgres
from store.indexes import FIND as INDEX_ROWS
from store.indexes import LOCK as INDEX_LOCK
from store.indexes import Row
from store.migrations.run import latest_step, migrate, step_of
from store.requests import StaleRequest
from store.sealing import Opened
from store.uow import Keep, RefusedByDatabaseError, Render, Rows, UnitOfWork
from store.waking import Waking

T = TypeVar("T")
Driver = psycopg.Connection[Any]

WRITERS = 8
READERS = 8
"""Connections of one process: this many acts at a time, and one that listens."""

ATTEMPTS = 8
OVERTAKEN_ATTEMPTS = 4
FIRST_WAIT = 0.01
LOCK_SECONDS = 5

BEGIN = f"BEGIN; SELECT pg_advisory_xact_lock_shared({INDEX_LOCK})".encode()
"""In one round trip. Whoever makes a generation of index keys waits for those who have begun, and they for it, so that
no two acts that run side by side disagree about which is the newest (`store.rotation`)."""

SCRUBBED = ("data_key", "message", "note", "value_version", "value_block", "claim")

LEAD = "SELECT pg_try_advisory_lock(hashtextextended($1, 8437129))"

AGAIN = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)
"""What another transaction's luck is to blame for."""


class TakenError(RefusedByDatabaseError):
    """A unique key has this value already. If another act put it there a moment ago, running again finds it."""


OVERTAKEN = (TakenError, ClaimedMeanwhile, StaleConversation, StaleRequest, SealBrokenError)
"""What another act's luck may be to blame for (a seal, when a data key was renewed between the look at a row and the
look at its key); else running again ends the same way."""


class PostgresDatabase(Database):
    """Runs acts on a server, as many at a time as there are connections."""

    shared = True

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
        self._url = sa.make_url(url)
        self._keep = Keep(keyring, render, policy, Opened(), push, told)
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="store-writer")
        self._free: queue.LifoQueue[Driver] = queue.LifoQueue()
        self._reading = threading.Semaphore(READERS)
        self._here = threading.local()
        self._leading = threading.Lock()
        self._leader: Driver | None = None
        self._led: set[str] = set()
        self._closed = False
        self._waking = Waking(self._connect, changed)

    def submit(self, act: Act[T]) -> Future[T]:
        """Give an act to the next free writer."""
        if getattr(self._here, "busy", False):
            raise RuntimeError("an act does not start another: it would wait for itself")
        if self._closed:
            raise DatabaseClosedError
        self._waking.begin()
        try:
            return self._writers.submit(self._write, act)
        except RuntimeError:
            raise DatabaseClosedError from None

    def read(self, act: Act[T]) -> T:
        """Run an act that changes nothing, on one snapshot, in the caller's thread."""
        self._waking.begin()
        with self._reading:
            for last in (False, True):
                try:
                    with self._connection() as driver:
                        driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                        try:
                            return act(UnitOfWork(PostgresSession(driver, reads=True), self._keep))
                        finally:
                            undo(driver)
                except psycopg.OperationalError as lost:
                    if last or not is_lost(lost):
                        raise DatabaseUnavailableError(refusal_of(lost)) from None
        raise AssertionError("a second reading either returned or raised")

    def expect_many(self) -> None:
        """The server's memory is the server's affair."""

    def scrub(self) -> bool:
        """Remove the dead rows of what an erasure destroyed. What stands in archives of the write-ahead log goes when
        these do."""
        with self._administering() as connection:
            connection.exec_driver_sql(f"VACUUM {', '.join(SCRUBBED)}")
        return True

    def lead(self, name: str) -> bool:
        """Hold, on a connection kept for it, a lock of that name that no other session has. Never waits for it."""
        with self._leading:
            try:
                if self._leader is None:
                    self._leader = self._connect()
                    self._led.clear()
                if name in self._led:
                    self._leader.execute("SELECT 1")
                elif self._leader.execute(LEAD, (name,)).fetchone() == (True,):
                    self._led.add(name)
            except (psycopg.Error, DatabaseUnavailableError):
                if self._leader is not None:
                    self._leader.close()
                self._leader = None
                return False
            return name in self._led

    def migrate(self) -> bool:
        """Run the steps not yet run. Two who upgrade at once do it one after the other."""
        with self._administering() as connection:
            if older := step_of(connection) != latest_step():
                migrate(connection)
        return older

    def current(self) -> bool:
        """Whether the schema is that of this program, or of the next: steps only expand (docs/running.md), so that
        the version before goes on, also through a restart, while a newer one takes over."""
        with self._administering() as connection:
            return (step_of(connection) or "") >= latest_step()

    def close(self) -> None:
        """Finish what waits, then stop."""
        if self._closed:
            return
        self._closed = True
        self._writers.shutdown(wait=True)
        self._waking.close()
        with self._leading:
            if self._leader is not None:
                self._leader.close()
        self._let_go()

    def _write(self, act: Act[T]) -> T:
        self._here.busy = True
        try:
            return self._write_until_done(act)
        finally:
            self._here.busy = False

    def _write_until_done(self, act: Act[T]) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(act)
            except OVERTAKEN:
                if attempt >= OVERTAKEN_ATTEMPTS:
                    raise
            except AGAIN:
                pass
            except psycopg.OperationalError as lost:
                if not is_lost(lost):
                    raise DatabaseUnavailableError(refusal_of(lost)) from None
            time.sleep(FIRST_WAIT * 2**attempt * random.random())  # noqa: S311  # so that two do not meet again
        raise BatchLostError

    def _once(self, act: Act[T]) -> T:
        """Run an act in a transaction of its own."""
        with self._connection() as driver:
            uow = UnitOfWork(PostgresSession(driver), self._keep)
            driver.execute(BEGIN, prepare=False)
            try:
                result = act(uow)
            except BaseException:
                undo(driver)
                raise
            if driver.info.transaction_status is not TransactionStatus.INTRANS:
                undo(driver)  # the act hid an accident that ended its transaction
                raise BatchLostError
            try:
                driver.execute("COMMIT")
            except psycopg.OperationalError as lost:
                if is_lost(lost):
                    raise OutcomeUnknownError from None
                raise
        uow.seal.keep()
        if uow.touched:
            self._waking.tell(frozenset(uow.touched))
        return result

    @contextmanager
    def _connection(self) -> Iterator[Driver]:
        """A connection for one transaction; one that broke is not given to the next."""
        try:
            driver = self._free.get_nowait()
        except queue.Empty:
            driver = self._connect()
        try:
            yield driver
        finally:
            if driver.closed:  # the server went away or came back: the others are as broken
                self._let_go()
            elif driver.info.transaction_status is not TransactionStatus.IDLE:
                driver.close()
            else:
                self._free.put(driver)

    def _let_go(self) -> None:
        """Close the connections that nobody uses."""
        with suppress(queue.Empty):
            while True:
                self._free.get_nowait().close()

    def _connect(self) -> Driver:
        options = self._url.translate_connect_args(username="user", database="dbname")
        try:
            driver = psycopg.connect(
                **{**DEFAULTS, **options, **self._url.query},
                autocommit=True,  # transactions are ours
                cursor_factory=psycopg.RawCursor,
                prepare_threshold=0,
            )
        except psycopg.OperationalError as refused:
            raise DatabaseUnavailableError(without_secrets(str(refused), options)) from None
        prepare(driver)
        return driver

    @contextmanager
    def _administering(self) -> Iterator[sa.Connection]:
        """A connection of SQLAlchemy's, for the schema."""
        engine = sa.create_engine(self._url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool, hide_parameters=True)
        try:
            with engine.connect() as connection:
                yield connection
        except sa.exc.OperationalError as refused:
            raise DatabaseUnavailableError(type(refused.orig).__name__) from None
        finally:
            engine.dispose()


class PostgresSession:
    """Statements on one connection, each prepared when it first comes; values and rows travel in binary."""

    def __init__(self, driver: Driver, *, reads: bool = False) -> None:
        self._driver, self._reads = driver, reads

    def run(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Run one statement."""
        try:
            return self._driver.execute(to_postgres(sql, reads=self._reads), values, prepare=True, binary=True)
        except errors.UniqueViolation as refusal:
            raise TakenError(refusal_of(refusal)) from None
        except errors.IntegrityError as refusal:
            raise RefusedByDatabaseError(refusal_of(refusal)) from None
        except errors.DataError as refusal:  # its own text shows the value
            raise RefusedByDatabaseError(type(refusal).__name__) from None

    def scrub(self) -> None:
        """Nothing in a transaction: dead rows go with the vacuum afterwards."""

    def index_rows(self) -> list[Row]:
        """The rows of the index keys."""
        return self.run(INDEX_ROWS).fetchall()

    def hold(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Hold rows until the end of the transaction."""
        if not self._reads:
            self.run(sql, values)


DEFAULTS: dict[str, Any] = {
    "application_name": "tellonce",
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "tcp_user_timeout": 15_000,  # a server that is gone is noticed, not waited for
    "client_encoding": "utf-8",
}


def prepare(driver: Driver) -> None:
    """What every connection must hold to."""
    adapt(driver)
    for setting in (
        f"lock_timeout = '{LOCK_SECONDS}s'",
        "idle_in_transaction_session_timeout = '60s'",  # a process that hangs does not hold up the others for good
        "default_transaction_isolation = 'read committed'",  # after waiting for a row, its newest state is seen
    ):
        driver.execute(f"SET {setting}")
    if driver.execute("SHOW synchronous_commit").fetchone() == ("off",):
        driver.execute("SET synchronous_commit = on")  # a reply that was sent was committed, also through a power cut


def adapt(driver: Driver) -> None:
    """Values and rows as our statements have them."""
    driver.prepared_max = 2_000
    for number in (int, bool):  # one width, so that a statement is prepared once
        driver.adapters.register_dumper(number, Int8BinaryDumper)
    driver.adapters.register_dumper(str, StrBinaryDumper)
    driver.adapters.register_loader("numeric", IntLoader)  # sums of whole numbers


def undo(driver: Driver) -> None:
    """End a transaction without a trace; a connection that is gone has done so already."""
    with suppress(psycopg.Error):
        driver.execute("ROLLBACK")


def is_lost(error: psycopg.OperationalError) -> bool:
    """Whether the connection is gone, or the server is going: then nothing that was not committed was kept."""
    state = error.sqlstate
    return state is None or state.startswith(("08", "57P"))


def without_secrets(text: str, options: dict[str, Any]) -> str:
    """What the driver says of a connection it could not make, without the password."""
    secret = str(options.get("password") or "")
    return text.replace(secret, "…") if secret else text
