"""A customer who fell silent is archived, and later deleted: a clock proposes, people decide.

One person decides on archiving, two on deleting; whoever proposed is none of them. A legal hold and whatever is still
open stop both. A customer who was in touch since it was proposed for their silence is not archived for it.
"""

from __future__ import annotations

import calendar
import datetime as dt
from enum import StrEnum

import msgspec

from dialogs.approval import Checker
from dialogs.effects import Refusal
from dialogs.policy import RetentionPolicy

AGAIN_AFTER = 12
"""Months after which it is proposed again, when nothing was to be done or undone."""


class Measure(StrEnum):
    """What is to be done with a customer."""

    ARCHIVE = "archive"
    DELETE = "delete"


class Why(StrEnum):
    """Why it is proposed."""

    SILENT = "silent"  # no message, change or touchpoint for so long
    ENDED = "ended"  # the company's business with the customer is over
    KEPT = "kept"  # archived for so long


class State(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    APPROVED = "approved"  # to delete: another person has to confirm
    DONE = "done"
    DECLINED = "declined"
    VOID = "void"  # the customer was in touch, or is gone
    UNDONE = "undone"  # archived, and later active again


class Proposal(msgspec.Struct, frozen=True):
    """What is proposed about one customer. `proposed_by` and `approved_by` are person ids ("staff:NAME",
    "system:NAME"); `approved_by` None: nobody has decided yet."""

    id: str
    customer: str
    measure: Measure
    why: Why
    state: State
    proposed_by: str
    proposed_at: dt.datetime
    approved_by: str | None = None


class Standing(msgspec.Struct, frozen=True):
    """What the store knows of the customer now: their status, when they last gave a sign of life, and what stops it."""

    status: str
    last_sign: dt.datetime
    held: bool = False  # under a legal hold
    open: bool = False  # a request is undecided, or their record is frozen


def months_before(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day and time so many months ago; the month's last day where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


def silent_since(policy: RetentionPolicy, now: dt.datetime) -> dt.datetime | None:
    """Whoever gave no sign of life after this moment is silent; None: nobody is called so."""
    return None if policy.archive_after_months is None else months_before(now, policy.archive_after_months)


def kept_since(policy: RetentionPolicy, now: dt.datetime) -> dt.datetime | None:
    """Whoever was archived before this moment was kept for long enough; None: nobody ever."""
    return None if policy.delete_after_years is None else months_before(now, policy.delete_after_years * 12)


def approve(
    proposal: Proposal, by: Checker, standing: Standing, policy: RetentionPolicy, now: dt.datetime
) -> State | Refusal:
    """One person's yes. Archiving is done with it; deleting waits for another person. VOID: it does not apply any
    more."""
    if proposal.state is not State.OPEN:
        return Refusal.ILLEGAL_MOVE
    if (refusal := _may_not(proposal, by)) is not None:
        return refusal
    if _over(proposal, standing, policy, now):
        return State.VOID
    if (refusal := _stopped(standing)) is not None:
        return refusal
    return State.DONE if proposal.measure is Measure.ARCHIVE else State.APPROVED


def confirm(
    proposal: Proposal, by: Checker, standing: Standing, policy: RetentionPolicy, now: dt.datetime
) -> State | Refusal:
    """The second person's yes to a deletion."""
    if proposal.state is not State.APPROVED or proposal.measure is not Measure.DELETE:
        return Refusal.ILLEGAL_MOVE
    if (refusal := _may_not(proposal, by)) is not None:
        return refusal
    if proposal.approved_by in by.ids:
        return Refusal.SAME_CHECKER
    if _over(proposal, standing, policy, now):
        return State.VOID
    return _stopped(standing) or State.DONE


def decline(proposal: Proposal, by: Checker) -> State | Refusal:
    """One person's no."""
    if proposal.state not in (State.OPEN, State.APPROVED):
        return Refusal.ILLEGAL_MOVE
    return Refusal.OWN_RECORD if f"customer:{proposal.customer}" in by.ids else State.DECLINED


def _may_not(proposal: Proposal, by: Checker) -> Refusal | None:
    if f"customer:{proposal.customer}" in by.ids:
        return Refusal.OWN_RECORD
    return Refusal.MAKER_IS_CHECKER if proposal.proposed_by in by.ids else None


def _stopped(standing: Standing) -> Refusal | None:
    if standing.held:
        return Refusal.HELD
    return Refusal.STILL_OPEN if standing.open else None


def _over(proposal: Proposal, standing: Standing, policy: RetentionPolicy, now: dt.datetime) -> bool:
    """Whether it was overtaken by what happened since."""
    match proposal.measure:
        case Measure.ARCHIVE:
            since = silent_since(policy, now)
            in_touch = proposal.why is Why.SILENT and since is not None and standing.last_sign > since
            return standing.status != "active" or in_touch
        case Measure.DELETE:
            return standing.status != "archived"
