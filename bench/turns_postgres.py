"""The same turns on PostgreSQL, and the same statements on bare psycopg as the floor. CPU is that of this process: what
the server spends, it spends for both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import sqlalchemy as sa

from bench.cpu import per_item
from bench.turns import FORM, ROUNDS, START, Turns
from dialogs.types import Inbound
from store.dialect import to_postgres
from store.postgres import PostgresSession, adapt
from store.uow import Rows
from tests.postgres import Server

Recorded = list[tuple[bytes, Sequence[Any]]]


class PostgresTurns(Turns):
    """Forms walked on a database of this server."""

    def __init__(self, folder: Path, server: Server) -> None:
        self._server = server
        self._url = server.new()
        super().__init__(folder, self._url)

    def floor(self) -> tuple[float, float, float]:
        """Milliseconds of CPU a turn for the bare driver doing our statements, a commit each; there is nothing to
        share, so the second figure is the first; and how many statements a turn has."""
        chats = self.link()
        self.app.close()
        before = self._server.new(template=self._url.rpartition("/")[2])
        self.open()
        turns: list[Recorded] = []
        run = PostgresSession.run

        def recorded(session: PostgresSession, sql: str, values: Sequence[Any] = ()) -> Rows:
            turns[-1].append((to_postgres(sql), values))
            return run(session, sql, values)

        with patch.object(PostgresSession, "run", recorded):  # to learn what a turn asks of the driver
            for step, text in enumerate(FORM):
                for chat in chats:
                    turns.append([])
                    self.submit(Inbound("webchat", chat, f"m{step}", START, text=text)).result()
        best = float("inf")
        for _ in range(ROUNDS):
            url = sa.make_url(self._server.new(template=before.rpartition("/")[2]))
            with psycopg.connect(
                host=url.host,
                port=url.port,
                user=url.username,
                dbname=url.database,
                autocommit=True,
                cursor_factory=psycopg.RawCursor,
                prepare_threshold=0,
            ) as driver:
                adapt(driver)
                best = min(best, per_item(lambda driver=driver: replay(driver, turns), rounds=1))  # type: ignore[misc]
        return best, best, sum(map(len, turns)) / len(turns)


def replay(driver: psycopg.Connection[Any], turns: list[Recorded]) -> int:
    """Run recorded statements, a commit a turn."""
    for turn in turns:
        driver.execute("BEGIN")
        for sql, values in turn:
            cursor = driver.execute(sql, values, prepare=True, binary=True)
            if cursor.description is not None:
                cursor.fetchall()
        driver.execute("COMMIT")
    return len(turns)
