"""What a run came to, in words that two runs share: every row of every table, opened, ids told by what they name."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.app import App
from store.audit_check import Check
from store.instant import Instant, from_micros
from store.schema import metadata
from store.uow import UnitOfWork
from tests.crash.scene import DATABASE, WORKER_START, config
from tests.parts import parts_of

NOT_COMPARED = {
    "attempt": "one more after a kill in the right moment: see test_crash",
    "alembic_version": "the schema's own",
    "api_answer": "kept answers, sealed",
} | dict.fromkeys(
    (f"audit_{part}" for part in ("log", "leaf", "node", "gap", "key", "checkpoint", "trim")),
    "each run orders and signs its own trail; whether it is whole is looked at instead",
)
PER_RUN = {"audit", "leaf", "wrapped", "fence", "lease_until", "worker", "attempts"}
"""Columns that depend on the order of unrelated chats, on fresh keys, or on how often a worker died."""

BY_CHANCE = {("job", "id"), ("claim", "body"), ("link", "id"), ("disclosure", "id"), ("not_me", "token_hash")}
"""Columns made anew in every run; the body of a button names its request."""

SENT = (
    "SELECT id FROM notice WHERE state = 'sent'"
    " UNION ALL SELECT idempotency_key FROM delivery WHERE state = 'acknowledged'"
)
ID = re.compile(r"\b[0-9a-f]{32}\b|CR-\d{4}-\d{6}")
Outcome = dict[str, list[str]]


def outcome_of(folder: Path) -> Outcome:
    """Table → its rows, sorted; "said" → every chat in order; "state" → every conversation's state. The trail must be
    whole."""
    app = App(config(folder, 1))
    try:
        check = Check(app.database.read)
        list(check.steps())
        assert check.ok, check.report.findings
        return app.database.read(_outcome)
    finally:
        app.close()


def _outcome(uow: UnitOfWork) -> Outcome:
    names = _names(uow)

    def named(text: str) -> str:
        return ID.sub(lambda found: names.get(found[0], found[0]), text)

    found: Outcome = {}
    for table in metadata.sorted_tables:
        if table.name not in NOT_COMPARED:
            rows = [row for row in _rows(uow, table) if not str(row.get("act", "")).startswith("audit.")]
            found[table.name] = sorted(named(str(_row(table, row))) for row in rows)
    found["said"], found["state"] = [], []
    for (id,) in sorted(uow.run("SELECT id FROM conversation").fetchall(), key=lambda row: names[row[0]]):
        for line in uow.conversations.messages(id, 0, 10_000):
            found["said"].append(
                named(f"{names[id]} {line.seq} {line.author_kind} {line.id} {line.text} {line.buttons}")
            )
        state = _plain(parts_of(uow.conversations.by_id(id)))
        found["state"].append(named(str(state)))
    found["requests"] = sorted(
        named(str(_plain(parts_of(uow.requests.load(number)) | {"makers": (), "history": ()})))
        for (number,) in uow.run("SELECT number FROM change_request").fetchall()
    )
    found["values"] = sorted(
        named(f"{customer} {version.field} {uow.customers.value_of(version.id).value} {version.until is None}")
        for (customer,) in uow.run("SELECT id FROM customer").fetchall()
        for version in uow.customers.history(customer)
    )
    return found


def _names(uow: UnitOfWork) -> dict[str, str]:
    """What each id is, said so that another run says the same. Base rows and what a message made have equal ids."""
    names = {id: f"<{uow.conversations.by_id(id).chat}>" for (id,) in uow.run("SELECT id FROM conversation").fetchall()}
    sql = (
        "SELECT r.number, k.no || ' ' || r.field || ' ' || r.consent FROM change_request r"
        " JOIN customer k ON k.id = r.customer"
    )
    names |= {number: f"<{what}>" for number, what in uow.run(sql).fetchall()}
    sql = "SELECT id, request FROM value_version WHERE request IS NOT NULL"
    names |= {id: f"<version by {names[request]}>" for id, request in uow.run(sql).fetchall()}
    sql = "SELECT id, request, target FROM delivery"
    names |= {id: f"<{target} of {names[request]}>" for id, request, target in uow.run(sql).fetchall()}
    sql = "SELECT id FROM notice WHERE NOT EXISTS (SELECT 1 FROM challenge WHERE challenge.id = notice.id)"
    return names | {id: "<word to a contact>" for (id,) in uow.run(sql).fetchall()}


def _rows(uow: UnitOfWork, table: sa.Table) -> list[dict[str, Any]]:
    cursor = uow.run(f"SELECT * FROM {table.name}")
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _row(table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for column in table.columns:
        value = row[column.name]
        if column.name in PER_RUN or column.info.get("sealed"):
            continue
        if table.name == "audit_entry" and (column.name == "id" or _of_ciphertext(column.name, row)):
            continue
        if (table.name, column.name) in BY_CHANCE:
            continue
        if isinstance(column.type, Instant) and value is not None:
            value = _plain(from_micros(value))
        kept[column.name] = value.hex() if isinstance(value, bytes) else value
    return kept


def _of_ciphertext(column: str, row: dict[str, Any]) -> bool:
    """The digest of a sealed state: ciphertext is never twice the same."""
    return column == "digest" and row["act"] in ("conversation.saved", "customer.added")


def _plain(value: Any) -> Any:
    """The value with every moment that a worker may have made told by its day only."""
    match value:
        case dt.datetime() if value >= WORKER_START:
            return f"later, {value:%Y-%m-%d}"
        case dt.datetime():
            return value.isoformat()
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case frozenset():
            return sorted(map(str, value))
    return value


def differences(one: Outcome, other: Outcome) -> list[str]:
    """What only one of the two has, by table."""
    found = []
    for table in one:
        for mark, here, there in (("-", one, other), ("+", other, one)):
            left = list(there[table])
            for row in here[table]:
                if row in left:
                    left.remove(row)
                else:
                    found.append(f"{mark} {table}: {row}")
        if sorted(one[table]) == sorted(other[table]) and one[table] != other[table]:
            found.append(f"{table}: another order")
    return found


@dataclass(frozen=True)
class Left:
    """How a killed process left the file: what SQLite finds wrong with it, and what was recorded as sent."""

    wrong: list[str]
    sent: frozenset[str]


def left_behind(folder: Path, scratch: Path) -> Left:
    """Looks at a copy, since the next process shall do its own recovery."""
    for end in ("", "-wal"):
        left, copy = folder / (DATABASE + end), scratch / (DATABASE + end)
        if left.exists():
            copy.write_bytes(left.read_bytes())
    connection = sqlite3.connect(scratch / DATABASE)
    try:
        wrong = [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
        wrong += [str(row) for row in connection.execute("PRAGMA foreign_key_check")]
        return Left(wrong, frozenset(id for (id,) in connection.execute(SENT)))
    finally:
        connection.close()
        for end in ("", "-wal", "-shm"):
            (scratch / (DATABASE + end)).unlink(missing_ok=True)
