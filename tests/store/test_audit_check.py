"""Whatever is done to the trail behind the program's back is found and named."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from store.audit import leaf_hash
from store.audit_check import Check, NotOfThisCheckError
from store.audit_findings import Finding, Kind
from store.audit_rows import RULES
from store.audit_walk import Given
from store.crypto import customer_key
from store.database import Database
from store.merkle import grown
from store.schema import metadata
from store.signed_note import Checkpoint, Verifier, checkpoint, public_of, sign
from tests.store.kit import NOW, open_database
from tests.store.trail import append, behind, check, furnish, other, settle
from tests.store.trail import sign as sign_now

LOG = ("audit_entry", "audit_leaf", "audit_node", "audit_log", "audit_key", "audit_checkpoint", "audit_trim")
LEFT = 10**6
"""A place or an id that nothing has."""

ELSEWHERE = {
    "approval": {"part", "role"},
    "change_request": {
        "conversation", "field", "operation", "value", "consent", "consent_standing", "proof", "proof_need",
        "proof_person", "proof_standing", "maker", "maker_role", "importance", "due_at", "time_left", "effective",
        "against", "old_contact", "risks", "reason", "decided_reason", "checker1", "level1", "checker2", "level2",
        "applied_version", "version", "cooling_off",
    },
    "request_event": {"reason"},
    "consent": {
        "conversation", "draft", "nonce", "form", "notice_version", "language", "purposes", "recipients", "withdraw",
        "standing", "withdrawn_at",
    },
    "proof": {"need", "challenge", "challenge_state", "signed_form", "standing"},
    "link": {"id", "via", "ended_at"},
    "note": {"id", "text", "whose"},
    "value_version": {
        "id", "field", "value", "value_index", "valid_to", "proven_at", "affirmed_at", "doubted_at",
        "approval_level", "closed_by",
    },
    "disclosure": {"id", "version", "reason"},
    "signal": {"id", "version"},
    "task": {"id", "field", "owner", "due_at", "done_at", "done_by"},
    "freeze": {"id", "request", "released_at", "released_by", "reason"},
    "reversal": {"reverts", "field"},
    "offline_receipt": {"received_at", "entered_by", "late"},
    "archiving": {"id", "why", "state", "approved_by", "confirmed_by", "changed_at"},
    "legal_hold": {"reason", "lifted_at", "lifted_by"},
    "rotation": {"target", "ended_at", "part", "reached", "done"},
}  # fmt: skip
"""Columns of acts of which their entry does not speak: what changes later, ciphertext (its seal breaks), and what keys,
checks and guards tie to columns that are compared."""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trail with every kind of row."""
    path = tmp_path_factory.mktemp("trail") / "furnished.db"
    database = open_database(path)
    database.upgrade()
    database.close()
    furnish(path)
    with behind(path) as hands:
        hands.execute(
            "INSERT INTO reversal (request, reverts, customer, field, audit)"
            " SELECT number, 'CR-2025-000001', customer, field, audit FROM change_request"
        )
    return path


@pytest.fixture
def file(furnished: Path, tmp_path: Path) -> Path:
    """The file of this test's trail."""
    return Path(shutil.copy(furnished, tmp_path / "trail.db"))


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    opened = open_database(file)
    yield opened
    opened.close()


@pytest.fixture
def hands(file: Path) -> Iterator[sqlite3.Connection]:
    with behind(file) as connection:
        yield connection


def kinds(found: list[Finding]) -> set[Kind]:
    return {finding.kind for finding in found}


def about(found: list[Finding]) -> set[str]:
    return {finding.about for finding in found}


def columns_of(hands: sqlite3.Connection, table: str) -> tuple[dict[str, str], list[str]]:
    """The columns of a table with their types, and its key."""
    rows = hands.execute(f"PRAGMA table_info({table})").fetchall()
    return {row[1]: row[2] for row in rows}, [row[1] for row in rows if row[5]]


