"""From entries to rows and back, on both databases: no act's row goes or changes without being missed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dialogs.effects import Allow, Decision, Disclose, Link, Move, Note, Suppress
from dialogs.request import State
from nlu.replaced import replaced
from store.audit import Row, row_of
from store.audit_findings import Finding, Kind
from store.audit_missing import EXPECTED
from store.audit_rows import RULES
from store.customers import NewCustomer
from store.imports import Existing, Imports
from tests.store.kit import ACTOR, NOW, open_database
from tests.store.road import NAME, STAFF, Road
from tests.store.trail import KEEP, LATER, check, furnish, reaching, sign

CHECKPOINTS = "audit_checkpoint"  # which the walk along the log misses
BOUND = {
    "suppression": ("channel", "telegram"),
    "signal": ("field", "phone"),
    "offline_receipt": ("way", "letter"),
    "consent": ("how", "button"),
    "proof": ("contact", "video"),
}
"""Columns of which only newer entries speak, and what a forger writes there."""


def found_in(where: Path | str) -> list[Finding]:
    database = open_database(where)
    found = check(database)
    database.close()
    return found


def rows(where: Path | str, sql: str) -> list[tuple[Any, ...]]:
    with reaching(where) as reach:
        return reach(sql).fetchall()  # type: ignore[attr-defined, no-any-return]


def of_older_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries as they were written before they said more than whom they are about."""

    def short(act: str, subject: str, *rest: Any) -> Row:
        return row_of(act, subject if act.startswith("audit.") else subject.partition("/")[0], *rest)

    monkeypatch.setattr("store.audit.row_of", short)


def test_every_kind_of_act_says_when_its_row_must_be_there() -> None:
    assert set(EXPECTED) | {CHECKPOINTS} == set(RULES)


