"""What one person may do with one request now, and why not: asked of the very rules that will decide."""

from __future__ import annotations

import datetime as dt

import msgspec

from bot.reach import owned
from bot.signin import SignedIn
from bot.verdict import Verdict, decide
from dialogs.approval import Checker
from dialogs.effects import Refusal
from dialogs.policy import Policy
from dialogs.request import ChangeRequest, Importance, Role, State
from store.uow import UnitOfWork

ANY_REASON = "?"


class Standing(msgspec.Struct, frozen=True):
    """Per verdict why it would be refused, None when it would not."""

    approve: Refusal | None
    reject: Refusal | None
    return_: Refusal | None
    step: str  # only, first or second: which approval this one would be

    @property
    def decides(self) -> bool:
        """Whether any verdict is open to this person: only then are values shown."""
        return None in (self.approve, self.reject, self.return_)


def checker(uow: UnitOfWork, staff: SignedIn) -> Checker:
    """The person as the rules know them."""
    return Checker(staff.name, Role(staff.role), uow.protection.persons_of(staff.name), staff.team)


def standing(uow: UnitOfWork, request: ChangeRequest, staff: SignedIn, policy: Policy, now: dt.datetime) -> Standing:
    """Try every verdict without committing any."""
    person, about = checker(uow, staff), owned(uow, request.customer)

    def refusal(verdict: Verdict) -> Refusal | None:
        return decide(request, verdict, person, about, request.digest, ANY_REASON, policy, now).refused

    approve = refusal(Verdict.APPROVE)
    if approve is not None and staff.name in {given.checker for given in request.approvals}:
        approve = Refusal.SAME_CHECKER  # says more than the role that it waits for
    if approve is None and uow.protection.is_frozen(request.customer):
        approve = Refusal.FROZEN
    important = request.importance is Importance.IMPORTANT
    step = "only" if not important else "second" if request.state is State.IN_SECOND_REVIEW else "first"
    return Standing(approve, refusal(Verdict.REJECT), refusal(Verdict.RETURN), step)