def tampered(table: str, column: str, kind: str, value: Any) -> Any:
    if (table, column) in (("audit_entry", "id"), ("audit_leaf", "seq"), ("audit_leaf", "entry")):
        return LEFT
    return other(value) if value is not None else {"TEXT": "x", "INTEGER": 1, "BIGINT": 1, "BLOB": b"x"}[kind]


def test_the_trail_that_nobody_touched_is_whole(database: Database) -> None:
    assert check(database) == []


def test_every_table_whose_rows_carry_an_entry_is_compared() -> None:
    assert {table.name for table in metadata.tables.values() if "audit" in table.c} == set(RULES)


def test_a_change_of_any_column_of_any_kind_of_row_is_found_and_named(
    database: Database, hands: sqlite3.Connection, record_property: Callable[[str, object], None]
) -> None:
    """Every column of the log's own rows; of the rows of acts every column but those that are protected elsewhere."""
    cases, unseen = 0, []
    where = {"audit_entry": "WHERE id = 150", "audit_leaf": "WHERE seq = 150"}
    for table in dict.fromkeys((*LOG, *RULES)):
        columns, key = columns_of(hands, table)
        newest = ", ".join(f"{name} DESC" for name in key)
        row = hands.execute(f"SELECT * FROM {table} {where.get(table, '')} ORDER BY {newest} LIMIT 1").fetchone()
        was = dict(zip(columns, row, strict=True))
        for column, kind in columns.items():
            if column in ELSEWHERE.get(table, ()):
                continue
            now = was | {column: tampered(table, column, kind, was[column])}
            set_row(hands, table, key, was, now)
            found = check(database)
            cases += 1
            named = {str(one[name]) for one in (was, now) for name in key} | {str(was.get("entry")), "log"}
            if not any(name in finding.about for finding in found for name in named):
                unseen.append((table, column, found))
            set_row(hands, table, key, now, was)

    assert unseen == []
    assert check(database) == []
    assert cases > 100
    record_property(
        "cases", f"audit: {cases} columns of {len({*LOG, *RULES})} kinds of rows altered, each found and named"
    )


def set_row(hands: sqlite3.Connection, table: str, key: list[str], was: dict[str, Any], now: dict[str, Any]) -> None:
    sets = ", ".join(f"{name} = :n_{name}" for name in now)
    this = " AND ".join(f"{name} = :w_{name}" for name in key)
    values = {f"n_{name}": value for name, value in now.items()} | {f"w_{name}": was[name] for name in key}
    assert hands.execute(f"UPDATE {table} SET {sets} WHERE {this}", values).rowcount == 1


def test_every_kind_of_row_that_is_removed_is_missed(
    database: Database, hands: sqlite3.Connection, record_property: Callable[[str, object], None]
) -> None:
    cases = 0
    for table, which, named in (
        ("audit_entry", "id = 150", "entry 150"),
        ("audit_entry", "id = 5", "entry 5"),
        ("audit_entry", "id = 343", "entry 343"),
        ("audit_leaf", "seq = 150", "leaf 150"),
        ("audit_leaf", "seq = 5", "leaf 5"),
        ("audit_leaf", "seq = 343", "log"),
        ("audit_node", "n = 0", "node 8/0"),
        ("audit_checkpoint", "n = 1", "checkpoint 1"),
        ("audit_checkpoint", "n = 2", "checkpoint 2"),
        ("audit_checkpoint", "n = 3", "checkpoint 3"),
        ("audit_trim", "n = 1", "entry 5"),
        ("audit_key", "1 = 1", "checkpoint 1"),
        ("audit_log", "1 = 1", "log"),
    ):
        columns, _ = columns_of(hands, table)
        rows = hands.execute(f"SELECT * FROM {table} WHERE {which}").fetchall()
        hands.execute(f"DELETE FROM {table} WHERE {which}")
        found = check(database)
        cases += 1

        assert named in about(found), (table, which, found)
        hands.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)

    assert check(database) == []
    record_property("cases", f"audit: {cases} rows of the log removed, each missed and named")


