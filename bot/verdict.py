"""Staff's verdict on a change request: one transaction, whoever asks (the console or the API)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from bot.reach import owned
from dialogs.access import Owned, Permission, allowed
from dialogs.approval import Checker, approve, reject, return_to_customer
from dialogs.effects import Decision, Refusal
from dialogs.lifecycle import went_stale
from dialogs.policy import Policy
from dialogs.request import ChangeRequest, Role
from dialogs.types import Actor, ActorKind
from store.uow import UnitOfWork


class Verdict(StrEnum):
    """What a checker says of a request."""

    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"


def checker_of(uow: UnitOfWork, name: str) -> Checker | None:
    """A member of staff as the rules know them, with the customer they may be besides; None for nobody."""
    member = uow.staff.by_name(name)
    if member is None:
        return None
    return Checker(name, Role(member.role.value), uow.protection.persons_of(name), member.team)


def give_verdict(
    uow: UnitOfWork,
    number: str,
    verdict: Verdict,
    checker: Checker,
    digest: str,
    reason: str,
    policy: Policy,
    now: dt.datetime,
    origin: str = "",
) -> Decision:
    """Load, decide, commit. A refused decision has changed nothing; an unknown number raises what the store raises.

    Approving what was asked for against an older record closes the request as stale; of a frozen customer nothing is
    approved.
    """
    request = uow.requests.load(number)
    decision = decide(request, verdict, checker, owned(uow, request.customer), digest, reason, policy, now)
    if verdict is Verdict.APPROVE and decision.refused is None and uow.requests.moved_on(request):
        decision = went_stale(request, now)
    if verdict is Verdict.APPROVE and decision.refused is None and uow.protection.is_frozen(request.customer):
        return Decision(refused=Refusal.FROZEN)
    if decision.refused is None:
        uow.commit(decision, Actor(ActorKind.STAFF, checker.name, origin), now)
    return decision


def decide(
    request: ChangeRequest,
    verdict: Verdict,
    checker: Checker,
    about: Owned,
    digest: str,
    reason: str,
    policy: Policy,
    now: dt.datetime,
) -> Decision:
    """The decision alone. Every verdict is on the digest that was on the checker's screen, and by whoever is there for
    this customer and this kind of detail."""
    if not decides_here(checker, request.field, about, policy):
        return Decision(refused=Refusal.NOT_YOURS)
    match verdict:
        case Verdict.APPROVE:
            return approve(request, checker=checker, digest=digest, now=now, policy=policy)
        case Verdict.REJECT | Verdict.RETURN if digest != request.digest:
            return Decision(refused=Refusal.DIGEST_CHANGED)
        case Verdict.REJECT:
            return reject(request, checker, reason, now)
        case Verdict.RETURN:
            return return_to_customer(request, checker, reason, now, policy)


def decides_here(checker: Checker, field: str, about: Owned, policy: Policy) -> bool:
    """Whether the company's rules leave this to them. Who may decide on nothing hears so of the core, which says
    which role does."""
    at_all = allowed(checker.person, Permission.DECIDE, policy.access)
    return not at_all or allowed(checker.person, Permission.DECIDE, policy.access, about=about, field=field)
