"""Check-ins: plans who is asked whether a detail still holds, asks at a decent hour, and ends what nobody answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import msgspec

from bot.live import CONSOLE
from bot.worker import Chore, Work, Write
from dialogs import checkin
from dialogs.checkin import CheckInTimer, Planned
from dialogs.effects import Tell
from dialogs.facts import OpenCheckIn
from dialogs.policy import Policy
from dialogs.types import Actor, ActorKind
from store.check_ins import CheckIn, UnknownCheckIn
from store.database import Database
from store.jobs import Lease, Priority
from store.uow import UnitOfWork

ACTOR = Actor(ActorKind.SYSTEM, "check_in")
PLANNING = 300.0
"""Seconds between two looks for customers who are due."""

NOT_NOW = dt.timedelta(hours=1)
"""How long a check-in waits for a chat in which something else is going on."""

BATCH = 100
MANY = 500
"""Customers, at most, in one transaction: of a chore between other work, and of a campaign that somebody starts."""


class DueLine(msgspec.Struct, frozen=True):
    """A customer who would be asked now: about this field, not before `at`."""

    no: str
    tier: str
    field: str
    at: dt.datetime


class CheckIns:
    """Does `check_in` jobs and the planning that makes them."""

    def __init__(self, policy: Policy, clock: Callable[[], dt.datetime]) -> None:
        self._policy, self._clock = policy, clock
        self._after = ""  # how far the planning has come; a batch that is lost with its act is met in the next round

    def work(self) -> Work:
        """A few at a time: a campaign stands behind everything else."""
        return Work(self.run, slots=2, attempts=12)

    def chore(self) -> Chore:
        """The planning."""
        return Chore("check_ins", PLANNING, self.plan)

    async def run(self, lease: Lease) -> Write:
        """Put the question of one check-in."""
        id = str(lease.payload["check_in"])
        return lambda uow: self.ask(uow, id)

    def plan(self, uow: UnitOfWork, /, now: dt.datetime) -> bool:
        """Open a batch of check-ins, and of tasks about what stays unconfirmed; True when there may be more."""
        opened = plan_batch(uow, self._policy, now, after=self._after)
        self._after = opened.last or ""
        policy = self._policy.check_in
        tasks = uow.tasks.open_unconfirmed(policy.fields, policy.task_after, ACTOR, now, BATCH)
        return opened.last is not None or tasks == BATCH

    def fire(self, uow: UnitOfWork, kind: CheckInTimer, id: str) -> Iterable[str]:
        """A check-in's timer fired."""
        match kind:
            case CheckInTimer.ASK:
                return self.ask(uow, id)
            case CheckInTimer.EXPIRE:
                return self.expire(uow, id)

    def ask(self, uow: UnitOfWork, id: str) -> Iterable[str]:
        """Put the question, unless it was put, the value is another by now, the customer opted out or is frozen."""
        now, check_in = self._clock(), _found(uow, id)
        if check_in is None or check_in.state != "planned":
            return ()
        conversation = uow.conversations.by_id(check_in.conversation)
        planned, timezone = uow.check_ins.planned(id)
        on_record = uow.customers.record(check_in.customer).get(check_in.field)
        gone = conversation.customer != check_in.customer
        stopped = _suppressed(uow, check_in.customer, conversation.channel)
        stopped = stopped or uow.protection.is_frozen(check_in.customer)
        if gone or on_record is None or on_record.version != check_in.version or stopped:
            uow.check_ins.expire(id)
            return ()
        if conversation.owner is not None or conversation.draft is not None:
            uow.jobs.set_timer(CheckInTimer.ASK, id, now + NOT_NOW)
            return ()
        decision = checkin.ask(id, planned, conversation.id, timezone, self._policy.check_in, now)
        uow.commit(decision, ACTOR, now)
        if any(isinstance(effect, Tell) for effect in decision.effects):
            uow.check_ins.sent(id, now)
        return (conversation.id, CONSOLE)

    def expire(self, uow: UnitOfWork, id: str) -> Iterable[str]:
        """Nobody answered: a person should try another way."""
        check_in = _found(uow, id)
        if check_in is None or check_in.state != "sent" or not uow.check_ins.expire(id):
            return ()
        about = OpenCheckIn(id, check_in.field, check_in.version)
        uow.commit(checkin.unanswered(about, check_in.conversation), ACTOR, self._clock())
        return (check_in.conversation, CONSOLE)


class Opened(msgspec.Struct, frozen=True):
    """How many check-ins a batch opened, and the last customer it looked at; None when there were none."""

    count: int
    last: str | None


def plan_batch(uow: UnitOfWork, policy: Policy, now: dt.datetime, limit: int = BATCH, after: str = "") -> Opened:
    """Open check-ins for up to `limit` customers who are due, those after one."""
    due = uow.check_ins.due(policy.check_in, now, limit, after)
    planned = [(checkin.plan(one.standing, policy.check_in, now), one.conversation) for one in due]
    opened = [(one, chat) for one, chat in planned if one is not None]
    open_all(uow, opened, policy, now)
    return Opened(len(opened), due[-1].standing.customer if due else None)


def open_all(uow: UnitOfWork, planned: Sequence[tuple[Planned, str]], policy: Policy, now: dt.datetime) -> None:
    """Open check-ins, each in its chat; their questions go out when they may."""
    ids = uow.check_ins.open_all(planned, policy.check_in, now)
    jobs = [(one.at, {"check_in": id}, f"check_in:{id}") for id, (one, _) in zip(ids, planned, strict=True)]
    uow.jobs.put_all("check_in", jobs, Priority.LOW)


def run_now(
    database: Database, policy: Policy, now: dt.datetime, progress: Callable[[int], None] = lambda n: None
) -> int:
    """`tellonce checkins run`: plan everybody who is due now, batch by batch; returns how many. `progress` is told how
    many were opened so far."""
    total, after = 0, ""
    while True:
        opened = database.write(partial(plan_batch, policy=policy, now=now, limit=MANY, after=after))
        total += opened.count
        if opened.count:
            progress(total)
        if opened.last is None:
            return total
        after = opened.last


def due_now(database: Database, policy: Policy, now: dt.datetime, limit: int = BATCH) -> list[DueLine]:
    """`tellonce checkins list`: who would be asked, and changes nothing."""

    def look(uow: UnitOfWork) -> list[DueLine]:
        lines: list[DueLine] = []
        after = ""
        while len(lines) < limit and (batch := uow.check_ins.due(policy.check_in, now, limit, after)):
            after = batch[-1].standing.customer
            for due in batch:
                planned = checkin.plan(due.standing, policy.check_in, now)
                if planned is not None:
                    lines.append(DueLine(due.no, due.standing.tier, planned.field, planned.at))
        return lines[:limit]

    return database.read(look)


def of_customer(database: Database, no: str) -> list[CheckIn] | None:
    """`tellonce checkins list --customer NO`: a customer's check-ins, newest first; None for an unknown number."""

    def look(uow: UnitOfWork) -> list[CheckIn] | None:
        customer = uow.customers.by_no(no)
        return None if customer is None else uow.check_ins.of_customer(customer.id)

    return database.read(look)


def _found(uow: UnitOfWork, id: str) -> CheckIn | None:
    try:
        return uow.check_ins.by_id(id)
    except UnknownCheckIn:
        return None


def _suppressed(uow: UnitOfWork, customer: str, channel: str) -> bool:
    """The customer said stop after this one was planned, or left the channel."""
    return any(uow.check_ins.suppressed(customer, one) for one in ("", channel))