def test_every_entry_that_an_act_carries_is_missed(database: Database, hands: sqlite3.Connection) -> None:
    for table in RULES:
        (entry,) = hands.execute(f"SELECT audit FROM {table} LIMIT 1").fetchone()
        row = hands.execute("SELECT * FROM audit_entry WHERE id = ?", (entry,)).fetchone()
        hands.execute("DELETE FROM audit_entry WHERE id = ?", (entry,))

        found = check(database)

        assert {Kind.REMOVED, Kind.ROW_WITHOUT_ENTRY} <= kinds(found), table
        assert any(finding.about.startswith(f"{table} ") for finding in found)
        hands.execute(f"INSERT INTO audit_entry VALUES ({', '.join('?' * len(row))})", row)


def test_entries_that_were_exchanged_are_named(database: Database, hands: sqlite3.Connection) -> None:
    exchange(hands, "audit_entry", "id", 120, 240)

    assert about(check(database)) == {"entry 120", "entry 240"}


def exchange(hands: sqlite3.Connection, table: str, key: str, one: int, other: int) -> None:
    for this, that in ((one, -1), (other, one), (-1, other)):
        hands.execute(f"UPDATE {table} SET {key} = ? WHERE {key} = ?", (that, this))


def test_leaves_that_were_exchanged_are_found_and_narrowed_down(database: Database, hands: sqlite3.Connection) -> None:
    exchange(hands, "audit_leaf", "seq", 120, 240)

    assert about(check(database)) == {"leaves 0 to 255"}


def test_leaves_that_were_exchanged_with_all_hashes_above_are_found(
    database: Database, hands: sqlite3.Connection
) -> None:
    exchange(hands, "audit_leaf", "seq", 120, 240)
    rehash(database, hands)

    found = check(database)
    assert kinds(found) == {Kind.REORDERED}
    assert found[0].says == "leaves 0 to 299 are not those that checkpoint 1 was signed over"


def rehash(database: Database, hands: sqlite3.Connection) -> None:
    """Make every kept hash fit the leaves."""
    hands.execute("DELETE FROM audit_node")
    (size,) = hands.execute("SELECT MAX(seq) + 1 FROM audit_leaf").fetchone()
    log = grown(database, 0)  # type: ignore[arg-type]  # nothing is read of an empty one
    for seq in range(size):
        (leaf,) = hands.execute("SELECT leaf FROM audit_leaf WHERE seq = ?", (seq,)).fetchone()
        for node in log.append(leaf):
            hands.execute("INSERT INTO audit_node VALUES (?, ?, ?)", node)


def rewrite(hands: sqlite3.Connection, entry: int, actor: str) -> None:
    """Alter an entry together with its own hash and that of its leaf."""
    at, kind, origin, act, subject, customer, digest = hands.execute(
        "SELECT at, actor_kind, origin, act, subject, customer, digest FROM audit_entry WHERE id = ?", (entry,)
    ).fetchone()
    leaf = leaf_hash(at, kind, actor, origin, act, subject, customer, digest)
    hands.execute("UPDATE audit_entry SET actor = ?, leaf = ? WHERE id = ?", (actor, leaf, entry))
    hands.execute("UPDATE audit_leaf SET leaf = ? WHERE entry = ?", (leaf, entry))


def test_an_entry_altered_with_all_hashes_is_found_by_the_checkpoints(
    database: Database, hands: sqlite3.Connection
) -> None:
    rewrite(hands, 310, "somebody else")
    rehash(database, hands)

    found = check(database)
    assert [finding.about for finding in found] == ["checkpoint 3"]
    assert found[0].says == "leaves 303 to 340 are not those that checkpoint 3 was signed over"


def test_an_entry_altered_with_its_leaf_but_not_the_hashes_above_is_narrowed_down(
    database: Database, hands: sqlite3.Connection
) -> None:
    rewrite(hands, 150, "somebody else")

    assert about(check(database)) == {"leaves 0 to 255"}


def test_an_entry_put_in_between_is_found(database: Database, hands: sqlite3.Connection) -> None:
    hands.execute("INSERT INTO audit_entry SELECT 0, at, actor_kind, actor, origin, act, subject, customer, digest,"
                  " leaf FROM audit_entry WHERE id = 150")  # fmt: skip

    assert [(one.kind, one.about) for one in check(database)] == [(Kind.UNORDERED, "entry 0")]


