"""What follows for a change request besides staff's verdicts: filed, applied, told, confirmed, disputed, expired."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from dialogs import risk
from dialogs.buttons import Verb, button
from dialogs.deadline import RequestTimer, alarms, no_alarms, start_clock
from dialogs.effects import (
    Apply,
    Decision,
    Effect,
    Flag,
    Move,
    Refusal,
    Reverted,
    StaffNews,
    Tell,
    TellStaff,
    Timer,
    Warn,
)
from dialogs.flags import FlagReason
from dialogs.policy import Policy
from dialogs.replies import ReplyId
from dialogs.request import ChangeRequest, Importance, Role, State
from dialogs.transitions import IN_DECISION, move
from dialogs.types import Arg, Asked, Question, Reply, Term
from nlu.replaced import replaced
from nlu.types import Operation

_NOTHING = Decision()


def on_filed(request: ChangeRequest, policy: Policy, now: dt.datetime) -> Decision:
    """A request just filed goes to review; its clock starts."""
    moved = move(request, State.IN_REVIEW, now)
    if isinstance(moved, Refusal):
        return Decision(refused=moved)
    moved = start_clock(moved, policy.review, now)
    return Decision(effects=(Move(moved, request.state), *alarms(moved, policy.review, now)))


def after_approval(request: ChangeRequest, policy: Policy, now: dt.datetime) -> Decision:
    """An approved request cools off, waits for its date, or is applied now."""
    if request.state is not State.APPROVED:
        return Decision(refused=Refusal.ILLEGAL_MOVE)
    if _cooling_off(request, policy):
        return _wait(request, State.COOLING_OFF, now + _cooling_off(request, policy), policy, now)
    return _schedule_or_apply(request, policy, now)


def apply_due(request: ChangeRequest, policy: Policy, now: dt.datetime) -> Decision:
    """Cooling-off or waiting is over; woken too early, it goes on waiting."""
    match request.state:
        case State.COOLING_OFF:
            until = _entered(request) + _cooling_off(request, policy)
        case State.SCHEDULED:
            until = _effective(request, policy, now)
        case _:
            return Decision(refused=Refusal.ILLEGAL_MOVE)
    if now < until:
        return Decision(effects=(Timer(RequestTimer.APPLY, request.number, until),))
    return _schedule_or_apply(request, policy, now)


def on_synced(request: ChangeRequest, policy: Policy, now: dt.datetime, *, masked: str) -> Decision:
    """Every target has acknowledged: the customer gets the receipt. `masked` is the new value, masked."""
    moved = move(request, State.SYNCED, now)
    if isinstance(moved, Refusal):
        return Decision(refused=moved)
    return Decision(
        effects=(
            Move(moved, request.state),
            _receipt(request, masked),
            Timer(RequestTimer.RECEIPT, request.number, now + policy.review.receipt_silence),
        )
    )


def on_sync_failed(request: ChangeRequest, now: dt.datetime, *, outstanding: tuple[str, ...]) -> Decision:
    """A target was given up on. The customer hears which systems still have the old value."""
    moved = move(request, State.SYNC_FAILED, now)
    if isinstance(moved, Refusal):
        return Decision(refused=moved)
    return Decision(
        effects=(
            Move(moved, request.state),
            TellStaff(Role.OPERATIONS, request.number, StaffNews.SYNC_FAILED),
            tell(request, ReplyId.REQUEST_OUTSTANDING, {"targets": outstanding}),
        )
    )


def on_drift(request: ChangeRequest) -> Decision:
    """A target acknowledged and, read back, holds something else: operations learn of it. The delivery stands."""
    return Decision(effects=(TellStaff(Role.OPERATIONS, request.number, StaffNews.SYNC_DRIFT),))


def on_receipt(request: ChangeRequest, right: bool, now: dt.datetime) -> Decision:
    """The customer answered "is this right?". The words of thanks belong to the turn."""
    moved = move(request, State.CONFIRMED if right else State.DISPUTED, now)
    if isinstance(moved, Refusal):
        return Decision(refused=moved)
    closed: tuple[Effect, ...] = (Move(moved, request.state), Timer(RequestTimer.RECEIPT, request.number, None))
    if right:
        return Decision(effects=closed)
    return Decision(effects=(*closed, Flag(FlagReason.DISPUTE, request.field, request.conversation)))


def on_reverted(request: ChangeRequest, now: dt.datetime) -> Decision:
    """The disputed change was undone by a request of its own."""
    moved = move(request, State.REVERTED, now)
    if isinstance(moved, Refusal):
        return Decision(refused=moved)
    return Decision(effects=(Move(moved, request.state),))


def receipt_silence(request: ChangeRequest, policy: Policy, now: dt.datetime) -> Decision:
    """Nobody objected to the receipt in time: closed as confirmed. Does nothing once it was answered."""
    if request.state is not State.SYNCED:
        return _NOTHING
    until = _entered(request) + policy.review.receipt_silence
    if now < until:
        return Decision(effects=(Timer(RequestTimer.RECEIPT, request.number, until),))
    return on_receipt(request, True, now)


def remind(request: ChangeRequest) -> Decision:
    """Half of the working time is gone: whoever decides next is reminded."""
    if request.state not in IN_DECISION:
        return _NOTHING
    role = Role.SUPERVISOR if request.state is State.IN_SECOND_REVIEW else Role.REVIEWER
    return Decision(effects=(TellStaff(role, request.number, StaffNews.HALF_TIME),))


def escalate(request: ChangeRequest, now: dt.datetime) -> Decision:
    """The deadline is here without a decision: the supervisors learn of it."""
    if request.state not in IN_DECISION or request.due_at is None:
        return _NOTHING
    if now < request.due_at:
        return Decision(effects=(Timer(RequestTimer.ESCALATE, request.number, request.due_at),))
    return Decision(effects=(TellStaff(Role.SUPERVISOR, request.number, StaffNews.OVERDUE),))


def answer_overdue(request: ChangeRequest, policy: Policy, now: dt.datetime) -> Decision:
    """A returned request whose question stayed unanswered expires. Does nothing once it was answered."""
    if request.state is not State.RETURNED:
        return _NOTHING
    until = _entered(request) + policy.review.answer_within
    if now < until:
        return Decision(effects=(Timer(RequestTimer.EXPIRE, request.number, until),))
    return expire(request, now)


def expire(request: ChangeRequest, now: dt.datetime) -> Decision:
    """An open request ends undecided, and the customer is told that the old value stays."""
    return end(request, State.EXPIRED, "", now, ReplyId.REQUEST_EXPIRED)


def went_stale(request: ChangeRequest, now: dt.datetime) -> Decision:
    """The record changed since the request was made: it no longer says from what to what."""
    return end(request, State.STALE, "", now, ReplyId.REQUEST_STALE)


def on_timer(kind: RequestTimer, request: ChangeRequest, policy: Policy, now: dt.datetime, *, masked: str) -> Decision:
    """A request is woken. A timer that outlived its state does nothing or is refused."""
    match kind:
        case RequestTimer.REMIND:
            return remind(request)
        case RequestTimer.ESCALATE:
            return escalate(request, now)
        case RequestTimer.EXPIRE:
            return answer_overdue(request, policy, now)
        case RequestTimer.APPLY:
            return apply_due(request, policy, now)
        case RequestTimer.SYNCED:
            return on_synced(request, policy, now, masked=masked)
        case RequestTimer.RECEIPT:
            return receipt_silence(request, policy, now)


def end(request: ChangeRequest, to: State, reason: str, now: dt.datetime, reply: ReplyId | None) -> Decision:
    """Stop an open request, cancel all that was due for it, tell the customer. With `reply` None the turn does that."""
    moved = move(request, to, now)
    if isinstance(moved, Refusal):
        return Decision(refused=moved)
    moved = replaced(moved, decided_reason=reason or None)
    effects: list[Effect] = [Move(moved, request.state, reason), *no_alarms(request)]
    effects += [Timer(kind, request.number, None) for kind in (RequestTimer.EXPIRE, RequestTimer.APPLY)]
    if reply is not None:
        effects.append(tell(request, reply))
    return Decision(effects=tuple(effects))


def tell(request: ChangeRequest, reply: ReplyId, args: dict[str, Arg] | None = None) -> Tell:
    """A sentence about the request in the conversation it came from; it always names the field and the number."""
    about: dict[str, Arg] = {"field": Term(f"field-{request.field}"), "number": request.number}
    return Tell(request.conversation, Reply(reply, about | (args or {})), customer=request.customer)


def approvals_missing(request: ChangeRequest) -> Refusal | None:
    """Why the approvals held do not suffice, None when they do. Asked again at the very moment of application."""
    if any(approval.digest != request.digest for approval in request.approvals):
        return Refusal.DIGEST_CHANGED
    checkers = {f"staff:{approval.checker}" for approval in request.approvals}
    if checkers & request.makers:
        return Refusal.MAKER_IS_CHECKER
    match request.importance:
        case Importance.ORDINARY:
            return None if checkers else Refusal.ILLEGAL_MOVE
        case Importance.IMPORTANT if len(request.approvals) < 2:
            return Refusal.ILLEGAL_MOVE
        case Importance.IMPORTANT:
            return None if len(checkers) > 1 else Refusal.SAME_CHECKER


def _schedule_or_apply(request: ChangeRequest, policy: Policy, now: dt.datetime) -> Decision:
    effective = _effective(request, policy, now)
    if now < effective:
        return _wait(request, State.SCHEDULED, effective, policy, now)
    return _apply(request, policy, now)


def _wait(request: ChangeRequest, to: State, until: dt.datetime, policy: Policy, now: dt.datetime) -> Decision:
    moved = move(request, to, now)
    if isinstance(moved, Refusal):
        return Decision(refused=moved)
    sentence = ReplyId.REQUEST_COOLING_OFF if to is State.COOLING_OFF else ReplyId.REQUEST_SCHEDULED
    day = until.astimezone(ZoneInfo(policy.review.timezone)).date()
    return Decision(
        effects=(
            Move(moved, request.state),
            Timer(RequestTimer.APPLY, request.number, until),
            tell(request, sentence, {"until": day}),
        )
    )


def _apply(request: ChangeRequest, policy: Policy, now: dt.datetime) -> Decision:
    """The change goes live; the old contact and the others on file learn of it. The receipt is due at once when no
    target needs to learn of it."""
    moved = approvals_missing(request) or move(request, State.APPLIED, now)
    if isinstance(moved, Refusal):
        return Decision(refused=moved)
    effects: list[Effect] = [Move(moved, request.state), Apply(moved)]
    if request.field in {"phone", "email"}:
        warning = Reply(ReplyId.NOTICE_CHANGED, {"field": Term(f"field-{request.field}"), "company": policy.company})
        effects.append(Warn(moved, warning))
    if request.reverts is not None:
        effects.append(Reverted(request.reverts))
    field = policy.fields.get(request.field)
    if field is None or not field.recipients:
        effects.append(Timer(RequestTimer.SYNCED, request.number, now))
    return Decision(effects=tuple(effects))


def _receipt(request: ChangeRequest, masked: str) -> Tell:
    args: dict[str, Arg] = {"field": Term(f"field-{request.field}"), "number": request.number, "masked": masked}
    buttons = (button(Verb.RECEIPT_RIGHT, request.number), button(Verb.RECEIPT_WRONG, request.number))
    sentence = ReplyId.RECEIPT_REMOVED if request.operation is Operation.REMOVE else ReplyId.RECEIPT
    reply = Reply(sentence, args, buttons, card=True)
    return Tell(request.conversation, reply, Question(Asked.RECEIPT, request.number), request.customer)


def _cooling_off(request: ChangeRequest, policy: Policy) -> dt.timedelta:
    """The longest wait that a risk of this request asked for when it was filed, or asks for now."""
    return max(request.cooling_off, risk.measures(request.field, request.risks, policy).cooling_off)


def _effective(request: ChangeRequest, policy: Policy, now: dt.datetime) -> dt.datetime:
    """The start of the effective date where the company is; `now` when none was given."""
    if request.effective is None:
        return now
    return dt.datetime.combine(request.effective, dt.time(0), ZoneInfo(policy.review.timezone)).astimezone(dt.UTC)


def _entered(request: ChangeRequest) -> dt.datetime:
    """When the present state began."""
    return next((at for state, at in reversed(request.history) if state is request.state), request.filed_at)
