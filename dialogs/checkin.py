"""Check-ins: which detail is due to be asked about, when it may be asked, and what each answer causes."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from dialogs.buttons import Verb, button
from dialogs.effects import AnswerCheckIn, CheckInAnswer, Decision, Effect, Flag, Suppress, Tell, Timer
from dialogs.facts import OnRecord, OpenCheckIn
from dialogs.flags import FlagReason
from dialogs.policy import CheckInPolicy
from dialogs.replies import ReplyId
from dialogs.types import Asked, Question, Reply, Term

_STANDARD = "standard"


class CheckInTimer(StrEnum):
    """What a check-in may be woken for; its id is the timer's subject."""

    ASK = "check_in_ask"  # the customer said "later", or it was not an hour to ask
    EXPIRE = "check_in_expire"  # nobody answered: a task for a person


class Standing(msgspec.Struct, frozen=True):
    """What is known of a customer when a check-in is considered.

    `affirmed` is when the customer last tapped "still right", per field. It proves nothing, so the value stays as old
    as its proof, but the same question is not put again within one cycle. `open_fields` have an undecided request.
    """

    customer: str
    tier: str
    timezone: str
    record: Mapping[str, OnRecord]
    affirmed: Mapping[str, dt.datetime] = msgspec.field(default_factory=dict)
    open_fields: frozenset[str] = frozenset()
    last_asked_at: dt.datetime | None = None
    suppressed: bool = False


class Planned(msgspec.Struct, frozen=True):
    """The one check-in a customer should get: about this version, not before `at`."""

    customer: str
    field: str
    version: str
    masked: str
    at: dt.datetime


def plan(standing: Standing, policy: CheckInPolicy, now: dt.datetime) -> Planned | None:
    """The most urgent stale field and the first moment it may be asked about; None when nothing is due."""
    if not policy.enabled or standing.suppressed:
        return None
    stale = stale_fields(standing, policy, now)
    if not stale:
        return None
    value = standing.record[stale[0]]
    earliest = now if standing.last_asked_at is None else max(now, standing.last_asked_at + policy.gap)
    at = next_allowed(earliest, standing.timezone, policy)
    return Planned(standing.customer, value.field, value.version, value.masked, at)


def stale_fields(standing: Standing, policy: CheckInPolicy, now: dt.datetime) -> tuple[str, ...]:
    """Fields whose proof is older than the tier's cycle, or that are to be verified, the most urgent first."""
    cycle = dt.timedelta(days=_cycle(standing.tier, policy))
    due = [
        value
        for name in policy.fields
        if name not in standing.open_fields
        and (value := standing.record.get(name)) is not None
        and _asked_for(value, standing, now - cycle)
    ]
    return tuple(value.field for value in sorted(due, key=lambda value: (not value.to_verify, _proof(value))))


def quiet(now: dt.datetime, timezone: str, start: dt.time, end: dt.time) -> bool:
    """Whether it is an hour at which this customer is left in peace. Equal bounds mean no quiet hours."""
    local = now.astimezone(ZoneInfo(timezone)).time()
    if start <= end:
        return start <= local < end
    return local >= start or local < end


def next_allowed(now: dt.datetime, timezone: str, policy: CheckInPolicy) -> dt.datetime:
    """`now`, or the end of the quiet hours that it falls into."""
    return _after_quiet(now, timezone, policy.quiet_from, policy.quiet_until)


@functools.lru_cache(maxsize=64)
def _after_quiet(now: dt.datetime, timezone: str, start: dt.time, end: dt.time) -> dt.datetime:
    """Remembered, since a campaign asks it of thousands in a few time zones at one moment."""
    if not quiet(now, timezone, start, end):
        return now
    zone = ZoneInfo(timezone)
    day = now.astimezone(zone).date()
    morning = dt.datetime.combine(day, end, zone).astimezone(dt.UTC)
    if morning > now:
        return morning
    return dt.datetime.combine(day + dt.timedelta(days=1), end, zone).astimezone(dt.UTC)


def ask(
    check_in: str, planned: Planned, conversation: str, timezone: str, policy: CheckInPolicy, now: dt.datetime
) -> Decision:
    """Put the question, masked and without any link, into a linked chat; in quiet hours only wait for their end."""
    at = next_allowed(now, timezone, policy)
    if at > now:
        return Decision(effects=(Timer(CheckInTimer.ASK, check_in, at),))
    verbs = (Verb.CHECKIN_STILL, Verb.CHECKIN_CHANGED, Verb.CHECKIN_LATER, Verb.CHECKIN_STOP)
    reply = Reply(
        ReplyId.CHECK_IN,
        {"field": Term(f"field-{planned.field}"), "masked": planned.masked},
        tuple(button(verb, check_in) for verb in verbs),
    )
    return Decision(
        effects=(
            Tell(conversation, reply, Question(Asked.CHECK_IN, check_in)),
            Timer(CheckInTimer.EXPIRE, check_in, now + policy.expires),
        )
    )


def answer(
    check_in: OpenCheckIn, said: CheckInAnswer, customer: str, timezone: str, policy: CheckInPolicy, now: dt.datetime
) -> tuple[Effect, ...]:
    """What an answer causes. The words, and the flow that "something changed" begins, belong to the turn."""
    answered = AnswerCheckIn(check_in.id, said)
    silent = (Timer(CheckInTimer.EXPIRE, check_in.id, None), Timer(CheckInTimer.ASK, check_in.id, None))
    match said:
        case CheckInAnswer.STILL_RIGHT | CheckInAnswer.CHANGED:
            return (answered, *silent)
        case CheckInAnswer.LATER:
            again = next_allowed(now + policy.later, timezone, policy)
            return (answered, silent[0], Timer(CheckInTimer.ASK, check_in.id, again))
        case CheckInAnswer.STOP:
            return (answered, Suppress(customer), *silent)


def answer_of(verb: Verb) -> CheckInAnswer | None:
    """The answer a button gives; None when it is no check-in's button."""
    return {
        Verb.CHECKIN_STILL: CheckInAnswer.STILL_RIGHT,
        Verb.CHECKIN_CHANGED: CheckInAnswer.CHANGED,
        Verb.CHECKIN_LATER: CheckInAnswer.LATER,
        Verb.CHECKIN_STOP: CheckInAnswer.STOP,
    }.get(verb)


def unanswered(check_in: OpenCheckIn, conversation: str) -> Decision:
    """Nobody answered in time: a person should try another way."""
    return Decision(effects=(Flag(FlagReason.CHECK_IN_UNANSWERED, check_in.field, conversation),))


def _cycle(tier: str, policy: CheckInPolicy) -> int:
    """The tier's review cycle in days; that of `standard` for a tier the company has not listed."""
    return policy.cycles.get(tier, policy.cycles.get(_STANDARD, 365))


def _proof(value: OnRecord) -> dt.datetime:
    """When the value was last proven; a value never proven is as old as its entry."""
    return value.proven_at or value.since


def _asked_for(value: OnRecord, standing: Standing, before: dt.datetime) -> bool:
    """Stale or in doubt, unless the customer tapped "still right" within the cycle."""
    affirmed = standing.affirmed.get(value.field)
    if affirmed is not None and affirmed > before:
        return False
    return value.to_verify or _proof(value) <= before