def test_a_leaf_put_in_between_is_found(database: Database, hands: sqlite3.Connection) -> None:
    hands.execute("UPDATE audit_leaf SET seq = -seq - 1 WHERE seq >= 200")
    hands.execute("UPDATE audit_leaf SET seq = -seq WHERE seq < 0")
    rewritten = hands.execute("SELECT leaf FROM audit_leaf WHERE seq = 150").fetchone()
    hands.execute("INSERT INTO audit_leaf VALUES (200, 1000, ?)", rewritten)
    hands.execute("UPDATE audit_log SET size = size + 1")
    rehash(database, hands)

    found = check(database)
    assert "entry 1000" in about(found)
    assert "checkpoint 1" in about(found)


def cut(hands: sqlite3.Connection, size: int) -> None:
    """Cut the log off, with everything that speaks of what was there."""
    hands.execute("DELETE FROM audit_entry WHERE id > ?", (size,))
    for table in RULES:
        hands.execute(f"DELETE FROM {table} WHERE audit > ?", (size,))
    hands.execute("DELETE FROM audit_leaf WHERE seq >= ?", (size,))
    hands.execute("DELETE FROM audit_checkpoint WHERE size > ?", (size,))
    hands.execute("UPDATE audit_log SET size = ?, seen = ?", (size, size))


def kept(database: Database, n: int) -> Given:
    """A checkpoint that somebody took away."""
    note = database.read(lambda uow: uow.checkpoints.numbered(n)).note  # type: ignore[union-attr]
    return Given(f"kept-{n}.txt", checkpoint(database.read(lambda uow: uow.checkpoints.verifier()).open(note)))


def test_a_log_cut_off_behind_its_last_checkpoint_is_found_with_an_earlier_one(
    database: Database, hands: sqlite3.Connection
) -> None:
    given = kept(database, 3)
    cut(hands, 303)

    assert check(database) == []  # it is whole, only shorter: nothing in the database can tell
    found = check(database, [given])
    assert [(one.kind, one.about) for one in found] == [(Kind.CUT_OFF, "kept-3.txt")]
    assert found[0].says == "kept-3.txt is over 341 leaves, and the log has 303: its end was cut off"


def test_a_log_cut_off_before_a_checkpoint_that_was_left_is_found(
    database: Database, hands: sqlite3.Connection
) -> None:
    rows = hands.execute("SELECT * FROM audit_checkpoint WHERE n = 3").fetchall()
    cut(hands, 303)
    hands.executemany("INSERT INTO audit_checkpoint VALUES (?, ?, ?, ?, ?, ?)", rows)

    assert Kind.CUT_OFF in kinds(check(database))


def test_a_log_that_went_another_way_is_found_with_an_earlier_checkpoint(
    database: Database, hands: sqlite3.Connection
) -> None:
    """The forger has the program and its keys, and makes another end to the same beginning."""
    given = kept(database, 3)
    cut(hands, 303)
    hands.close()
    append(database, 60)
    sign_now(database)

    assert check(database) == []
    found = check(database, [given])
    assert [(one.kind, one.about) for one in found] == [(Kind.FORKED, "kept-3.txt")]


def test_a_checkpoint_of_another_log_is_not_of_this_one(database: Database) -> None:
    another = Given("another.txt", Checkpoint(kept(database, 1).checkpoint.origin, 300, bytes(32)))

    assert kinds(check(database, [another])) == {Kind.FORKED}
    assert check(database, [kept(database, n) for n in (1, 2, 3)]) == []


