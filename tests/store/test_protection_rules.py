"""What staff vouch for, freezes and reversals hold against anyone who writes SQL: the database refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from store.database import Database
from store.uow import RefusedByDatabaseError, UnitOfWork
from tests.store.rows import (
    ANN,
    APPROVAL,
    BEN,
    CHALLENGE,
    CONSENT,
    DIGEST,
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

Act = Callable[[UnitOfWork], object]
CALLED = PROOF | {
    "id": "called",
    "kind": "callback",
    "challenge": None,
    "person": ANN,
    "contact": "number",
    "at": MONTH,
}
SEEN = CALLED | {"id": "seen", "kind": "in_person", "contact": "counter", "signed_form": b"f" * 32}
FREEZE = {"id": "f1", "customer": "c1", "request": "CR-1", "at": 5, "audit": 1}
RECEIPT = {"request": "CR-1", "way": "letter", "received_at": 0, "entered_at": 5, "entered_by": "ann", "late": 0}
DAY = 24 * 3600 * 1_000_000


def refused(database: Database, *acts: Act) -> None:
    """The last act is refused by the database; those before it are not."""
    for act in acts[:-1]:
        database.write(act)
    with pytest.raises(RefusedByDatabaseError):
        database.write(acts[-1])


def numbered(uow: UnitOfWork) -> None:
    """A customer with a number on file, and a draft agreed to."""
    consented_and_proved(uow)
    insert(uow, "value_version", VERSION, **NUMBER)


def staff(uow: UnitOfWork, *names: str) -> None:
    for name in names:
        uow.run("INSERT INTO staff (name, role, language, created_at) VALUES (?, 'agent', 'en', 0)", (name,))


# --- proofs by staff


@pytest.mark.parametrize(
    "changed",
    [
        {"at": MONTH - 1},  # a day too early
        {"contact": "version"},  # no number on file
        {"contact": "new"},
        {"customer": "c2"},  # somebody else's number
        {"person": ME},  # a customer calls nobody back
        {"person": "ann"},
        {"challenge": "challenge"},
        {"signed_form": b"f" * 32},
        {"kind": "code"},
        {"kind": "letter"},
    ],
)
def test_a_call_goes_back_to_a_number_on_file_for_thirty_days(database: Database, changed: dict[str, Any]) -> None:
    refused(database, numbered, lambda uow: insert(uow, "proof", CALLED, **changed))
    database.write(lambda uow: insert(uow, "proof", CALLED))


def test_a_number_that_was_replaced_is_not_called_back(database: Database) -> None:
    replaced: Act = lambda uow: uow.run("UPDATE value_version SET valid_to = 7")  # noqa: E731
    refused(database, numbered, replaced, lambda uow: insert(uow, "proof", CALLED))


@pytest.mark.parametrize(
    "changed",
    [
        {"signed_form": None},
        {"signed_form": b"short"},
        {"contact": "number"},
        {"contact": "new"},
        {"person": ME},
        {"challenge": "challenge"},
    ],
)
def test_in_person_needs_a_place_and_a_signed_form(database: Database, changed: dict[str, Any]) -> None:
    refused(database, numbered, lambda uow: insert(uow, "proof", SEEN, **changed))
    database.write(lambda uow: insert(uow, "proof", SEEN))


def test_one_person_vouches_for_a_change_once(database: Database) -> None:
    refused(database, numbered, lambda uow: insert(uow, "proof", CALLED), lambda uow: insert(uow, "proof", SEEN))
    database.write(lambda uow: uow.run("UPDATE proof SET standing = 'void' WHERE id = 'called'") and None)
    database.write(lambda uow: insert(uow, "proof", SEEN))


@pytest.mark.parametrize("column", ["digest", "kind", "person", "contact", "signed_form", "at"])
def test_a_proof_never_changes_and_a_void_one_stays_void(database: Database, column: str) -> None:
    refused(
        database,
        numbered,
        lambda uow: insert(uow, "proof", SEEN),
        lambda uow: uow.run(f"UPDATE proof SET {column} = {column} WHERE id = 'seen'"),
    )
    refused(
        database,
        lambda uow: uow.run("UPDATE proof SET standing = 'void' WHERE id = 'seen'"),
        lambda uow: uow.run("UPDATE proof SET standing = 'held' WHERE id = 'seen'"),
    )


@pytest.mark.parametrize("proof", [CALLED, SEEN], ids=["callback", "in_person"])
def test_what_staff_vouch_for_is_decided_by_two(database: Database, proof: dict[str, Any]) -> None:
    by_staff = {"proof": proof["id"], "proof_person": ANN}

    def world(uow: UnitOfWork) -> None:
        numbered(uow)
        insert(uow, "proof", proof)
        take_part(uow, ANN, "maker")

    refused(database, world, lambda uow: insert(uow, "change_request", REQUEST, **by_staff))
    database.write(lambda uow: insert(uow, "change_request", REQUEST, importance="important", **by_staff))
    refused(database, lambda uow: uow.run("UPDATE change_request SET importance = 'ordinary'"))
    refused(database, lambda uow: take_part(uow, ANN, "checker"))


def test_a_staff_proof_joins_no_ordinary_request(database: Database) -> None:
    joined = {"request": "CR-1", "proof": "seen", "digest": DIGEST, "customer": "c1", "need": "on_file", "person": ANN}

    def world(uow: UnitOfWork) -> None:
        filed(uow)
        insert(uow, "proof", SEEN)
        take_part(uow, ANN, "maker")

    refused(database, world, lambda uow: insert(uow, "request_proof", joined))


# --- freezes


def frozen(uow: UnitOfWork) -> None:
    filed(uow)
    take_part(uow, BEN, "checker")
    insert(uow, "approval", APPROVAL, checker=BEN)
    insert(uow, "freeze", FREEZE)


def test_nothing_of_a_frozen_customer_is_applied_and_no_code_is_sent(database: Database) -> None:
    refused(database, frozen, lambda uow: move(uow, "applied", checker1=BEN))
    live = {"id": "another", "state": "live", "attempts": 0}
    refused(database, lambda uow: insert(uow, "challenge", CHALLENGE, **live))
    database.write(lambda uow: insert(uow, "challenge", CHALLENGE, contact="nowhere", **live))
    database.write(release)
    database.write(lambda uow: move(uow, "applied", checker1=BEN))


def release(uow: UnitOfWork, by: str = "staff:sue") -> None:
    uow.run("UPDATE freeze SET released_at = 9, released_by = ?, reason = ?", (by, b"0"))


def test_a_freeze_is_released_once_by_a_person_who_is_no_maker(database: Database) -> None:
    def world(uow: UnitOfWork) -> None:
        frozen(uow)
        take_part(uow, ANN, "maker")
        staff(uow, "ben")
        uow.run("INSERT INTO staff_customer VALUES ('ben', 'c1', 1)")

    refused(database, world, lambda uow: release(uow, ANN))
    refused(database, lambda uow: release(uow, BEN))  # it is their own record
    refused(database, lambda uow: release(uow, ME))
    refused(database, lambda uow: uow.run("UPDATE freeze SET released_at = 9"))
    refused(database, lambda uow: uow.run("UPDATE freeze SET customer = 'c2'"))
    refused(database, lambda uow: uow.run("DELETE FROM freeze"))
    refused(database, lambda uow: insert(uow, "freeze", FREEZE, id="f2"))
    database.write(release)
    refused(database, release)
    database.write(lambda uow: insert(uow, "freeze", FREEZE, id="f2"))


def test_a_page_counts_once_and_only_in_time(database: Database) -> None:
    page = {
        "token_hash": b"t",
        "customer": "c1",
        "request": "CR-1",
        "version": "number",
        "created_at": 0,
        "expires_at": 9,
    }

    def world(uow: UnitOfWork) -> None:
        filed(uow)
        insert(uow, "value_version", VERSION, **NUMBER)
        insert(uow, "not_me", page)

    refused(database, world, lambda uow: uow.run("UPDATE not_me SET used_at = 9"))
    database.write(lambda uow: uow.run("UPDATE not_me SET used_at = 8") and None)
    refused(database, lambda uow: uow.run("UPDATE not_me SET used_at = NULL"))


# --- reversals


def disputed(uow: UnitOfWork, contact: str = "third") -> None:
    """A disputed request made with ann's help, and a second one that shall undo it."""
    filed(uow, old_contact="old", applied_version="new-one", against="old")
    take_part(uow, ANN, "maker")
    insert(uow, "consent", CONSENT, id="consent2", digest=OTHER, draft="d2")
    insert(uow, "challenge", CHALLENGE, id="challenge2", digest=OTHER, contact=contact)
    insert(uow, "proof", PROOF, id="proof2", digest=OTHER, challenge="challenge2", contact=contact)
    take_part(uow, ME, "maker", "CR-2")
    again = {"number": "CR-2", "digest": OTHER, "consent": "consent2", "proof": "proof2", "importance": "important"}
    insert(uow, "change_request", REQUEST, **again)
    joined = {"request": "CR-2", "proof": "proof2", "digest": OTHER, "customer": "c1", "need": "on_file", "person": ME}
    insert(uow, "request_proof", joined)


