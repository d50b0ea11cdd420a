"""Freezing: whoever has the old contact says "this wasn't me". Nothing further is applied and no code is sent until a
person has looked. It reverts nothing: the old number may be a stranger's by now, and a stranger must only delay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from dialogs import approval, lifecycle
from dialogs.approval import Checker
from dialogs.deadline import stop_clock
from dialogs.effects import Decision, Effect, Flag, Freeze, Refusal, Release, StaffNews, TellStaff
from dialogs.flags import FlagReason
from dialogs.policy import Policy
from dialogs.replies import ReplyId
from dialogs.request import ChangeRequest, Role, State

RELEASES = frozenset({Role.SUPERVISOR, Role.SECURITY_OFFICER})
"""Who may release a freeze."""


class Frozen(msgspec.Struct, frozen=True):
    """A freeze that nobody has released yet. `request` is the change that was disowned."""

    id: str
    customer: str
    request: str
    at: dt.datetime


def freeze(
    disowned: ChangeRequest, open_requests: Sequence[ChangeRequest], id: str, policy: Policy, now: dt.datetime
) -> Decision:
    """Freeze the customer and every open request of theirs; a person is called."""
    effects: list[Effect] = [Freeze(id, disowned.customer, disowned.number)]
    for request in open_requests:
        effects += _stopped(request, policy, now)
    effects.append(Flag(FlagReason.NOT_ME, disowned.field, disowned.conversation))
    effects += [TellStaff(role, disowned.number, StaffNews.FROZEN) for role in sorted(RELEASES)]
    return Decision(effects=tuple(effects))


def _stopped(request: ChangeRequest, policy: Policy, now: dt.datetime) -> tuple[Effect, ...]:
    """An open request waits, its clock stopped; the customer learns that it does."""
    paused = stop_clock(request, policy.review, now) if request.due_at is not None else request
    stopped = lifecycle.end(paused, State.FROZEN, "", now, ReplyId.REQUEST_FROZEN)
    return stopped.effects


def release(
    frozen: Frozen,
    disowned: ChangeRequest,
    requests: Sequence[ChangeRequest],
    by: Checker,
    reason: str,
    policy: Policy,
    now: dt.datetime,
) -> Decision:
    """A person has looked, and it is no maker: what was stopped is reviewed afresh. To stop one for good, reject it."""
    if (refused := may_not_release(disowned, by)) is not None:
        return Decision(refused=refused)
    if not reason.strip():
        return Decision(refused=Refusal.REASON_NEEDED)
    effects: list[Effect] = [Release(frozen.id, frozen.customer, reason.strip())]
    for request in requests:
        if request.state is State.FROZEN:
            resumed = approval.resume_review(request, policy, now)
            effects += [*resumed.effects, lifecycle.tell(request, ReplyId.REQUEST_RELEASED)]
    return Decision(effects=tuple(effects))


def may_not_release(disowned: ChangeRequest, by: Checker) -> Refusal | None:
    """Why this person leaves the release to others; None when it is theirs to give."""
    if by.ids & disowned.makers:
        return Refusal.MAKER_IS_CHECKER
    return None if by.role in RELEASES else Refusal.WRONG_ROLE
