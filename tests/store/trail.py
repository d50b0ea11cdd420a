"""A trail with every kind of row, and hands that tamper with it behind the program's back."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from dialogs.archiving import Why
from dialogs.effects import Apply, Decision, Disclose, Freeze, KeepReceipt, Move, Note, RecordStaffProof, Suppress
from dialogs.request import State
from dialogs.types import Need
from nlu.replaced import replaced
from store.audit_check import Check
from store.audit_findings import Finding
from store.audit_walk import Given
from store.database import Database
from store.rotation import begin_data
from store.signals import SignalKind
from store.signed_note import Verifier
from store.tasks import TaskKind
from tests.store.kit import ACTOR, NOW
from tests.store.road import STAFF, Road, open_road

KEEP = dt.timedelta(days=1096)
LATER = NOW + KEEP + dt.timedelta(days=1)


def settle(database: Database, now: dt.datetime = NOW) -> None:
    """Order all there is."""
    while database.write(lambda uow: uow.log.order(now)):
        pass


def sign(database: Database, now: dt.datetime = NOW) -> bool:
    """Order, sign, and order the checkpoint's own entry."""
    settle(database, now)
    signed = database.write(lambda uow: uow.checkpoints.sign(now))
    settle(database, now)
    return signed


def append(database: Database, count: int, now: dt.datetime = NOW) -> None:
    """So many entries more."""

    def act(uow):  # type: ignore[no-untyped-def]
        for n in range(count):
            uow.audit.append("test.done", f"thing:{n}", ACTOR, now)

    database.write(act)


def check(
    database: Database, given: Sequence[Given] = (), key: Verifier | None = None, kept: str | None = None
) -> list[Finding]:
    """What a whole check finds."""
    made = Check(database.read, given=given, key=key)
    for _ in made.steps(kept):
        pass
    return made.report.findings


def furnish(path: Path | str) -> None:
    """Every kind of row that carries an entry, three checkpoints, a kept hash, a trim, and entries waiting."""
    roads = open_road(path)
    road = next(roads)
    database = road.database
    append(database, 300)
    sign(database)
    database.write(lambda uow: uow.trims.trim(LATER, KEEP, 100))
    sign(database)
    _act(road)
    sign(database)
    append(database, 2)
    settle(database)
    append(database, 1)
    next(roads, None)  # closes the database, and with it the log beside its file


def _act(road: Road) -> None:
    database = road.database
    customer = road.customer()
    request = road.approved(road.filed(customer))
    live = replaced(request, state=State.APPLIED, applied_version="f" * 32)
    road.commit(Decision(effects=(Move(live, State.APPROVED), Apply(live))), actor=STAFF)
    chat = road.again(road.chat())
    road.commit(Decision(effects=(Note(chat.id, "seems lost"),)), actor=STAFF)
    road.effects(chat, Suppress(customer))
    road.effects(road.again(chat), Disclose((road.version(customer, "email"),)))
    database.write(lambda uow: uow.customers.reveal(customer, "phone", STAFF, "called", NOW))
    database.write(lambda uow: uow.signals.add(customer, "email", SignalKind.BOUNCED, ACTOR, NOW))
    database.write(lambda uow: uow.tasks.open(customer, TaskKind.UNREACHABLE, "email", ACTOR, NOW))
    database.write(lambda uow: uow.staff.add("rita", "reviewer", NOW, ACTOR))
    database.write(lambda uow: uow.protection.is_customer("rita", customer, ACTOR, NOW))
    road.effects(road.again(chat), KeepReceipt(request.number, "counter", NOW, "rita"))
    agreed = road.agreed(road.again(chat), digest="e1" * 32)
    vouched = RecordStaffProof("b" * 32, "in_person", "e1" * 32, Need.ON_FILE, "counter", "rita", NOW, "ab" * 32)
    road.commit(Decision(agreed, effects=(vouched,)), actor=STAFF)
    database.write(lambda uow: begin_data(uow, ACTOR, NOW))
    database.write(lambda uow: uow.erasures.place(customer, "a lawsuit", STAFF, NOW))
    database.write(lambda uow: uow.archiving.propose(customer, Why.ENDED, ACTOR, NOW))
    another = road.customer(phone=None, email=None)
    database.write(lambda uow: uow.erasures.erase(another, STAFF, NOW))
    road.commit(Decision(effects=(Freeze("f" * 32, customer, request.number),)), actor=ACTOR)


@contextmanager
def behind(path: Path) -> Iterator[sqlite3.Connection]:
    """The hands of whoever has the file: no guard, key or check holds them."""
    with closing(sqlite3.connect(path, isolation_level=None)) as hands:
        hands.execute("PRAGMA busy_timeout = 5000")
        hands.execute("PRAGMA foreign_keys = OFF")
        hands.execute("PRAGMA ignore_check_constraints = ON")
        for (name,) in hands.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            hands.execute(f"DROP TRIGGER {name}")
        yield hands


@contextmanager
def reaching(where: Path | str) -> Iterator[Callable[[str], object]]:
    """The same hands, on either database: runs a statement that nothing refuses."""
    if isinstance(where, Path):
        with behind(where) as hands:
            yield hands.execute
        return
    with psycopg.connect(where.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no trigger fires, no foreign key is looked at
        yield connection.execute


def other(value: Any) -> Any:
    """Another value of the same kind."""
    match value:
        case None:
            return None
        case int():
            return value + 1
        case str():
            return f"{value}x"
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
    raise TypeError(type(value))
