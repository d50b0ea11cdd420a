"""The clock of a review: working time that runs, stops while the customer is asked, and goes on."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from dialogs.effects import Timer
from dialogs.policy import ReviewPolicy
from dialogs.request import ChangeRequest, Importance
from dialogs.workdays import after, day_length, due, worked
from nlu.replaced import replaced


class RequestTimer(StrEnum):
    """What a request may be woken for; its number is the timer's subject."""

    REMIND = "request_remind"  # half of the review's working time is gone
    ESCALATE = "request_escalate"  # the deadline is here
    EXPIRE = "request_expire"  # the customer did not answer a returned request
    APPLY = "request_apply"  # cooling-off is over, or the effective date has come
    SYNCED = "request_synced"  # applied, and no target needs to learn of it
    RECEIPT = "receipt_silence"  # nobody objected to the receipt


def start_clock(request: ChangeRequest, review: ReviewPolicy, now: dt.datetime) -> ChangeRequest:
    """The whole working time is ahead."""
    return replaced(request, due_at=due(now, _days(request, review), review), left=None)


def stop_clock(request: ChangeRequest, review: ReviewPolicy, now: dt.datetime) -> ChangeRequest:
    """What is left is kept; nothing is left when the deadline has passed."""
    left = dt.timedelta(0) if request.due_at is None else worked(now, request.due_at, review)
    return replaced(request, due_at=None, left=left)


def go_on(request: ChangeRequest, review: ReviewPolicy, now: dt.datetime) -> ChangeRequest:
    """The clock runs again with what was left, or from the start when it never ran."""
    if request.left is None:
        return start_clock(request, review, now)
    return replaced(request, due_at=after(now, request.left, review), left=None)


def alarms(request: ChangeRequest, review: ReviewPolicy, now: dt.datetime) -> tuple[Timer, ...]:
    """Timers of a running clock: a reminder at half time unless that has gone by, escalation at the deadline."""
    if request.due_at is None:
        return no_alarms(request)
    ahead = worked(now, request.due_at, review)
    half = _days(request, review) * day_length(review) / 2
    remind = after(now, ahead - half, review) if ahead > half else None
    return (
        Timer(RequestTimer.REMIND, request.number, remind),
        Timer(RequestTimer.ESCALATE, request.number, request.due_at),
    )


def no_alarms(request: ChangeRequest) -> tuple[Timer, ...]:
    """The review is over or waits: neither reminder nor escalation."""
    return (Timer(RequestTimer.REMIND, request.number, None), Timer(RequestTimer.ESCALATE, request.number, None))


def _days(request: ChangeRequest, review: ReviewPolicy) -> int:
    match request.importance:
        case Importance.ORDINARY:
            return review.ordinary_days
        case Importance.IMPORTANT:
            return review.important_days
