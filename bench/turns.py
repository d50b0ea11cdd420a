"""Whole turns on SQLite: durable, encrypted, audited; and the same statements on the bare driver as the floor."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.cpu import per_item
from bench.parts import timed
from bot.app import App
from bot.config import load_config
from bot.master_key import create_master_key
from bot.turn import handle_turn
from dialogs.types import Actor, ActorKind, Inbound
from store.customers import NewCustomer
from store.said import Said
from store.sqlite import SqliteSession
from store.uow import UnitOfWork

START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
FORM = ("Hi, I moved to 12 Oak Street", "Springfield 62704", "what is this for?", "no, number 14", "cancel")
CHATS = 40
ROUNDS = 10
"""Of which the quietest counts, here as for the floor."""

BENCH = Actor(ActorKind.SYSTEM, "bench")


class Turns:
    """An application on an empty database, and forms walked on it by linked customers."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self._folder, self.place = folder, folder / "bench.db"
        key = folder / "master.key"
        create_master_key(key)
        url = url or f"sqlite:///{self.place}"
        self._settings = {"TELLONCE__STORE__URL": url, "TELLONCE__KEYS__MASTER_FILE": str(key)}
        self.open()
        self.app.database.upgrade()
        self._round = self.linked = 0

    def open(self) -> None:
        """Open the application."""
        self.app = App(load_config(None, self._settings), clock=lambda: START)

    def link(self) -> list[str]:
        """New chats, each linked to a new customer."""
        self._round += 1
        chats = [f"bench-{self._round}-{n}" for n in range(CHATS)]
        tokens = self.app.database.write(self._people)
        for chat, token in zip(chats, tokens, strict=True):
            self.submit(Inbound("webchat", chat, "link", START, link_token=token)).result()
        self.linked += len(chats)
        return chats

    def _people(self, uow: UnitOfWork) -> list[str]:
        lifetime, tokens = dt.timedelta(days=1), []
        for n in range(CHATS):
            phone = {"e164": f"+1217555{self._round % 100:02}{n:02}"}
            id = uow.customers.add(NewCustomer({"full": "Ada Example"}, phone=phone), START, BENCH)
            tokens.append(uow.customers.link_token(id, START, lifetime))
        return tokens

    def submit(self, inbound: Inbound) -> Future[tuple[Said, ...]]:
        """Begin a turn."""
        return self.app.database.submit(lambda uow: handle_turn(inbound, uow, self.app.kit, START))

    def one_by_one(self, rounds: int = ROUNDS) -> float:
        """Milliseconds of CPU a turn when each waits for the one before."""
        return self._walk(rounds, together=False)

    def together(self, rounds: int = ROUNDS) -> float:
        """The same when all chats write at once and share commits."""
        return self._walk(rounds, together=True)

    def _walk(self, rounds: int, *, together: bool) -> float:
        best = float("inf")
        for _ in range(rounds):
            chats = self.link()
            best = min(best, per_item(lambda chats=chats: self._forms(chats, together), rounds=1))  # type: ignore[misc]
        return best

    def parts(self) -> dict[str, float]:
        """Milliseconds of CPU a turn that each part of it takes: of the quietest round, shared commits."""
        rounds = []
        for _ in range(ROUNDS):
            chats = self.link()
            with timed() as spent:
                turns = self._forms(chats, together=True)
            rounds.append({part: nanoseconds / 1e6 / turns for part, nanoseconds in spent.items()})
        return min(rounds, key=lambda parts: sum(parts.values()))

    def _forms(self, chats: Sequence[str], together: bool) -> int:
        for step, text in enumerate(FORM):
            turns = []
            for chat in chats:
                turn = self.submit(Inbound("webchat", chat, f"m{step}", START, text=text))
                turns.append(turn)
                if not together:
                    turn.result()
            for turn in turns:
                turn.result()
        return len(chats) * len(FORM)

    def floor(self) -> tuple[float, float, float]:
        """Milliseconds of CPU a turn for the bare driver doing our statements: a commit each, shared commits; and how
        many statements a turn has."""
        chats = self.link()
        before = self._folder / "before.db"
        with sqlite3.connect(self.place) as live, sqlite3.connect(before) as copy:
            live.backup(copy)
        statements: list[list[tuple[str, Sequence[Any]]]] = []
        run = SqliteSession.run

        def recorded(session: SqliteSession, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
            statements[-1].append((sql, values))
            return run(session, sql, values)

        with patch.object(SqliteSession, "run", recorded):  # to learn what a turn asks of the driver
            for step, text in enumerate(FORM):
                for chat in chats:
                    statements.append([])
                    self.submit(Inbound("webchat", chat, f"m{step}", START, text=text)).result()
        each = self._replayed(before, statements, 1)
        shared = self._replayed(before, statements, len(chats))
        return each, shared, sum(map(len, statements)) / len(statements)

    def _replayed(self, before: Path, turns: list[list[tuple[str, Sequence[Any]]]], batch: int) -> float:
        best = float("inf")
        for _ in range(ROUNDS):
            place = self._folder / "replay.db"
            shutil.copy(before, place)
            driver = sqlite3.connect(place, isolation_level=None, cached_statements=512)
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
                driver.execute(f"PRAGMA {pragma}")
            best = min(best, per_item(lambda driver=driver: replay(driver, turns, batch), rounds=1))  # type: ignore[misc]
            driver.close()
            for suffix in ("", "-wal", "-shm"):
                Path(f"{place}{suffix}").unlink(missing_ok=True)
        return best

    def close(self) -> None:
        """Close the application."""
        self.app.close()


def replay(driver: sqlite3.Connection, turns: list[list[tuple[str, Sequence[Any]]]], batch: int) -> int:
    """Run recorded statements, so many turns a commit."""
    for start in range(0, len(turns), batch):
        driver.execute("BEGIN IMMEDIATE")
        for turn in turns[start : start + batch]:
            for sql, values in turn:
                driver.execute(sql, values).fetchall()
        driver.execute("COMMIT")
    return len(turns)
