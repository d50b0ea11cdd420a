"""A signal, and what follows: the value is to be verified, and the customer or a colleague is asked."""

from __future__ import annotations

import datetime as dt

import msgspec

from bot.checkins import open_all
from dialogs import checkin
from dialogs.policy import Policy
from dialogs.types import Actor
from nlu.replaced import replaced
from store.signals import Signal, SignalKind
from store.tasks import TaskKind
from store.uow import UnitOfWork


class Followed(msgspec.Struct, frozen=True):
    """What a signal led to. `asked` and `at` tell of a check-in, `task` of a task; each is None when there is none."""

    signal: Signal
    asked: str | None = None
    at: dt.datetime | None = None
    task: str | None = None


def take_signal(
    uow: UnitOfWork,
    customer: str,
    field: str | None,
    kind: SignalKind,
    actor: Actor,
    policy: Policy,
    now: dt.datetime,
) -> Followed:
    """Keep the signal and plan what follows. A touchpoint asks about what is stale, of all fields or the one named."""
    signal = uow.signals.add(customer, field, kind, actor, now)
    followed = _ask(uow, customer, signal, policy, now)
    if followed is not None:
        return followed
    if signal.version is not None and field is not None and not uow.check_ins.being_asked(customer):
        return Followed(signal, task=uow.tasks.open(customer, TaskKind.UNREACHABLE, field, actor, now))
    return Followed(signal)


def _ask(uow: UnitOfWork, customer: str, signal: Signal, policy: Policy, now: dt.datetime) -> Followed | None:
    """Plan a check-in in the customer's own chat: another channel than the one that failed."""
    due = uow.check_ins.of_one(customer)
    if due is None:
        return None
    standing = due.standing
    if signal.field is not None:
        only = {name: value for name, value in standing.record.items() if name == signal.field}
        standing = replaced(standing, record=only)
    if signal.version is not None:  # "still right" was said before the signal came
        standing = replaced(standing, affirmed={})
    planned = checkin.plan(standing, policy.check_in, now)
    if planned is None:
        return None
    open_all(uow, [(planned, due.conversation)], policy, now)
    return Followed(signal, asked=planned.field, at=planned.at)