REVERSAL = {"request": "CR-2", "reverts": "CR-1", "customer": "c1", "field": "address", "audit": 1}


@pytest.mark.parametrize("contact", ["old", "new-one", "new"])
def test_neither_the_old_nor_the_new_contact_proves_putting_a_value_back(database: Database, contact: str) -> None:
    refused(database, lambda uow: disputed(uow, contact), lambda uow: insert(uow, "reversal", REVERSAL))


def test_two_others_decide_on_putting_a_value_back(database: Database) -> None:
    refused(database, disputed, lambda uow: insert(uow, "reversal", REVERSAL, request="CR-1", reverts="CR-2"))
    refused(database, lambda uow: insert(uow, "reversal", REVERSAL, field="phone"))
    refused(database, lambda uow: insert(uow, "reversal", REVERSAL, reverts="CR-2"))
    database.write(lambda uow: insert(uow, "reversal", REVERSAL))
    refused(database, lambda uow: take_part(uow, ANN, "checker", "CR-2"))
    database.write(lambda uow: take_part(uow, BEN, "checker", "CR-2"))
    refused(database, lambda uow: uow.run("UPDATE reversal SET reverts = 'CR-9'"))


# --- staff who are customers, requests on paper


def test_nobody_decides_on_their_own_record(database: Database) -> None:
    def world(uow: UnitOfWork) -> None:
        filed(uow)
        staff(uow, "ann", "ben")
        uow.run("INSERT INTO staff_customer VALUES ('ann', 'c1', 1), ('ben', 'c2', 1)")

    refused(database, world, lambda uow: take_part(uow, ANN, "checker"))
    database.write(lambda uow: take_part(uow, BEN, "checker"))


@pytest.mark.parametrize(
    "changed",
    [
        {"way": "pigeon"},
        {"received_at": 6},
        {"entered_by": "nobody"},
        {"entered_at": DAY + 1},  # late, and not said so
        {"late": 1},
        {"audit": None},
    ],
)
def test_what_came_on_paper_says_when_and_whether_it_was_entered_late(
    database: Database, changed: dict[str, Any]
) -> None:
    def world(uow: UnitOfWork) -> None:
        filed(uow)
        staff(uow, "ann")

    refused(database, world, lambda uow: insert(uow, "offline_receipt", RECEIPT, **{"audit": 1, **changed}))
    database.write(lambda uow: insert(uow, "offline_receipt", RECEIPT, audit=1, entered_at=DAY + 1, late=1))
