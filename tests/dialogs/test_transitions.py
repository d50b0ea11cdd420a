"""The table of legal moves is the whole truth about a request's states."""

from __future__ import annotations

import pytest

from dialogs.effects import Refusal
from dialogs.request import ChangeRequest, State
from dialogs.transitions import MOVES, OPEN, TERMINAL, move
from tests.dialogs.requests import NOW, ORDINARY, in_state

# Written out by hand from design part 7, so that a slip in the table does not pass.
STOPS = "rejected withdrawn expired stale frozen"
LEGAL = {
    "filed": f"in_review {STOPS}",
    "in_review": f"in_second_review approved returned {STOPS}",
    "in_second_review": f"approved returned {STOPS}",
    "returned": f"in_review {STOPS}",
    "approved": f"cooling_off scheduled applied {STOPS}",
    "cooling_off": f"scheduled applied {STOPS}",
    "scheduled": f"applied {STOPS}",
    "applied": "synced sync_failed disputed",
    "synced": "confirmed disputed",
    "sync_failed": "synced",
    "confirmed": "disputed",
    "disputed": "confirmed reverted",
    "frozen": "in_review rejected withdrawn",
    "reverted": "",
    "rejected": "",
    "withdrawn": "",
    "expired": "",
    "stale": "",
}


@pytest.mark.parametrize("to", State)
@pytest.mark.parametrize("state", State)
def test_every_move_is_in_the_table_or_refused(state: State, to: State) -> None:
    moved = move(in_state(ORDINARY, state), to, NOW)

    if to.value in LEGAL[state.value].split():
        assert isinstance(moved, ChangeRequest)
        assert moved.state is to
        assert moved.history[-1] == (to, NOW)
        assert len(moved.history) == 2
    else:
        assert moved is Refusal.ILLEGAL_MOVE


def test_every_state_can_be_reached() -> None:
    reached = {State.FILED}
    while (more := reached.union(*(MOVES[state] for state in reached))) != reached:
        reached = more

    assert reached == set(State)


def test_nothing_ended_is_open() -> None:
    assert not TERMINAL & OPEN
    assert {state.value for state in TERMINAL} == {"reverted", "rejected", "withdrawn", "expired", "stale"}


def test_what_was_applied_is_undone_only_by_a_dispute() -> None:
    applied = {State.APPLIED, State.SYNCED, State.SYNC_FAILED, State.CONFIRMED, State.DISPUTED, State.REVERTED}

    for state in applied:
        assert MOVES[state] <= applied