@pytest.mark.parametrize("older", [False, True])
def test_each_row_of_each_kind_of_act_is_missed_once_it_is_gone(
    where: Path | str, older: bool, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    if older:
        of_older_versions(monkeypatch)
    furnish(where)
    assert found_in(where) == []
    cases = 0

    for table in sorted(set(EXPECTED) - {"reversal"}):
        for entry, act, count in rows(
            where,
            f'SELECT r.audit, e.act, COUNT(*) FROM "{table}" AS r JOIN audit_entry AS e ON e.id = r.audit'
            " GROUP BY r.audit, e.act",
        ):
            which = [f"audit = {entry}"]
            if older and act == "record.disclosed":
                continue  # there may have been nothing to disclose
            if count > 1 and not older:
                which.append(f"audit = {entry} AND id = (SELECT MIN(id) FROM {table} WHERE audit = {entry})")
            for gone in which:
                assert f"{table} of entry {entry}" in missed_without(where, table, gone), (table, entry, gone)
                cases += 1

    assert found_in(where) == []
    assert cases > 20
    record_property("cases", f"audit: {cases} rows of acts removed, each missed and named")


def missed_without(where: Path | str, table: str, gone: str) -> set[str]:
    """What is said to be missing while some rows are not there."""
    with reaching(where) as reach:
        reach(f'CREATE TABLE put_by AS SELECT * FROM "{table}" WHERE {gone}')
        reach(f'DELETE FROM "{table}" WHERE {gone}')
    named = {one.about for one in found_in(where) if one.kind is Kind.ROW_MISSING}
    with reaching(where) as reach:
        reach(f'INSERT INTO "{table}" SELECT * FROM put_by')
        reach("DROP TABLE put_by")
    return named


@pytest.mark.parametrize("older", [False, True])
def test_what_an_entry_says_besides_is_compared_and_older_entries_do_not_say_it(
    where: Path | str, older: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if older:
        of_older_versions(monkeypatch)
    furnish(where)

    for table, (column, forged) in BOUND.items():
        entry, was = rows(where, f"SELECT audit, {column} FROM {table} ORDER BY audit DESC LIMIT 1")[0]
        with reaching(where) as reach:
            reach(f"UPDATE {table} SET {column} = '{forged}' WHERE audit = {entry}")
        found = found_in(where)
        with reaching(where) as reach:
            reach(f"UPDATE {table} SET {column} = '{was}' WHERE audit = {entry}")
        assert (table in {one.about.split()[0] for one in found if one.kind is Kind.ROW_DIFFERS}) is not older, table

    assert found_in(where) == []


@pytest.mark.parametrize(("before", "afresh"), [((), State.RETURNED), ((State.FROZEN,), State.IN_REVIEW)])
def test_what_is_rightly_gone_is_not_missed(
    road: Road, where: Path | str, before: tuple[State, ...], afresh: State
) -> None:
    """Approvals taken back, check-ins allowed again, another customer named, notes of the erased, nothing to show."""
    customer = road.customer()
    first = road.moved(road.filed(customer), State.IN_REVIEW)
    first = road.moved(first, State.IN_SECOND_REVIEW, ("rita", "reviewer"))
    for state in before:
        first = road.moved(first, state)
    back = replaced(first, state=afresh, approvals=())
    road.commit(Decision(effects=(Move(back, first.state, "because"),)), actor=STAFF)
    assert road.rows("SELECT 1 FROM approval") == []

    chat = road.again(road.chat())
    road.effects(chat, Suppress(customer), Suppress(customer), Suppress(customer, "telegram"))
    road.effects(road.again(chat), Allow(customer, "telegram"), Disclose(()))
    road.write(lambda uow: uow.staff.add("rita", "reviewer", NOW, ACTOR))
    for no in ("CUST-1", "CUST-2"):
        named = road.customer(no=no)
        road.write(lambda uow, named=named: uow.protection.is_customer("rita", named, ACTOR, NOW))
    tagged = NewCustomer(name=NAME, no="CUST-1", tags=("vip",))
    road.write(lambda uow: Imports(uow, "run", Existing.FILL, ACTOR, NOW).take(tagged, ("name", "tags")))

    stranger = road.chat("chat-of-a-stranger")
    road.commit(Decision(effects=(Note(stranger.id, "seems lost"),)), actor=STAFF)
    road.effects(road.again(stranger), Link(named, "api"))
    road.write(lambda uow: uow.erasures.erase(named, STAFF, NOW))
    assert road.rows("SELECT 1 FROM note") == []

    acts = {act for (act,) in road.rows("SELECT act FROM audit_entry")}
    assert {"customer.filled", "record.disclosed", "check_in.allowed", "note.added", "staff.is_customer"} <= acts
    assert [one for one in found_in(where) if one.kind is not Kind.UNORDERED] == []


def test_check_ins_that_were_stopped_are_missed_also_when_another_channel_was_allowed(
    road: Road, where: Path | str
) -> None:
    customer = road.customer()
    chat = road.linked(customer)
    road.effects(chat, Suppress(customer, "telegram"), Suppress(customer, "whatsapp"))
    road.effects(road.again(chat), Allow(customer, "whatsapp"))
    with reaching(where) as reach:
        reach("DELETE FROM suppression")

    (one,) = found_in(where)
    assert (one.kind, one.about.split()[0]) == (Kind.ROW_MISSING, "suppression")
    assert one.says.endswith(
        f"says check_in.suppressed of customer:{customer}/telegram, and 0 rows of suppression carry it"
    )


def test_a_row_that_was_put_in_beside_another_is_found(where: Path | str) -> None:
    """It carries the entry of the first, and says the same."""
    furnish(where)
    with reaching(where) as reach:
        reach("CREATE TABLE put_by AS SELECT * FROM signal")
        reach("UPDATE put_by SET id = 'another'")
        reach("INSERT INTO signal SELECT * FROM put_by")
        reach("DROP TABLE put_by")

    (one,) = found_in(where)
    assert (one.kind, one.about.split()[0]) == (Kind.ROW_DIFFERS, "signal")
    assert one.says.endswith("2 rows of signal carry it")


def test_a_trimmed_entry_asks_for_no_row(road: Road, where: Path | str) -> None:
    road.customer()
    sign(road.database)
    road.write(lambda uow: uow.trims.trim(LATER, KEEP))
    with reaching(where) as reach:
        reach("DELETE FROM value_block")
        reach("DELETE FROM value_version")

    assert found_in(where) == []
