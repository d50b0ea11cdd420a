"""Archiving: proposes who fell silent, and does what people decide on it."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec

from bot.backups.erasures import ErasureList
from bot.erasing import erase
from bot.live import CONSOLE
from bot.reach import among, require
from bot.worker import Chore
from dialogs import archiving
from dialogs.access import Permission, Person
from dialogs.approval import Checker
from dialogs.archiving import Measure, Proposal, State, Why
from dialogs.effects import Refusal
from dialogs.policy import Policy
from dialogs.types import Actor, ActorKind
from store.archiving import UnknownProposal
from store.database import Database
from store.erasure import ErasedAlreadyError, HeldError
from store.uow import UnitOfWork

ACTOR = Actor(ActorKind.SYSTEM, "archiving")
LOOKING = 86_400.0
"""Seconds between two looks at all customers."""

SLICE = 200
"""Customers looked at in one transaction, between other work."""


class Archiving:
    """The chore that proposes."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._after = ""  # how far it has come; what is lost with its act is met in the next round

    def chore(self) -> Chore:
        """Once a day, all of them, a slice at a time."""
        return Chore("archiving", LOOKING, self.propose)

    def propose(self, uow: UnitOfWork, /, now: dt.datetime) -> bool:
        """Look at a slice; True when there are more."""
        looked = uow.archiving.propose_due(self._policy.retention, ACTOR, now, SLICE, self._after)
        self._after = looked.last or ""
        if looked.count:
            uow.touched.add(CONSOLE)
        return looked.last is not None


class Verdict(StrEnum):
    """What somebody says to a proposal."""

    APPROVE = "approve"
    CONFIRM = "confirm"  # the second person, of a deletion
    DECLINE = "decline"


class Row(msgspec.Struct, frozen=True):
    """A proposal in the list. `archived` is when the customer was archived, of a deletion; `mine` says that this person
    gave the first yes."""

    proposal: Proposal
    no: str
    last_sign: dt.datetime
    mine: bool


def rows_of(uow: UnitOfWork, person: Person) -> list[Row]:
    """What waits for somebody, the oldest first, of this person's customers."""
    theirs = among(uow, person, Permission.ERASE)
    return [
        Row(
            one,
            uow.customers.by_id(one.customer).no,
            uow.archiving.last_sign(one.customer),
            one.approved_by == f"{ActorKind.STAFF}:{person.name}",
        )
        for one in uow.archiving.waiting()
        if theirs(one.customer)
    ]


def give_verdict(
    database: Database, erasures: ErasureList, id: str, verdict: Verdict, by: Checker, origin: str, now: dt.datetime
) -> State | Refusal:
    """Decide on a proposal, and do what it asks for: archive, or erase the customer for good. Raises UnknownProposal,
    NotYours, ErasureListError; a refusal has changed nothing."""
    actor = Actor(ActorKind.STAFF, by.name, origin)

    def decide(uow: UnitOfWork) -> tuple[Proposal, State | Refusal]:
        proposal = uow.archiving.by_id(id)
        require(uow, by.person, Permission.ERASE, proposal.customer)
        if verdict is Verdict.DECLINE:
            return proposal, archiving.decline(proposal, by)
        standing = uow.archiving.standing(proposal.customer)
        say = archiving.approve if verdict is Verdict.APPROVE else archiving.confirm
        return proposal, say(proposal, by, standing, uow.policy.retention, now)

    def act(uow: UnitOfWork) -> State | Refusal:
        proposal, outcome = decide(uow)
        if isinstance(outcome, Refusal):
            return outcome
        return outcome if uow.archiving.move(proposal, outcome, actor, now) else Refusal.ILLEGAL_MOVE

    proposal, outcome = database.read(decide)
    if outcome is not State.DONE or proposal.measure is Measure.ARCHIVE:
        return database.write(act)
    try:
        erase(database, erasures, proposal.customer, actor, now, first=lambda uow: _again(act(uow)))
    except (Overtaken, ErasedAlreadyError):
        return Refusal.ILLEGAL_MOVE
    except HeldError:
        return Refusal.HELD
    return State.DONE


class Overtaken(Exception):
    """What was decided a moment ago does not hold any more; nothing was done."""


def _again(outcome: State | Refusal) -> None:
    if outcome is not State.DONE:
        raise Overtaken


def propose(uow: UnitOfWork, customer: str, actor: Actor, now: dt.datetime) -> str:
    """The business with this customer is over. Raises ProposedAlreadyError."""
    return uow.archiving.propose(customer, Why.ENDED, actor, now)


__all__ = ["Archiving", "Row", "UnknownProposal", "Verdict", "give_verdict", "propose", "rows_of"]
