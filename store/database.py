"""The database as its callers see it. Which one it is, the URL says, and only `open_database` knows.

An act is a function of a unit of work. It runs in one transaction, once or, when PostgreSQL made it give way to
another, again from its beginning: so it changes nothing but what its unit of work holds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from dialogs.policy import Policy
from store.crypto import Keyring
from store.rotation import make_company_keys, open_company_keys
from store.uow import Render, UnitOfWork

T = TypeVar("T")
Act = Callable[[UnitOfWork], T]
Changed = Callable[[frozenset[str]], None]

BLOCKS_AT_ONCE = 1_000
"""Versions from an older schema that are looked at in one transaction."""

SQLITE, POSTGRES = "sqlite:///", "postgresql+psycopg://"


class DatabaseClosedError(Exception):
    """An act came after the database was closed."""


class SchemaOutOfDateError(Exception):
    """The database was made by another version: `tellonce db upgrade` brings it up to date."""


class TryAgainError(Exception):
    """The database could not say that the act stands. Run it again, or look first where twice would be wrong."""


class BatchLostError(TryAgainError):
    """The commit failed, or the database gave the whole transaction up: nothing of this act was kept. Try again."""


class OutcomeUnknownError(TryAgainError):
    """The connection was lost while the act was committed: it stands as a whole or not at all. Look, or try again: a
    message that was answered gets the same answer."""


class DatabaseUnavailableError(TryAgainError):
    """The database does not answer: nothing of this act was kept. Try again."""


class Database(ABC):
    """Runs acts. `write` and `submit` in a transaction that changes, `read` on a snapshot. `shared`: whether other
    processes may work on it, too."""

    shared: bool

    def write(self, act: Act[T]) -> T:
        """Run an act in one transaction and return when it is durable. What it raises is raised here, and nothing of
        it remains."""
        return self.submit(act).result()

    @abstractmethod
    def submit(self, act: Act[T]) -> Future[T]:
        """The same for callers that wait elsewhere (`asyncio.wrap_future`)."""

    @abstractmethod
    def read(self, act: Act[T]) -> T:
        """Run an act that changes nothing, on one snapshot, in the caller's thread."""

    @abstractmethod
    def expect_many(self) -> None:
        """A large import is coming."""

    @abstractmethod
    def scrub(self) -> bool:
        """After an erasure: what was deleted leaves the database's own files as well. False: try again later."""

    @abstractmethod
    def lead(self, name: str) -> bool:
        """Whether this process is the one, of all on this database, that does what only one may do. Asked again and
        again; once told yes, it stays so until the process ends or loses the database."""

    @abstractmethod
    def migrate(self) -> bool:
        """Run the steps not yet run. True when the database was older."""

    @abstractmethod
    def current(self) -> bool:
        """Whether the schema is that of this program."""

    @abstractmethod
    def close(self) -> None:
        """Finish what waits, then stop."""

    def upgrade(self) -> None:
        """Bring the schema up to date, and make the company's keys, by which a wrong master key is known."""
        older = self.migrate()
        self.write(make_company_keys)
        after = "" if older else None
        while after is not None:
            after = self.write(partial(_add_missing_blocks, after=after))

    def check(self) -> None:
        """Raise SchemaOutOfDateError or WrongMasterKeyError when acts could not run."""
        if not self.current():
            raise SchemaOutOfDateError
        self.read(open_company_keys)


def open_database(
    url: str,
    keyring: Keyring,
    render: Render,
    policy: Policy,
    push: frozenset[str] = frozenset(),
    told: frozenset[str] = frozenset(),
    changed: Changed = lambda touched: None,
) -> Database:
    """The database that this URL names. `changed` is told after a commit what it touched: conversations by id, and
    "jobs" when there are new ones; on PostgreSQL also of what other processes committed. It runs on a thread of the
    database, so it is quick and raises nothing."""
    if url.startswith(POSTGRES):
        from store.postgres import PostgresDatabase

        return PostgresDatabase(url, keyring, render, policy, push, told, changed)
    from store.sqlite import SqliteDatabase

    return SqliteDatabase(url, keyring, render, policy, push, told, changed)


def answer_with(future: Future[Any], accident: Exception) -> None:
    """Tell a caller of an accident before its act began, unless it no longer waits."""
    if future.set_running_or_notify_cancel():
        future.set_exception(accident)


def _add_missing_blocks(uow: UnitOfWork, after: str) -> str | None:
    return uow.customers.values.add_missing_blocks(after, BLOCKS_AT_ONCE)
