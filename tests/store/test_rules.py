"""Rules 1, 4, 6 and 8 hold against anyone who writes SQL: the database refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from dialogs.request import State
from store.database import Database
from store.schema.requests import CHECKED
from store.uow import RefusedByDatabaseError, UnitOfWork
from tests.store.rows import (
    ANN,
    APPROVAL,
    BEN,
    CHALLENGE,
    CONSENT,
    LEFT_OUT,
    ME,
    MONTH,
    NUMBER,
    OTHER,
    PROOF,
    REQUEST,
    VERSION,
    consented_and_proved,
    filed,
    insert,
    move,
    take_part,
)

Act = Callable[[UnitOfWork], None]


def refused(database: Database, *acts: Act) -> None:
    """The last act is refused by the database; those before it are not."""
    for act in acts[:-1]:
        database.write(act)
    with pytest.raises(RefusedByDatabaseError):
        database.write(acts[-1])


def approved(uow: UnitOfWork, level: int = 1, person: str = ANN, **changed: Any) -> None:
    take_part(uow, person, "checker")
    insert(uow, "approval", APPROVAL, level=level, checker=person, **changed)


# --- rule 1: no request without consent and proof of exactly this change


@pytest.mark.parametrize(
    "changed",
    [
        {"consent": None},
        {"consent": LEFT_OUT},
        {"consent": "nowhere"},
        {"proof": None},
        {"proof": LEFT_OUT},
        {"proof": "nowhere"},
        {"digest": OTHER},
        {"digest": None},
        {"customer": "c2", "maker": "customer:c2"},
        {"proof_need": "new_contact"},
        {"proof_need": "phone_on_file"},
        {"proof_person": ANN},
        {"consent_standing": "void"},
        {"proof_standing": "void"},
        {"audit": None},
        {"audit": 99},
        {"state": "invented"},
        {"importance": "trivial"},
        {"maker": ANN},
        {"maker_role": "checker"},
        {"number": "CR-2"},
    ],
)
def test_a_request_needs_consent_and_proof_of_exactly_this_change(database: Database, changed: dict[str, Any]) -> None:
    refused(database, consented_and_proved, lambda uow: insert(uow, "change_request", REQUEST, **changed))
    database.write(lambda uow: insert(uow, "change_request", REQUEST))


@pytest.mark.parametrize("table", ["consent", "proof"])
def test_a_void_consent_or_proof_files_nothing(database: Database, table: str) -> None:
    def void(uow: UnitOfWork) -> None:
        uow.run(f"UPDATE {table} SET standing = 'void'")

    refused(database, consented_and_proved, void, lambda uow: insert(uow, "change_request", REQUEST))


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE consent SET standing = 'void'",
        "UPDATE consent SET digest = '" + OTHER + "'",
        "UPDATE consent SET customer = 'c2'",
        "DELETE FROM consent",
        "UPDATE proof SET standing = 'void'",
        "UPDATE proof SET digest = '" + OTHER + "'",
        "UPDATE proof SET need = 'new_contact'",
        "DELETE FROM proof",
        "UPDATE challenge SET state = 'live'",
        "UPDATE challenge SET contact = 'new'",
        "DELETE FROM challenge",
        "UPDATE change_request SET digest = '" + OTHER + "'",
        "UPDATE change_request SET consent = NULL",
        "UPDATE change_request SET proof = NULL",
        "UPDATE change_request SET customer = 'c2', maker = 'customer:c2'",
        "DELETE FROM audit_entry",
        "UPDATE audit_entry SET actor = 'somebody else'",
    ],
)
def test_what_a_filed_request_rests_on_cannot_be_taken_away(database: Database, tampering: str) -> None:
    refused(database, filed, lambda uow: uow.run(tampering) and None)


@pytest.mark.parametrize(
    "changed",
    [
        {"challenge": None},
        {"challenge": "nowhere"},
        {"digest": OTHER},
        {"customer": "c2", "person": "customer:c2"},
        {"need": "new_contact"},
        {"contact": "new"},
        {"person": ANN},
        {"kind": "promise"},
        {"kind": "callback"},
        {"kind": "callback", "challenge": None},
        {"kind": "callback", "challenge": None, "person": "staff:"},
        {"kind": "in_person", "challenge": None, "person": ANN},
        {"challenge_state": "live"},
        {"audit": None},
    ],
)
def test_a_proof_is_an_answered_challenge_or_signed_for_by_a_person(
    database: Database, changed: dict[str, Any]
) -> None:
    def world(uow: UnitOfWork) -> None:
        consented_and_proved(uow)
        uow.run("DELETE FROM proof")

    refused(database, world, lambda uow: insert(uow, "proof", PROOF, **changed))
    database.write(lambda uow: insert(uow, "proof", PROOF))


@pytest.mark.parametrize("state", ["live", "void", "exhausted"])
def test_only_a_spent_challenge_proves(database: Database, state: str) -> None:
    def world(uow: UnitOfWork) -> None:
        consented_and_proved(uow)
        uow.run("DELETE FROM proof")
        uow.run("UPDATE challenge SET state = ?", (state,))

    refused(database, world, lambda uow: insert(uow, "proof", PROOF))


@pytest.mark.parametrize(
    "changed",
    [
        {"attempts": 0},
        {"attempts": 6},
        {"purpose": "link"},
        {"need": None},
        {"state": "reused"},
    ],
)
def test_a_challenge_is_bounded_and_bound(database: Database, changed: dict[str, Any]) -> None:
    refused(
        database, consented_and_proved, lambda uow: insert(uow, "challenge", CHALLENGE, **{"id": "other", **changed})
    )


def test_a_challenge_proves_once_and_a_chat_has_one_live_challenge(database: Database) -> None:
    refused(database, consented_and_proved, lambda uow: insert(uow, "proof", PROOF, id="again"))
    live = {"state": "live", "attempts": 0}
    refused(
        database,
        lambda uow: insert(uow, "challenge", CHALLENGE, id="live", **live),
        lambda uow: insert(uow, "challenge", CHALLENGE, id="second", **live),
    )


def test_a_consent_names_a_digest_and_its_audit_entry(database: Database) -> None:
    refused(database, consented_and_proved, lambda uow: insert(uow, "consent", CONSENT, id="x", digest="short"))
    refused(database, lambda uow: insert(uow, "consent", CONSENT, id="x", audit=None))


# --- rule 4: nobody alone


def test_a_person_takes_part_in_a_request_once(database: Database) -> None:
    refused(database, filed, lambda uow: take_part(uow, ME, "checker"))
    refused(database, lambda uow: take_part(uow, ANN, "maker"), lambda uow: approved(uow))
    refused(database, lambda uow: take_part(uow, "customer:c9", "checker"))


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE participant SET role = 'checker' WHERE person = 'staff:ann'",
        "UPDATE participant SET person = 'staff:ben' WHERE person = 'staff:ann'",
        "DELETE FROM participant WHERE person = 'staff:ann'",
        "INSERT INTO participant VALUES ('CR-1', 'staff:ann', 'checker')"
        " ON CONFLICT (request, person) DO UPDATE SET role = excluded.role",
    ],
)
def test_a_maker_stays_a_maker(database: Database, tampering: str) -> None:
    refused(database, filed, lambda uow: take_part(uow, ANN, "maker"), lambda uow: uow.run(tampering) and None)


@pytest.mark.sqlite_only
def test_a_maker_is_not_replaced(database: Database) -> None:
    replacing = "INSERT OR REPLACE INTO participant VALUES ('CR-1', 'staff:ann', 'checker')"
    refused(database, filed, lambda uow: take_part(uow, ANN, "maker"), lambda uow: uow.run(replacing) and None)


@pytest.mark.parametrize("state", CHECKED)
def test_nothing_is_approved_without_a_checker(database: Database, state: State) -> None:
    refused(database, filed, lambda uow: move(uow, state))
    refused(database, lambda uow: move(uow, state, checker1=ANN))
    refused(database, lambda uow: take_part(uow, ANN, "checker"), lambda uow: move(uow, state, checker1=ANN))
    database.write(lambda uow: insert(uow, "approval", APPROVAL))
    database.write(lambda uow: move(uow, state, checker1=ANN))


@pytest.mark.parametrize("state", CHECKED)
def test_an_important_change_needs_two_different_checkers(database: Database, state: State) -> None:
    supervisor = {"level": 2, "role": "supervisor"}
    refused(database, lambda uow: filed(uow, importance="important"), approved, lambda uow: move(uow, state))
    refused(database, lambda uow: move(uow, state, checker1=ANN))
    refused(database, lambda uow: insert(uow, "approval", APPROVAL, **supervisor))
    refused(database, lambda uow: move(uow, state, checker1=ANN, checker2=ANN))
    refused(database, lambda uow: approved(uow, 2, BEN, role="reviewer"))
    database.write(lambda uow: approved(uow, 2, BEN, role="supervisor"))
    refused(database, lambda uow: move(uow, state, checker1=BEN, checker2=BEN))
    refused(database, lambda uow: move(uow, state, checker2=BEN))
    database.write(lambda uow: move(uow, state, checker1=ANN, checker2=BEN))


def test_second_review_comes_after_a_first_yes(database: Database) -> None:
    refused(database, lambda uow: filed(uow, importance="important"), lambda uow: move(uow, "in_second_review"))
    database.write(approved)
    database.write(lambda uow: move(uow, "in_second_review", checker1=ANN))


def test_an_approval_counts_for_its_digest_only(database: Database) -> None:
    refused(database, filed, lambda uow: approved(uow, digest=OTHER), lambda uow: move(uow, "approved", checker1=ANN))
    refused(database, lambda uow: uow.run("UPDATE approval SET digest = ?", (REQUEST["digest"],)) and None)


def test_an_approval_that_counts_cannot_be_taken_away(database: Database) -> None:
    refused(
        database,
        filed,
        approved,
        lambda uow: move(uow, "approved", checker1=ANN),
        lambda uow: uow.run("DELETE FROM approval") and None,
    )


def test_whoever_recorded_a_proof_is_a_maker(database: Database) -> None:
    callback = {"kind": "callback", "challenge": None, "person": ANN, "contact": "number", "at": MONTH}

    def world(uow: UnitOfWork) -> None:
        consented_and_proved(uow)
        insert(uow, "value_version", VERSION, **NUMBER)
        insert(uow, "proof", PROOF, id="called", **callback)

    by_callback = {"proof": "called", "proof_person": ANN, "importance": "important"}
    refused(database, world, lambda uow: insert(uow, "change_request", REQUEST, **by_callback))
    database.write(lambda uow: take_part(uow, ANN, "maker"))
    database.write(lambda uow: insert(uow, "change_request", REQUEST, **by_callback))
    refused(database, approved)


# --- rules 6 and 8: traced, and nothing overwritten


@pytest.mark.parametrize(
    "changed",
    [
        {"request": None},
        {"request": "CR-9"},
        {"origin": "import"},
        {"origin": "whim"},
        {"customer": "c2"},
        {"field": "phone"},
        {"approval_level": 2},
        {"audit": None},
        {"valid_to": -1},
    ],
)
def test_a_version_from_a_request_needs_that_request_approved(database: Database, changed: dict[str, Any]) -> None:
    refused(database, filed, lambda uow: insert(uow, "value_version", VERSION))  # not approved yet
    refused(database, approved, lambda uow: insert(uow, "value_version", VERSION, **changed))
    database.write(lambda uow: insert(uow, "value_version", VERSION))


def test_a_field_has_one_live_version_and_old_ones_do_not_change(database: Database) -> None:
    imported = {"origin": "import", "request": None}

    def world(uow: UnitOfWork) -> None:
        consented_and_proved(uow)
        insert(uow, "value_version", VERSION, **imported)

    refused(database, world, lambda uow: insert(uow, "value_version", VERSION, **{**imported, "id": "n2"}))
    for column in ("customer", "field", "value_index", "valid_from"):
        refused(database, lambda uow, column=column: uow.run(f"UPDATE value_version SET {column} = 'x'") and None)
    database.write(lambda uow: uow.run("UPDATE value_version SET valid_to = 5") and None)
    refused(database, lambda uow: uow.run("UPDATE value_version SET valid_to = NULL") and None)
    database.write(lambda uow: insert(uow, "value_version", VERSION, **{**imported, "id": "n2", "valid_from": 5}))


@pytest.mark.parametrize("table", ["consent", "proof", "change_request", "approval", "value_version", "link"])
def test_every_act_carries_the_id_of_its_audit_entry(schema: sa.Inspector, table: str) -> None:
    assert [column["nullable"] for column in schema.get_columns(table) if column["name"] == "audit"] == [False]
    keys = schema.get_foreign_keys(table)
    assert ("audit_entry", ["audit"]) in [(key["referred_table"], key["constrained_columns"]) for key in keys]


def test_the_types_of_columns_are_enforced(database: Database) -> None:
    refused(database, lambda uow: uow.run("INSERT INTO counter VALUES ('n', 'many')") and None)


def test_no_foreign_key_waits_for_the_commit(schema: sa.Inspector) -> None:
    keys = [key for table in schema.get_table_names() for key in schema.get_foreign_keys(table)]

    assert len(keys) > 30
    assert not [key for key in keys if key["options"].get("deferrable")]
