"""Archiving and deletion are proposed by a clock and decided by people: one for the first, two for the second."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogs.approval import Checker
from dialogs.archiving import (
    Measure,
    Proposal,
    Standing,
    State,
    Why,
    approve,
    confirm,
    decline,
    kept_since,
    months_before,
    silent_since,
)
from dialogs.effects import Refusal
from dialogs.policy import RetentionPolicy
from dialogs.request import Role
from nlu.replaced import replaced

NOW = dt.datetime(2027, 3, 31, 9, 0, tzinfo=dt.UTC)
LONG_AGO = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
POLICY = RetentionPolicy()
OLGA, OMAR = Checker("olga", Role.SECURITY_OFFICER), Checker("omar", Role.SUPERVISOR)
HERSELF = Checker("ada", Role.SUPERVISOR, frozenset({"customer:c"}))
ARCHIVE = Proposal("p", "c", Measure.ARCHIVE, Why.SILENT, State.OPEN, "system:archiving", LONG_AGO)
DELETE = replaced(ARCHIVE, measure=Measure.DELETE, why=Why.KEPT)
HALF = replaced(DELETE, state=State.APPROVED, approved_by="staff:olga")
SILENT = Standing("active", LONG_AGO)
ARCHIVED = Standing("archived", LONG_AGO)


def test_one_person_archives_and_two_delete() -> None:
    assert approve(ARCHIVE, OLGA, SILENT, POLICY, NOW) is State.DONE
    assert approve(DELETE, OLGA, ARCHIVED, POLICY, NOW) is State.APPROVED
    assert confirm(HALF, OLGA, ARCHIVED, POLICY, NOW) is Refusal.SAME_CHECKER
    assert confirm(HALF, OMAR, ARCHIVED, POLICY, NOW) is State.DONE


def test_nothing_is_deleted_without_the_first_yes() -> None:
    assert confirm(DELETE, OMAR, ARCHIVED, POLICY, NOW) is Refusal.ILLEGAL_MOVE
    assert confirm(ARCHIVE, OMAR, SILENT, POLICY, NOW) is Refusal.ILLEGAL_MOVE
    assert approve(HALF, OMAR, ARCHIVED, POLICY, NOW) is Refusal.ILLEGAL_MOVE


def test_nobody_decides_on_what_they_proposed_or_on_themselves() -> None:
    mine = replaced(ARCHIVE, why=Why.ENDED, proposed_by="staff:olga")

    assert approve(mine, OLGA, SILENT, POLICY, NOW) is Refusal.MAKER_IS_CHECKER
    assert approve(mine, OMAR, SILENT, POLICY, NOW) is State.DONE
    for say in (approve, confirm):
        proposal = HALF if say is confirm else ARCHIVE
        assert say(proposal, HERSELF, ARCHIVED, POLICY, NOW) is Refusal.OWN_RECORD
    assert decline(ARCHIVE, HERSELF) is Refusal.OWN_RECORD


@pytest.mark.parametrize(
    ("stopped", "refusal"),
    [
        ({"held": True}, Refusal.HELD),
        ({"open": True}, Refusal.STILL_OPEN),
        ({"held": True, "open": True}, Refusal.HELD),
    ],
)
def test_a_legal_hold_and_what_is_open_stop_both(stopped: dict[str, bool], refusal: Refusal) -> None:
    assert approve(ARCHIVE, OLGA, replaced(SILENT, **stopped), POLICY, NOW) is refusal
    assert approve(DELETE, OLGA, replaced(ARCHIVED, **stopped), POLICY, NOW) is refusal
    assert confirm(HALF, OMAR, replaced(ARCHIVED, **stopped), POLICY, NOW) is refusal


def test_whoever_was_in_touch_since_is_not_archived_for_silence() -> None:
    heard = Standing("active", NOW - dt.timedelta(days=3))

    assert approve(ARCHIVE, OLGA, heard, POLICY, NOW) is State.VOID
    assert approve(replaced(ARCHIVE, why=Why.ENDED), OLGA, heard, POLICY, NOW) is State.DONE
    assert confirm(HALF, OMAR, heard, POLICY, NOW) is State.VOID


def test_what_was_decided_stays_decided() -> None:
    for state in (State.DONE, State.DECLINED, State.VOID, State.UNDONE):
        over = replaced(HALF, state=state)
        assert approve(over, OMAR, ARCHIVED, POLICY, NOW) is Refusal.ILLEGAL_MOVE
        assert confirm(over, OMAR, ARCHIVED, POLICY, NOW) is Refusal.ILLEGAL_MOVE
        assert decline(over, OMAR) is Refusal.ILLEGAL_MOVE
    assert decline(HALF, OMAR) is State.DECLINED


def test_months_are_those_of_the_calendar() -> None:
    assert months_before(NOW, 1) == dt.datetime(2027, 2, 28, 9, 0, tzinfo=dt.UTC)
    assert months_before(NOW, 12) == dt.datetime(2026, 3, 31, 9, 0, tzinfo=dt.UTC)
    assert silent_since(POLICY, NOW) == dt.datetime(2026, 3, 31, 9, 0, tzinfo=dt.UTC)
    assert kept_since(POLICY, NOW) == dt.datetime(2022, 3, 31, 9, 0, tzinfo=dt.UTC)
    assert silent_since(RetentionPolicy(None, None), NOW) is None
    assert kept_since(RetentionPolicy(None, None), NOW) is None
