"""The legal moves of a change request: one table (design, part 7) and the one function that moves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

from dialogs.effects import Refusal
from dialogs.request import ChangeRequest, State
from nlu.replaced import replaced

IN_DECISION = frozenset({State.IN_REVIEW, State.IN_SECOND_REVIEW})
"""A checker may decide now."""

OPEN = frozenset(
    {
        State.FILED,
        State.IN_REVIEW,
        State.IN_SECOND_REVIEW,
        State.RETURNED,
        State.APPROVED,
        State.COOLING_OFF,
        State.SCHEDULED,
    }
)
"""Not applied and not ended: a request in any of these may still be ended."""

STOPS = frozenset({State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.STALE, State.FROZEN})
"""Where an open request stops without being applied."""

_ROAD: Mapping[State, frozenset[State]] = {
    State.FILED: frozenset({State.IN_REVIEW}),
    State.IN_REVIEW: frozenset({State.IN_SECOND_REVIEW, State.APPROVED, State.RETURNED}),
    State.IN_SECOND_REVIEW: frozenset({State.APPROVED, State.RETURNED}),
    State.RETURNED: frozenset({State.IN_REVIEW}),
    State.APPROVED: frozenset({State.COOLING_OFF, State.SCHEDULED, State.APPLIED}),
    State.COOLING_OFF: frozenset({State.SCHEDULED, State.APPLIED}),
    State.SCHEDULED: frozenset({State.APPLIED}),
    State.APPLIED: frozenset({State.SYNCED, State.SYNC_FAILED, State.DISPUTED}),
    State.SYNC_FAILED: frozenset({State.SYNCED}),
    State.SYNCED: frozenset({State.CONFIRMED, State.DISPUTED}),
    State.CONFIRMED: frozenset({State.DISPUTED}),
    State.DISPUTED: frozenset({State.CONFIRMED, State.REVERTED}),
    # A person has looked at a frozen request: it is reviewed afresh or ended.
    State.FROZEN: frozenset({State.IN_REVIEW, State.REJECTED, State.WITHDRAWN}),
}

MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {state: _ROAD.get(state, frozenset()) | (STOPS if state in OPEN else frozenset()) for state in State}
)
"""State → the states it may move to. Empty: the request has ended."""

TERMINAL = frozenset(state for state, reachable in MOVES.items() if not reachable)
"""Nothing follows."""


def move(request: ChangeRequest, to: State, now: dt.datetime) -> ChangeRequest | Refusal:
    """The request in its next state, its history one step longer; an illegal move is refused."""
    if to not in MOVES[request.state]:
        return Refusal.ILLEGAL_MOVE
    return replaced(request, state=to, history=(*request.history, (to, now)))
