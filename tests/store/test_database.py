"""Acts share a commit, and nothing else."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from concurrent.futures import Future
from pathlib import Path

import psycopg
import pytest

import store
from dialogs.policy import Policy
from store.crypto import WrongMasterKeyError, customer_key
from store.database import BatchLostError, Database, DatabaseClosedError, SchemaOutOfDateError
from store.database import open_database as open_url
from store.uow import RefusedByDatabaseError, UnitOfWork
from tests.store.kit import ACTOR, NOW, keyring, open_database, render

ADD = "INSERT INTO counter (name, value) VALUES (?, ?)"


class Oops(Exception):
    """What a failing act raises."""


def put(name: str, uow: UnitOfWork) -> str:
    uow.run(ADD, (name, 1))
    return name


def names(database: Database) -> list[str]:
    return database.read(lambda uow: [row[0] for row in uow.run("SELECT name FROM counter ORDER BY name")])


def held(database: Database) -> threading.Event:
    """Hold the writer, so that acts submitted until `set` fall into one batch."""
    begun, go = threading.Event(), threading.Event()

    def hold(_: UnitOfWork) -> None:
        begun.set()
        go.wait(5)

    database.submit(hold)
    begun.wait(5)
    return go


@pytest.mark.sqlite_only
def test_a_failed_act_leaves_nothing_and_harms_no_other(database: Database) -> None:
    def fails(uow: UnitOfWork) -> None:
        put("bad", uow)
        raise Oops

    go = held(database)
    before = database.submit(lambda uow: put("a", uow))
    failing = database.submit(fails)
    refused = database.submit(lambda uow: put("a", uow))
    after = database.submit(lambda uow: put("b", uow))
    go.set()

    assert before.result() == "a"
    assert after.result() == "b"
    with pytest.raises(Oops):
        failing.result()
    with pytest.raises(RefusedByDatabaseError):
        refused.result()
    assert names(database) == ["a", "b"]


def test_waiting_acts_share_one_commit(database: Database, file: Path) -> None:
    before = (file.parent / "store.db-wal").stat().st_size if (file.parent / "store.db-wal").exists() else 0
    go = held(database)
    acts = [database.submit(lambda uow, n=n: put(f"n{n:03}", uow)) for n in range(100)]
    go.set()

    for act in acts:
        act.result()

    frames = ((file.parent / "store.db-wal").stat().st_size - before) / 4096
    assert len(names(database)) == 100
    assert frames < 20, "a hundred commits would have written a hundred pages"


def test_many_threads_write_at_once_and_nothing_is_lost(database: Database) -> None:
    def writes(thread: int) -> None:
        for n in range(25):
            assert database.write(lambda uow, n=n: put(f"{thread}/{n}", uow)) == f"{thread}/{n}"

    threads = [threading.Thread(target=writes, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(names(database)) == 200


def test_what_was_answered_is_there_after_opening_again(database: Database, file: Path) -> None:
    database.write(lambda uow: put("kept", uow))

    again = open_database(file)

    assert names(again) == ["kept"]
    again.close()


def test_a_reader_sees_one_snapshot_and_cannot_write(database: Database) -> None:
    def reads(uow: UnitOfWork) -> tuple[int, int]:
        first = uow.run("SELECT count(*) FROM counter").fetchone()[0]
        database.write(lambda writer: put("meanwhile", writer))
        return first, uow.run("SELECT count(*) FROM counter").fetchone()[0]

    assert database.read(reads) == (0, 0)
    with pytest.raises((sqlite3.OperationalError, psycopg.errors.ReadOnlySqlTransaction)):
        database.read(lambda uow: put("never", uow))
    assert names(database) == ["meanwhile"]


@pytest.mark.sqlite_only
def test_when_the_transaction_is_lost_every_act_of_the_batch_is_told(database: Database) -> None:
    def loses(uow: UnitOfWork) -> None:
        uow.run("ROLLBACK")
        raise Oops

    go = held(database)
    before = database.submit(lambda uow: put("a", uow))
    losing = database.submit(loses)
    after = database.submit(lambda uow: put("b", uow))
    go.set()

    with pytest.raises(BatchLostError):
        before.result()
    with pytest.raises(Oops):
        losing.result()
    assert after.result() == "b", "the next batch is not harmed"
    assert names(database) == ["b"]


def test_a_key_made_in_an_act_that_failed_is_not_used_by_another(database: Database) -> None:
    name = customer_key("c")

    def fails(uow: UnitOfWork) -> None:
        uow.seal.seal(name, b"first", "t.c", "1")
        raise Oops

    with pytest.raises(Oops):
        database.write(fails)
    sealed = database.write(lambda uow: uow.seal.seal(name, b"second", "t.c", "1"))

    assert database.read(lambda uow: uow.seal.open(name, sealed, "t.c", "1")) == b"second"


@pytest.mark.sqlite_only
def test_a_cancelled_act_does_not_run(database: Database) -> None:
    go = held(database)
    cancelled: Future[str] = database.submit(lambda uow: put("never", uow))
    assert cancelled.cancel()
    go.set()

    database.write(lambda uow: put("ran", uow))

    assert names(database) == ["ran"]


def test_an_act_may_not_wait_for_another(database: Database) -> None:
    with pytest.raises(RuntimeError):
        database.write(lambda _: database.write(lambda uow: put("never", uow)))


def test_closing_finishes_what_waits_and_refuses_what_comes_later(database: Database, file: Path) -> None:
    go = held(database)
    waiting = database.submit(lambda uow: put("last", uow))
    closing = threading.Thread(target=database.close)
    closing.start()
    time.sleep(0.05)
    go.set()
    closing.join()

    assert waiting.result() == "last"
    with pytest.raises(DatabaseClosedError):
        database.write(lambda uow: put("late", uow))


def test_the_wrong_master_key_and_an_old_schema_are_told_apart(file: Path, tmp_path: Path) -> None:
    wrong = open_url(f"sqlite:///{file}", keyring(b"w" * 32), render, Policy())
    empty = open_database(tmp_path / "new.db")

    with pytest.raises(WrongMasterKeyError):
        wrong.check()
    with pytest.raises(SchemaOutOfDateError):
        empty.check()
    wrong.close()
    empty.upgrade()
    empty.check()
    empty.close()


def test_a_refusal_names_the_rule_and_no_value(database: Database) -> None:
    database.write(lambda uow: put("secret-name", uow))

    with pytest.raises(RefusedByDatabaseError) as refusal:
        database.write(lambda uow: put("secret-name", uow))

    assert "secret-name" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.sqlite_only
def test_every_connection_keeps_foreign_keys_and_full_sync(database: Database) -> None:
    def pragmas(uow: UnitOfWork) -> list[object]:
        return [uow.run(f"PRAGMA {name}").fetchone()[0] for name in ("foreign_keys", "synchronous", "journal_mode")]

    assert database.write(pragmas) == database.read(pragmas) == [1, 2, "wal"]


def test_audit_entries_are_appended_in_the_act_and_read_in_pages(database: Database) -> None:
    def acts(uow: UnitOfWork) -> list[int]:
        return [uow.audit.append("seen", f"customer:{n % 2}", ACTOR, NOW, customer=str(n % 2)) for n in range(5)]

    ids = database.write(acts)

    pages = database.read(lambda uow: (uow.audit.page(0, 3), uow.audit.page(ids[2], 3)))
    assert [[entry.id for entry in page] for page in pages] == [ids[:3], ids[3:]]
    assert [entry.id for entry in database.read(lambda uow: uow.audit.for_subject("customer:1"))] == ids[1::2]
    assert [entry.id for entry in database.read(lambda uow: uow.audit.for_customer("0"))] == ids[::2]


def test_no_statement_numbers_its_parameters() -> None:
    """From Python 3.12 on, SQLite's `?1` wants names and a plain sequence is deprecated; 3.14 refuses it."""
    numbered = re.compile(r"[ (=]\?\d")
    files = Path(store.__path__[0]).rglob("*.py")

    assert [file.name for file in files if numbered.search(file.read_text())] == []