def test_checkpoints_signed_with_another_key_are_forged(database: Database, hands: sqlite3.Connection) -> None:
    """Who has the file but not the master key can sign everything anew, but not seal the key."""
    name, seed = "tellonce.audit/0000000000000000", bytes(32)
    rewrite(hands, 150, "somebody else")
    rehash(database, hands)
    for n, size in hands.execute("SELECT n, size FROM audit_checkpoint").fetchall():
        root = database.read(lambda uow, size=size: uow.log.root(size))
        note = sign(Checkpoint(name, size, root).text(), name, seed)
        hands.execute("UPDATE audit_checkpoint SET root = ?, note = ? WHERE n = ?", (root, note, n))
    hands.execute("UPDATE audit_key SET name = ?, public = ?", (name, public_of(seed)))

    found = check(database)
    assert f"key {name}" in about(found)
    assert {"checkpoint 1", "checkpoint 2", "checkpoint 3"} <= about(found)


def test_the_key_that_an_auditor_brings_is_the_one_that_counts(database: Database) -> None:
    mine = database.read(lambda uow: uow.checkpoints.verifier())

    assert check(database, key=mine) == []
    found = check(database, key=Verifier(mine.name, public_of(bytes(32))))
    assert kinds(found) == {Kind.FORGED}


def test_an_entry_that_waits_is_checked_by_its_own_hash(database: Database, hands: sqlite3.Connection) -> None:
    hands.execute("UPDATE audit_entry SET actor = 'somebody else' WHERE id = 345")

    assert [(one.kind, one.about) for one in check(database)] == [(Kind.ALTERED, "entry 345")]


def test_gaps_that_hide_ordered_entries_are_found(database: Database, hands: sqlite3.Connection) -> None:
    hands.execute("INSERT INTO audit_gap VALUES (149, 151, 0)")

    assert about(check(database)) == {"gap 149"}
    assert database.write(lambda uow: uow.log.order(NOW, 10)) is False  # and the sequencer is not misled
    assert about(check(database)) <= {"gap 149"}


def test_the_trail_verifies_when_a_customer_was_erased(database: Database, hands: sqlite3.Connection) -> None:
    (customer,) = hands.execute("SELECT customer FROM change_request").fetchone()
    hands.close()
    database.write(lambda uow: uow.seal.destroy(customer_key(customer)))

    assert check(database) == []


def test_a_check_beside_a_busy_server_looks_at_what_was_there_when_it_began(database: Database) -> None:
    made = Check(database.read)
    for progress in made.steps():
        if progress.done == 0 and progress.part == "entries":
            append(database, 20)
            sign_now(database)

    assert made.ok
    assert made.walk.size == 344
    assert check(database) == []


def test_a_check_put_away_goes_on_where_it_was(
    database: Database, hands: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.audit_check.PAGE", 50)
    hands.execute("UPDATE audit_entry SET actor = 'a' WHERE id IN (120, 330)")
    whole = check(database)

    for stop in range(8):
        first = Check(database.read)
        for _ in zip(range(stop + 1), first.steps(), strict=False):
            pass
        second = Check(database.read)
        steps = list(second.steps(first.kept()))
        assert steps[0].done == min(stop * 50, 344)
        assert second.report.findings == whole
    assert about(whole) == {"entry 120", "entry 330"}


def test_what_was_checked_before_is_not_believed_when_the_log_is_another_since(
    database: Database, hands: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.audit_check.PAGE", 300)
    first = Check(database.read)
    steps = first.steps()
    next(steps)
    next(steps)
    away = first.kept()
    rewrite(hands, 150, "somebody else")
    rehash(database, hands)

    assert "the first 300 leaves were altered since the check began" in {one.says for one in check(database, kept=away)}
    with pytest.raises(NotOfThisCheckError):
        check(database, kept=away.replace("tellonce.audit/", "tellonce.audit/9"))
    for nonsense in ("", "[]", "{}", '{"walk": 1}'):
        with pytest.raises(NotOfThisCheckError):
            check(database, kept=nonsense)


def test_many_findings_are_counted_not_kept(database: Database, hands: sqlite3.Connection) -> None:
    hands.execute("DELETE FROM audit_leaf")
    hands.close()
    made = Check(database.read)
    list(made.steps())

    assert len(made.report.findings) + made.report.more > 200


def test_entries_ordered_later_are_found_in_order(database: Database) -> None:
    settle(database)

    assert check(database) == []
