"""A real PostgreSQL on loopback for the tests: started once a run, a database copied from a template for each test."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest

MISSING = "no PostgreSQL here: apt-get install postgresql"
SETTINGS = (
    "listen_addresses=127.0.0.1",
    "fsync=off",  # of a test's database nothing need survive the machine
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "deadlock_timeout=100ms",
    "max_wal_senders=0",
    "wal_level=minimal",
)
EMPTY = """
SET session_replication_role = replica;
DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I' || CASE name WHEN 'data_key' THEN ' WHERE kind NOT IN (''company'', ''index'')'
      ELSE chr(32) END, name);
  END LOOP;
  FOR name IN SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', name);
  END LOOP;
END $$
"""
DURABLE = tuple(setting for setting in SETTINGS if not setting.endswith("=off") or setting == "autovacuum=off")
"""As a company runs it, for what is measured or killed."""

_serial = count(1)


class Server:
    """A running server. `url` names one of its databases."""

    def __init__(self, port: int, command: list[str], folder: Path) -> None:
        self._port, self._command, self._folder = port, command, folder
        self.log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start, and wait until it answers. After a sudden end what it leaves in memory may take a moment to go."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if self._process is None or self._process.poll() is not None:
                with self.log.open("ab") as log:
                    self._process = subprocess.Popen(self._command, stderr=log, stdout=log, cwd=self._folder)
            with suppress(psycopg.OperationalError):
                psycopg.connect(host="127.0.0.1", port=self._port, user="tester", dbname="postgres").close()
                return
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start: {self.log.read_text()[-2000:]}")

    def end(self, number: signal.Signals) -> None:
        """End it with this signal."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(20)

    def url(self, database: str) -> str:
        """The address of a database, as store.url takes it."""
        return f"postgresql+psycopg://tester@127.0.0.1:{self._port}/{database}"

    def run(self, statement: str) -> None:
        """Run one statement of an administrator's."""
        with psycopg.connect(
            host="127.0.0.1", port=self._port, user="tester", dbname="postgres", autocommit=True
        ) as it:
            it.execute(statement.encode())

    def new(self, template: str = "template0") -> str:
        """The address of a new database that is like the template."""
        name = f"t{os.getpid()}_{next(_serial)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected."""
        self.run(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")

    def empty(self, url: str) -> None:
        """Make a database as it was after its upgrade. A tenth of the time of copying one: a schema is 300 files."""
        name = url.rpartition("/")[2]
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        with psycopg.connect(host="127.0.0.1", port=self._port, user="tester", dbname=name, autocommit=True) as it:
            it.execute(EMPTY)


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    beside = shutil.which("postgres")
    return Path(beside).parent if beside else None


def server_or_skip() -> Iterator[Server]:
    """The server; without one a test is skipped at a desk and fails in the gate."""
    place = programs()
    if place is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with running(place) as server:
        yield server


@contextmanager
def running(place: Path, settings: Sequence[str] = SETTINGS) -> Iterator[Server]:
    """Start a server of its own and stop it afterwards. PostgreSQL refuses to run as root, so root lends it a name."""
    become: list[str] = []
    with tempfile.TemporaryDirectory(prefix="tellonce-pg-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            user = next(user for user in ("postgres", "nobody") if user in {entry.pw_name for entry in pwd.getpwall()})
            become = ["setpriv", f"--reuid={user}", "--clear-groups", f"--regid={pwd.getpwnam(user).pw_gid}"]
            shutil.chown(folder, user)
        data = folder / "data"
        subprocess.run(
            [*become, place / "initdb", "-D", data, "-U", "tester", "--auth=trust", "-E", "UTF8", "--locale=C", "-N"],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        port = free_port()
        options = [
            word
            for setting in (*settings, f"port={port}", f"unix_socket_directories={folder}")
            for word in ("-c", setting)
        ]
        server = Server(port, [*map(str, become), str(place / "postgres"), "-D", str(data), *options], folder)
        server.begin()
        try:
            yield server
        finally:
            server.end(signal.SIGQUIT)  # at once, nothing is kept


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
