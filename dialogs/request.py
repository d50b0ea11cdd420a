"""A change request: its states and its values."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec

from nlu.types import Operation, Value


class State(StrEnum):
    """Where a change request stands (design, part 7)."""

    FILED = "filed"
    IN_REVIEW = "in_review"
    IN_SECOND_REVIEW = "in_second_review"
    RETURNED = "returned"
    APPROVED = "approved"
    COOLING_OFF = "cooling_off"
    SCHEDULED = "scheduled"
    APPLIED = "applied"
    SYNCED = "synced"
    SYNC_FAILED = "sync_failed"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    REVERTED = "reverted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    STALE = "stale"
    FROZEN = "frozen"


class Importance(StrEnum):
    """Ordinary changes need one checker, important ones a reviewer and then a supervisor."""

    ORDINARY = "ordinary"
    IMPORTANT = "important"


class Role(StrEnum):
    """What a member of staff may do. None can do all (design, part 12)."""

    AGENT = "agent"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    OPERATIONS = "operations"
    SECURITY_OFFICER = "security_officer"


class Approval(msgspec.Struct, frozen=True):
    """One checker's yes, bound to the digest that was on the screen."""

    checker: str
    role: str
    digest: str
    at: dt.datetime


class ChangeRequest(msgspec.Struct, frozen=True):
    """One change of one field, asked for by a customer, proved, waiting for or past its decision.

    `makers` are person ids ("staff:NAME", "customer:ID"). `due_at` is None while the clock is stopped;
    `left` is the working time left at that moment. `against` is the version id the change was proposed against,
    None when the field had no value. `effective` is the date it shall be applied on, None for at once. `importance`
    and `cooling_off` are what policy and risks asked for at filing: a later change of the rules does not weaken them.
    `reverts` is the disputed request whose old value this one puts back, None for any other.
    """

    number: str
    customer: str
    conversation: str
    field: str
    operation: Operation
    value: Value
    digest: str
    consent: str
    proofs: tuple[str, ...]
    makers: frozenset[str]
    importance: Importance
    filed_at: dt.datetime
    state: State = State.FILED
    due_at: dt.datetime | None = None
    left: dt.timedelta | None = None
    effective: dt.date | None = None
    against: str | None = None
    approvals: tuple[Approval, ...] = ()
    risks: tuple[str, ...] = ()
    reason: str | None = None
    decided_reason: str | None = None
    applied_version: str | None = None
    old_contact: str | None = None
    cooling_off: dt.timedelta = dt.timedelta(0)
    reverts: str | None = None
    version: int = 0
    history: tuple[tuple[State, dt.datetime], ...] = msgspec.field(default_factory=tuple)
