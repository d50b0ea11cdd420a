"""A copy of the database as it is at one moment, while others write: into a file (SQLite) or a stream (PostgreSQL)."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

COUNTED = ("customer", "conversation", "message", "value_version", "change_request", "consent", "proof", "audit_entry")
"""Tables whose rows are counted: a restore must have as many."""

PAGES = 1_024
PIECE = 1 << 20


class CopyError(Exception):
    """The database cannot be copied or put back; the message says why."""


def copy_sqlite(file: Path, to: Path, heard: Callable[[int, int], None]) -> dict[str, int]:
    """Copy the file with SQLite's own backup, on one snapshot: writers go on, the copy is of one moment. Returns the
    counts. `heard` is told how many pages are done, and of how many."""
    os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(file, isolation_level=None)) as source, closing(sqlite3.connect(to)) as target:
        source.execute("PRAGMA busy_timeout = 5000")
        source.execute("BEGIN")
        source.execute("SELECT COUNT(*) FROM alembic_version").fetchone()  # the snapshot begins with the first look
        source.backup(target, pages=PAGES, progress=lambda _, left, total: heard(total - left, total))
        source.execute("ROLLBACK")
        return {name: target.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in COUNTED}  # noqa: S608  # fixed


def whole_sqlite(file: Path) -> list[str]:
    """What SQLite finds wrong in a file; nothing in a whole one."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(10)") if row[0] != "ok"]
        return found + [
            f"{row[0]} points nowhere" for row in connection.execute("PRAGMA foreign_key_check").fetchmany(10)
        ]


def counts_sqlite(file: Path) -> dict[str, int]:
    """How many rows there are."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return {name: connection.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in COUNTED}  # noqa: S608  # fixed


class PostgresCopy:
    """Dumps and restores with PostgreSQL's own programs."""

    def __init__(self, url: str) -> None:
        import sqlalchemy as sa

        self._url = sa.make_url(url)

    def dump(self, size: Callable[[int], None]) -> tuple[dict[str, int], Iterator[bytes]]:
        """The counts, and the dump in pg_dump's custom format, both on one exported snapshot."""
        import psycopg

        connection = psycopg.connect(self._address(), autocommit=True)
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (snapshot,) = _one(connection, "SELECT pg_export_snapshot()")
        counts = {name: int(_one(connection, f"SELECT COUNT(*) FROM {name}")[0]) for name in COUNTED}  # noqa: S608  # fixed

        def stream() -> Iterator[bytes]:
            with closing(connection):
                process = self._start(
                    "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"
                )
                assert process.stdout is not None  # noqa: S101  # for the type checker
                while piece := process.stdout.read(PIECE):
                    size(len(piece))
                    yield piece
                _ended(process, "pg_dump")

        return counts, stream()

    def put(self, content: Iterator[bytes]) -> None:
        """Restore a dump in one transaction: all of it or nothing."""
        process = self._start("pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
        assert process.stdin is not None  # noqa: S101  # for the type checker
        try:
            for piece in content:
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it says why when it has ended
        except BaseException:
            process.kill()
            with suppress(CopyError):
                _ended(process, "pg_restore")
            raise
        _ended(process, "pg_restore")

    def empty(self) -> bool:
        """Whether the database has no table of ours."""
        import psycopg

        with closing(psycopg.connect(self._address(), autocommit=True)) as connection:
            return _one(connection, "SELECT to_regclass('public.alembic_version') IS NULL")[0] is True

    def clear(self) -> None:
        """Remove everything that was restored."""
        import psycopg

        with closing(psycopg.connect(self._address(), autocommit=True)) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")

    def counts(self) -> dict[str, int]:
        """How many rows there are."""
        import psycopg

        with closing(psycopg.connect(self._address(), autocommit=True)) as connection:
            return {name: int(_one(connection, f"SELECT COUNT(*) FROM {name}")[0]) for name in COUNTED}  # noqa: S608  # fixed

    def another(self, name: str) -> str:
        """Make another, empty database on the same server; returns its URL."""
        import psycopg

        with closing(psycopg.connect(self._address(), autocommit=True)) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        return self._url.set(database=name).render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        """Remove it again."""
        import psycopg

        with closing(psycopg.connect(self._address(), autocommit=True)) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def _address(self) -> str:
        return self._url.set(drivername="postgresql").render_as_string(hide_password=False)

    def _start(self, program: str, *options: str) -> subprocess.Popen[bytes]:
        url = self._url
        environment = dict(os.environ)
        for name, value in (
            ("PGHOST", url.host),
            ("PGPORT", None if url.port is None else str(url.port)),
            ("PGUSER", url.username),
            ("PGPASSWORD", url.password),
            ("PGDATABASE", url.database),
        ):
            if value is not None:
                environment[name] = str(value)  # a password never stands among the arguments, where others see it
        into = ("--dbname", str(url.database)) if program == "pg_restore" else ()
        return subprocess.Popen(  # noqa: S603  # the program is ours to name
            [found(program), *options, *into],
            stdin=subprocess.PIPE if program == "pg_restore" else subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "pg_dump" else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
        )


def found(program: str) -> str:
    """Where a program of PostgreSQL is: the newest that is installed, which reads every older server."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    place = str(places[-1]) if places else shutil.which(program)
    if place is None:
        raise CopyError(f"{program} is not here: install PostgreSQL's client programs (Debian: postgresql-client)")
    return place


def _ended(process: subprocess.Popen[bytes], program: str) -> None:
    with process:  # closes what it was connected by
        said = process.stderr.read().decode(errors="replace") if process.stderr is not None else ""
    if process.returncode != 0:
        raise CopyError(f"{program} failed: {said.strip().splitlines()[0] if said.strip() else process.returncode}")


def _one(connection: Any, sql: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = connection.execute(sql.encode()).fetchone()
    return row
