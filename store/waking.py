"""Tells other processes on the same PostgreSQL what was committed here, and this one what they committed.

A word may be lost (a connection breaks, a process dies between its commit and telling): whoever waits for one looks now
and then anyway. Telling is a transaction of its own, after the commit: a NOTIFY inside would make every commit wait for
the one before.
"""

from __future__ import annotations

import queue
import secrets
import select
import socket
import threading
from collections.abc import Callable
from typing import Any

import psycopg

from store.database import Changed, DatabaseUnavailableError

CHANNEL = "tellonce_changed"
WORDS = 200  # in one notice: the server takes 8,000 bytes
GATHER = 0.02
"""Seconds in which words are gathered for one notice: a NOTIFY for each commit would cost as much as a small act."""

WAIT = 1.0
ALL = frozenset({"jobs"})
"""What may have changed while nobody listened."""

Driver = psycopg.Connection[Any]


class Waking:
    """One thread and one connection, begun with the database's first act."""

    def __init__(self, connect: Callable[[], Driver], changed: Changed) -> None:
        self._connect, self._changed = connect, changed
        self._me = secrets.token_hex(8)
        self._out: queue.SimpleQueue[frozenset[str]] = queue.SimpleQueue()
        self._bell, self._ring = socket.socketpair()
        self._ring.setblocking(False)
        self._rung = False
        self._stop = threading.Event()
        self._gate = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Listen from now on."""
        if self._thread is None:
            with self._gate:
                if self._thread is None and not self._stop.is_set():
                    self._thread = threading.Thread(target=self._run, name="store-waking", daemon=True)
                    self._thread.start()

    def tell(self, touched: frozenset[str]) -> None:
        """Something was committed here: this process hears it now, the others in a moment."""
        self._changed(touched)
        self._out.put(touched)
        if not self._rung:  # one ring for all that is told within GATHER
            self._rung = True
            self._wake()

    def close(self) -> None:
        """Tell what is still to be told, then stop."""
        with self._gate:
            self._stop.set()
        self._wake()
        if self._thread is not None:
            self._thread.join()
        self._bell.close()
        self._ring.close()

    def _wake(self) -> None:
        try:
            self._ring.send(b".")
        except BlockingIOError:
            return  # it rings already

    def _run(self) -> None:
        first = True
        while not self._stop.is_set():
            try:
                with self._connect() as driver:
                    driver.execute(f"LISTEN {CHANNEL}")
                    driver.execute("SET synchronous_commit = off")  # nothing it writes need last
                    if not first:
                        self._changed(ALL)
                    first = False
                    self._serve(driver)
            except (psycopg.Error, DatabaseUnavailableError):
                self._stop.wait(WAIT)

    def _serve(self, driver: Driver) -> None:
        while True:
            stopping = self._stop.is_set()
            self._send(driver)
            if stopping:
                return
            select.select([self._bell.fileno(), driver.fileno()], [], [])
            self._hear(driver)
            if select.select([self._bell.fileno()], [], [], 0)[0]:
                self._stop.wait(GATHER)
                self._bell.recv(4096)
                self._rung = False  # before what is told is taken: a word that comes now rings again

    def _send(self, driver: Driver) -> None:
        topics: set[str] = set()
        while not self._out.empty():
            topics |= self._out.get()
        words = sorted(topics)
        for start in range(0, len(words), WORDS):
            told = " ".join((self._me, *words[start : start + WORDS]))
            driver.execute("SELECT pg_notify($1, $2)", (CHANNEL, told))
        self._gather(driver)

    def _hear(self, driver: Driver) -> None:
        driver.pgconn.consume_input()
        self._gather(driver)

    def _gather(self, driver: Driver) -> None:
        heard: set[str] = set()
        while (notice := driver.pgconn.notifies()) is not None:
            sender, *words = notice.extra.decode().split(" ")
            if sender != self._me:
                heard |= set(words)
        if heard:
            self._changed(frozenset(heard))
