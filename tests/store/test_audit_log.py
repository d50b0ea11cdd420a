"""Entries get their place in the log after the fact, each exactly once; checkpoints are signed, old entries trimmed."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from store.audit_check import Check
from store.audit_log import PATIENCE
from store.database import Database
from store.merkle import is_consistent, is_included
from store.signed_note import checkpoint
from store.uow import RefusedByDatabaseError, UnitOfWork
from tests.store.kit import ACTOR, NOW, open_database
from tests.store.trail import KEEP, LATER, append, check, furnish, reaching, settle, sign

LEAVES = "SELECT seq, entry FROM audit_leaf ORDER BY seq"


def places(database: Database) -> list[tuple[int, int]]:
    return [tuple(row) for row in database.read(lambda uow: uow.run(LEAVES).fetchall())]


def test_entries_are_ordered_as_they_were_written_a_slice_at_a_time(database: Database) -> None:
    append(database, 5)

    assert database.write(lambda uow: uow.log.order(NOW, 3)) is True
    assert database.write(lambda uow: uow.log.order(NOW, 3)) is False
    assert database.write(lambda uow: uow.log.order(NOW, 3)) is False
    assert [seq for seq, _ in places(database)] == [0, 1, 2, 3, 4]
    assert sorted(places(database)) == places(database)
    assert check(database) == []


def test_what_commits_late_is_ordered_late_and_never_skipped(database: Database) -> None:
    """The ids of transactions that are still under way are passed, remembered, and looked at again."""
    for id in (10, 12, 17):
        database.write(lambda uow, id=id: plain(uow, id))
    settle(database)
    for id in (16, 11, 14):
        database.write(lambda uow, id=id: plain(uow, id))
        settle(database)
    database.write(lambda uow: plain(uow, 18))
    settle(database)

    assert [entry for _, entry in places(database)] == [10, 12, 17, 16, 11, 14, 18]
    gaps = database.read(lambda uow: uow.run("SELECT first, last FROM audit_gap ORDER BY first").fetchall())
    assert [tuple(gap) for gap in gaps] == [(1, 9), (13, 13), (15, 15)]
    assert check(database) == []


def plain(uow: UnitOfWork, id: int) -> None:
    """An entry with this very id."""
    from store.audit import leaf_hash
    from store.instant import to_micros

    at = to_micros(NOW)
    leaf = leaf_hash(at, "system", "test", "", "test.done", f"thing:{id}", None, "")
    uow.run("INSERT INTO audit_entry (id, at, actor_kind, actor, origin, act, subject, customer, digest, leaf)"
            " VALUES (?, ?, 'system', 'test', '', 'test.done', ?, NULL, '', ?)",
            (id, at, f"thing:{id}", leaf))  # fmt: skip


def test_ids_that_were_given_up_are_forgotten_in_time(database: Database) -> None:
    database.write(lambda uow: plain(uow, 5))
    settle(database)
    settle(database, NOW + PATIENCE + dt.timedelta(seconds=1))

    assert database.read(lambda uow: uow.run("SELECT COUNT(*) FROM audit_gap").fetchone()[0]) == 0


def test_any_order_of_commits_gives_every_entry_one_place(
    database: Database, record_property: Callable[[str, object], None]
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for start in range(0, 400, 20):
        ids = [id for id in range(start + 1, start + 21) if chance.random() < 0.8]
        chance.shuffle(ids)
        for id in ids:
            database.write(lambda uow, id=id: plain(uow, id))
            if chance.random() < 0.5:
                database.write(lambda uow: uow.log.order(NOW, chance.randint(1, 5)))
    settle(database)

    there = database.read(lambda uow: [id for (id,) in uow.run("SELECT id FROM audit_entry ORDER BY id").fetchall()])
    assert sorted(entry for _, entry in places(database)) == there
    assert [seq for seq, _ in places(database)] == list(range(len(there)))
    assert check(database) == []
    record_property("cases", f"audit: {len(there)} entries committed in any order, each placed once, seed {seed}")


def test_two_that_order_at_once_give_no_place_twice(database: Database) -> None:
    append(database, 400)
    together = threading.Barrier(4)

    def work() -> None:
        together.wait()
        settle(database)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(places(database)) == 400
    assert check(database) == []


def test_acts_that_commit_in_any_order_while_others_order_are_all_placed(database: Database) -> None:
    """Real transactions side by side, each holding its id for a while before it commits."""
    started = threading.Barrier(6)

    def work(mine: int) -> None:
        started.wait()
        for n in range(12):

            def act(uow: UnitOfWork, n: int = n) -> None:
                uow.audit.append("test.done", f"thing:{mine}-{n}", ACTOR, NOW)
                if (mine + n) % 3 == 0:
                    threading.Event().wait(0.01)
                if (mine + n) % 7 == 0:
                    raise KeyError

            try:
                database.write(act)
            except KeyError:
                continue

    workers = [threading.Thread(target=work, args=(mine,)) for mine in range(5)]
    for worker in workers:
        worker.start()
    started.wait()
    while any(worker.is_alive() for worker in workers):
        database.write(lambda uow: uow.log.order(NOW))
    settle(database)

    count = database.read(lambda uow: uow.run("SELECT COUNT(*) FROM audit_entry").fetchone()[0])
    assert len(places(database)) == count > 40
    assert check(database) == []


def test_ordering_writes_nothing_when_there_is_nothing_to_order(database: Database) -> None:
    append(database, 1)
    settle(database)

    assert database.read(lambda uow: uow.log.order(NOW)) is False  # a reader could not write


def test_a_checkpoint_is_signed_when_the_log_has_grown_and_only_then(database: Database) -> None:
    assert sign(database) is False
    append(database, 3)

    assert [sign(database) for _ in range(5)] == [True, True, False, False, False]  # the second is over the key's entry
    append(database, 1)
    assert sign(database) is True
    found = database.read(lambda uow: uow.checkpoints.page())
    key = database.read(lambda uow: uow.checkpoints.verifier())
    assert [checkpoint(key.open(one.note)).size for one in found] == [one.size for one in found] == [3, 5, 7]
    assert [one.n for one in found] == [1, 2, 3]
    assert check(database) == []


def test_the_secret_key_is_kept_sealed(database: Database) -> None:
    append(database, 1)
    sign(database)
    name, sealed = database.read(lambda uow: uow.run("SELECT name, seed FROM audit_key").fetchone())

    assert len(sealed) > 32
    assert database.read(lambda uow: uow.checkpoints.seed(name, sealed)) not in sealed


def test_proofs_hold_against_signed_roots(database: Database) -> None:
    for count in (3, 250, 20, 300):
        append(database, count)
        sign(database)
    found = database.read(lambda uow: uow.checkpoints.page())
    last = found[-1]
    for seq, entry in places(database)[::37]:
        if seq < last.size:
            leaf = database.read(lambda uow, entry=entry: uow.log.find(entry))
            path = database.read(lambda uow, seq=seq: uow.log.inclusion(seq, last.size))
            assert leaf is not None
            assert is_included(leaf.hash, seq, last.size, path, last.root)
    for old in found:
        path = database.read(lambda uow, old=old: uow.log.consistency(old.size, last.size))
        assert is_consistent(old.size, old.root, last.size, last.root, path)


def test_a_furnished_trail_is_whole(where: Path | str) -> None:
    """Every kind of row, on both databases, and every statement of a check."""
    furnish(where)
    database = open_database(where)
    made = Check(database.read)
    list(made.steps())

    assert made.report.findings == []
    assert (made.waiting, made.walk.checkpoints, made.walk.trims) == (1, 3, 1)
    database.close()


def test_a_trim_leaves_hashes_and_the_log_still_adds_up(database: Database) -> None:
    append(database, 30)
    sign(database)
    before = database.read(lambda uow: uow.checkpoints.latest())
    append(database, 5, LATER)

    assert database.write(lambda uow: uow.trims.trim(NOW + KEEP, KEEP, 20)) is False  # none is older yet
    assert database.write(lambda uow: uow.trims.trim(LATER, KEEP, 20)) is True
    assert database.write(lambda uow: uow.trims.trim(LATER, KEEP, 20)) is False
    assert database.write(lambda uow: uow.trims.trim(LATER, KEEP, 20)) is False
    sign(database, LATER)
    entries = database.read(lambda uow: uow.audit.page(limit=40))
    assert [entry.act for entry in entries[:30]] == ["trimmed"] * 30
    assert all(entry.subject == "" and entry.at == NOW for entry in entries[:30])
    assert "audit.trimmed" in {entry.act for entry in entries[30:]}
    assert check(database) == []
    path = database.read(lambda uow: uow.log.consistency(before.size, uow.log.size()))
    root = database.read(lambda uow: uow.log.root(uow.log.size()))
    assert is_consistent(before.size, before.root, database.read(lambda uow: uow.log.size()), root, path)


def test_nothing_that_no_checkpoint_vouches_for_is_trimmed(database: Database) -> None:
    append(database, 30)
    settle(database)

    assert database.write(lambda uow: uow.trims.trim(LATER, KEEP)) is False
    assert database.read(lambda uow: uow.trims.last()) is None


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entry SET act = 'trimmed' WHERE id = 1",
        "UPDATE audit_entry SET leaf = actor_leaf.leaf FROM (SELECT leaf FROM audit_leaf LIMIT 1) AS actor_leaf",
        "DELETE FROM audit_entry",
        "UPDATE audit_leaf SET entry = entry + 1000",
        "DELETE FROM audit_leaf",
        "UPDATE audit_node SET n = n + 1",
        "DELETE FROM audit_node",
        "UPDATE audit_checkpoint SET at = 0",
        "DELETE FROM audit_checkpoint",
        "UPDATE audit_trim SET at = 0",
        "DELETE FROM audit_trim",
    ],
)
def test_the_database_itself_refuses_to_touch_the_trail(database: Database, tampering: str) -> None:
    append(database, 300)
    sign(database)
    database.write(lambda uow: uow.trims.trim(LATER, KEEP, 10))
    if "id = 1" in tampering:
        tampering = tampering.replace("id = 1", "id = 200")

    with pytest.raises(RefusedByDatabaseError):
        database.write(lambda uow: uow.run(tampering) and None)


@pytest.mark.parametrize(
    ("tampering", "about"),
    [
        ("UPDATE audit_entry SET actor = 'somebody else' WHERE id = 150", "entry 150"),
        ("DELETE FROM audit_entry WHERE id = 150", "entry 150"),
        ("DELETE FROM audit_leaf WHERE seq = 150", "leaf 150"),
        ("UPDATE audit_leaf SET entry = 5000 WHERE seq = 150", "entry 5000"),
        ("UPDATE audit_node SET n = 7", "node 8/7"),
        ("DELETE FROM audit_checkpoint WHERE n = 2", "checkpoint 2"),
        ("UPDATE audit_checkpoint SET size = 301 WHERE n = 2", "checkpoint 2"),
        ("UPDATE audit_trim SET before = before + 1", "trim 1"),
        ("UPDATE audit_log SET seen = seen - 1", "log"),
        ("UPDATE consent SET customer = 'another'", "consent "),
        ("UPDATE value_version SET valid_from = valid_from - 1", "value_version "),
        ("UPDATE request_event SET actor = 'another' WHERE n = 1", "request_event CR-2026-000001/1"),
    ],
)
def test_tampering_is_found_on_both_databases(where: Path | str, tampering: str, about: str) -> None:
    furnish(where)
    with reaching(where) as reach:
        reach(tampering)
    database = open_database(where)
    found = check(database)
    database.close()

    assert any(finding.about.startswith(about) for finding in found), found
