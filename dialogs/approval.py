"""Staff's verdicts on a change request. Nobody alone: no maker decides, the second checker is not the first."""

from __future__ import annotations

import datetime as dt

import msgspec

from dialogs import lifecycle
from dialogs.access import Person
from dialogs.deadline import RequestTimer, alarms, go_on, no_alarms, stop_clock
from dialogs.effects import Decision, Effect, Move, Refusal, StaffNews, TellStaff, Timer
from dialogs.policy import Policy
from dialogs.replies import ReplyId
from dialogs.request import Approval, ChangeRequest, Importance, Role, State
from dialogs.transitions import IN_DECISION, move
from dialogs.types import Asked, Question
from nlu.replaced import replaced


class Checker(msgspec.Struct, frozen=True):
    """A member of staff who decides. `persons` are further person ids of the same human being, such as the
    "customer:ID" of a colleague who is a customer."""

    name: str
    role: Role
    persons: frozenset[str] = frozenset()
    team: str = ""

    @property
    def person(self) -> Person:
        """The same, for questions about permissions."""
        return Person(self.name, self.role, self.team)

    @property
    def ids(self) -> frozenset[str]:
        """Every person id this human being has."""
        return self.persons | {f"staff:{self.name}"}


def approve(request: ChangeRequest, *, checker: Checker, digest: str, now: dt.datetime, policy: Policy) -> Decision:
    """One checker's yes to exactly this change. Nothing goes live before the last approval that is needed."""
    refusal = _may_not_decide(request, checker) or _may_not_approve(request, checker, digest)
    if refusal is not None:
        return Decision(refused=refusal)
    approval = Approval(checker.name, checker.role.value, digest, now)
    held = replaced(request, approvals=(*request.approvals, approval))
    if request.importance is Importance.IMPORTANT and request.state is State.IN_REVIEW:
        return _to_second_review(held, now)
    moved = move(held, State.APPROVED, now)
    if isinstance(moved, Refusal):
        return Decision(refused=moved)
    following = lifecycle.after_approval(moved, policy, now)
    if following.refused is not None:
        return following
    return Decision(effects=(Move(moved, request.state), *no_alarms(request), *following.effects))


def reject(request: ChangeRequest, checker: Checker, reason: str, now: dt.datetime) -> Decision:
    """No, with a reason for the record; possible until the change is applied. The customer hears that the old value
    stays, not why: a reason may speak of somebody else."""
    if (refusal := _may_not_stop(request, checker, reason)) is not None:
        return Decision(refused=refusal)
    return lifecycle.end(request, State.REJECTED, reason.strip(), now, ReplyId.REQUEST_REJECTED)


def return_to_customer(
    request: ChangeRequest, checker: Checker, reason: str, now: dt.datetime, policy: Policy
) -> Decision:
    """Ask the customer; `reason` is the question, in words meant for them. The clock stops, and an approval already
    given does not outlive what the answer may bring."""
    refusal = _may_not_decide(request, checker) or _may_not_stop(request, checker, reason)
    if refusal is not None:
        return Decision(refused=refusal)
    moved = move(request, State.RETURNED, now)
    if isinstance(moved, Refusal):
        return Decision(refused=moved)
    moved = replaced(stop_clock(moved, policy.review, now), approvals=(), decided_reason=reason.strip())
    effects: tuple[Effect, ...] = (
        Move(moved, request.state, reason.strip()),
        *no_alarms(request),
        Timer(RequestTimer.EXPIRE, request.number, now + policy.review.answer_within),
        replaced(
            lifecycle.tell(request, ReplyId.REQUEST_RETURNED, {"question": reason.strip()}),
            question=Question(Asked.RETURNED, request.number),
        ),
    )
    return Decision(effects=effects)


def resume_review(request: ChangeRequest, policy: Policy, now: dt.datetime) -> Decision:
    """The customer answered (or a person released a frozen request): review begins again with the time left."""
    if request.state not in {State.RETURNED, State.FROZEN}:
        return Decision(refused=Refusal.ILLEGAL_MOVE)
    moved = move(request, State.IN_REVIEW, now)
    if isinstance(moved, Refusal):
        return Decision(refused=moved)
    moved = replaced(go_on(moved, policy.review, now), approvals=(), decided_reason=None)
    return Decision(
        effects=(
            Move(moved, request.state),
            Timer(RequestTimer.EXPIRE, request.number, None),
            *alarms(moved, policy.review, now),
        )
    )


def withdraw(request: ChangeRequest, reason: str, now: dt.datetime) -> Decision:
    """The customer takes an open request back, or replaces it. The words belong to the turn."""
    return lifecycle.end(request, State.WITHDRAWN, reason, now, None)


def _to_second_review(held: ChangeRequest, now: dt.datetime) -> Decision:
    moved = move(held, State.IN_SECOND_REVIEW, now)
    if isinstance(moved, Refusal):
        return Decision(refused=moved)
    news = TellStaff(Role.SUPERVISOR, held.number, StaffNews.SECOND_REVIEW)
    return Decision(effects=(Move(moved, held.state), news))


def _may_not_decide(request: ChangeRequest, checker: Checker) -> Refusal | None:
    """Who may give a verdict on a request that waits for one."""
    if request.state not in IN_DECISION:
        return Refusal.ILLEGAL_MOVE
    if checker.ids & request.makers:
        return Refusal.MAKER_IS_CHECKER
    return None if checker.role in _roles(request) else Refusal.WRONG_ROLE


def _may_not_approve(request: ChangeRequest, checker: Checker, digest: str) -> Refusal | None:
    """What a yes needs besides: another person than before, and the digest that everybody saw."""
    if any(f"staff:{earlier.checker}" in checker.ids for earlier in request.approvals):
        return Refusal.SAME_CHECKER
    if digest != request.digest or any(earlier.digest != digest for earlier in request.approvals):
        return Refusal.DIGEST_CHANGED
    return None


def _may_not_stop(request: ChangeRequest, checker: Checker, reason: str) -> Refusal | None:
    """Either checking role may stop any request that is not their own, in any open state; a reason goes with it."""
    if checker.ids & request.makers:
        return Refusal.MAKER_IS_CHECKER
    if checker.role not in {Role.REVIEWER, Role.SUPERVISOR}:
        return Refusal.WRONG_ROLE
    return None if reason.strip() else Refusal.REASON_NEEDED


def _roles(request: ChangeRequest) -> frozenset[Role]:
    """Who decides at this point: an important change is the reviewer's first and the supervisor's then."""
    match request.importance:
        case Importance.ORDINARY:
            return frozenset({Role.REVIEWER, Role.SUPERVISOR})
        case Importance.IMPORTANT:
            return frozenset({Role.SUPERVISOR if request.state is State.IN_SECOND_REVIEW else Role.REVIEWER})
