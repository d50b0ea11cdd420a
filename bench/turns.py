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
from store.uow import UnitOfWork

START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
FORM = ("Hi, I moved to 12 Oak Street", "Springfield 62704", "what is this for?", "no, number 14", "cancel")
CHATS = 40
BENCH = Actor(ActorKind.SYSTEM, "bench")


class Turns:
    """An application on an empty database, and forms walked on it by linked customers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        key = folder / "master.key"
        create_master_key(key)
        settings = {"TELLONCE__STORE__URL": f"sqlite:///{folder}/bench.db", "TELLONCE__KEYS__MASTER_FILE": str(key)}
        self.app = App(load_config(None, settings), clock=lambda: START)
        self.app.database.upgrade()
        self._round = 0

    def link(self) -> list[str]:
        """New chats, each linked to a new customer."""
        self._round += 1
        chats = [f"bench-{self._round}-{n}" for n in range(CHATS)]
        tokens = self.app.database.write(self._people)
        for chat, token in zip(chats, tokens, strict=True):
            self._submit(Inbound("webchat", chat, "link", START, link_token=token)).result()
        return chats

    def _people(self, uow: UnitOfWork) -> list[str]:
        lifetime, tokens = dt.timedelta(days=1), []
        for n in range(CHATS):
            phone = {"e164": f"+1217555{self._round % 100:02}{n:02}"}
            id = uow.customers.add(NewCustomer({"full": "Ada Example"}, phone=phone), START, BENCH)
            tokens.append(uow.customers.link_token(id, START, lifetime))
        return tokens

    def _submit(self, inbound: Inbound) -> Future[tuple[Said, ...]]:
        return self.app.database.submit(lambda uow: handle_turn(inbound, uow, self.app.kit, START))

    def one_by_one(self) -> float:
        """Milliseconds of CPU a turn when each waits for the one before."""
        return self._walk(together=False)

    def together(self) -> float:
        """The same when all chats write at once and share commits."""
        return self._walk(together=True)

    def _walk(self, *, together: bool) -> float:
        best = float("inf")
        for _ in range(4):
            chats = self.link()
            best = min(best, per_item(lambda chats=chats: self._forms(chats, together), rounds=1))  # type: ignore[misc]
        return best

    def parts(self) -> dict[str, float]:
        """Milliseconds of CPU a turn that each part of it takes: of the quietest round, shared commits."""
        rounds = []
        for _ in range(4):
            chats = self.link()
            with timed() as spent:
                turns = self._forms(chats, together=True)
            rounds.append({part: nanoseconds / 1e6 / turns for part, nanoseconds in spent.items()})
        return min(rounds, key=lambda parts: sum(parts.values()))

    def _forms(self, chats: Sequence[str], together: bool) -> int:
        for step, text in enumerate(FORM):
            turns = []
            for chat in chats:
                turn = self._submit(Inbound("webchat", chat, f"m{step}", START, text=text))
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
        with sqlite3.connect(self._folder / "bench.db") as live, sqlite3.connect(before) as copy:
            live.backup(copy)
        statements: list[list[tuple[str, Sequence[Any]]]] = []
        run = UnitOfWork.run

        def recorded(uow: UnitOfWork, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
            statements[-1].append((sql, values))
            return run(uow, sql, values)

        with patch.object(UnitOfWork, "run", recorded):  # to learn what a turn asks of the driver
            for step, text in enumerate(FORM):
                for chat in chats:
                    statements.append([])
                    self._submit(Inbound("webchat", chat, f"m{step}", START, text=text)).result()
        each = self._replayed(before, statements, 1)
        shared = self._replayed(before, statements, len(chats))
        return each, shared, sum(map(len, statements)) / len(statements)

    def _replayed(self, before: Path, turns: list[list[tuple[str, Sequence[Any]]]], batch: int) -> float:
        best = float("inf")
        for _ in range(3):
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
