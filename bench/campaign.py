"""A campaign: enqueueing check-ins for everybody who is due, beside one plain INSERT … SELECT of as many rows."""

from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
import time
from pathlib import Path

from bench.growth import FULL, LARGE, company
from bench.turns import START, Turns
from bot.checkins import run_now

YEARS = START + dt.timedelta(days=800)

CHECK_INS = (
    "INSERT INTO check_in (id, customer, conversation, field, version, state, created_at, expires_at)"
    " SELECT lower(hex(randomblob(16))), c.customer, c.id, v.field, v.id, 'planned', 0, 0 FROM conversation AS c"
    " JOIN value_version AS v ON v.customer = c.customer AND v.field = 'phone' AND v.valid_to IS NULL"
)
JOBS = (
    "INSERT INTO job (kind, state, priority, due_at, dedup, payload) SELECT 'check_in', 'ready', 0, 0,"
    " 'check_in:' || id, '{\"check_in\":\"' || id || '\"}' FROM check_in"
)


def measure(full: bool) -> tuple[int, float, float]:
    """How many were enqueued, in a large company or in one of a million customers; microseconds of CPU for each, ours
    and by the plain statements."""
    customers = FULL if full else LARGE
    with company(customers, customers) as turns:
        return _of(turns)


def _of(turns: Turns) -> tuple[int, float, float]:
    """Enqueue in the company's own database, and plainly in a copy of it, opened as freshly."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "plain.db"
        with sqlite3.connect(turns.place) as live, sqlite3.connect(copy) as plain:
            live.backup(plain)
        plain.close()
        start = time.process_time_ns()
        opened = run_now(turns.app.database, turns.app.kit.policy, YEARS)
        ours = (time.process_time_ns() - start) / 1e3 / max(1, opened)
        return opened, ours, _plain(copy)


def _plain(place: Path) -> float:
    driver = sqlite3.connect(place, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = FAST"):
        driver.execute(f"PRAGMA {pragma}")
    start = time.process_time_ns()
    driver.execute("BEGIN IMMEDIATE")
    rows = driver.execute(CHECK_INS).rowcount
    driver.execute(JOBS)
    driver.execute("COMMIT")
    spent = time.process_time_ns() - start
    driver.close()
    return spent / 1e3 / max(1, rows)
