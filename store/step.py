"""What every effect of one commit shares."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialogs.effects import Flag, Tell
from dialogs.types import Actor, Conversation, Inbound
from store.instant import to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork


@dataclass
class Step:
    """One commit under way. `conversation` is the decision's own, None when it concerns none; `inbound` what it
    answers, None outside a turn; `others` what is to be said or flagged in a conversation once all effects are rows;
    `moves` counts how often each request moved; `ended` are timers that are cancelled together."""

    uow: UnitOfWork
    actor: Actor
    now: dt.datetime
    conversation: Conversation | None
    inbound: Inbound | None = None
    others: list[Tell | Flag] = field(default_factory=list)
    moves: dict[str, int] = field(default_factory=dict)
    ended: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.at = to_micros(self.now)  # the moment of this commit as rows have it

    @property
    def here(self) -> Conversation:
        """The decision's own conversation, for effects that only exist within one."""
        if self.conversation is None:
            raise ValueError("this effect belongs to a conversation, and the decision has none")
        return self.conversation

    @property
    def whose(self) -> str:
        """The customer of the decision's own conversation."""
        if self.here.customer is None:
            raise ValueError("this effect belongs to a linked conversation, and this one is not")
        return self.here.customer

    def trace(self, act: str, subject: str, customer: str | None = None, digest: str = "") -> int:
        """Append to the trace; returns the id that the act's row carries."""
        return self.uow.audit.append(act, subject, self.actor, self.now, customer=customer, digest=digest)

    def mark(self, act: str, subject: str, customer: str | None = None, digest: str = "") -> None:
        """Append to the trace what no row carries the id of: in its place, but written together with what follows."""
        self.uow.audit.mark(act, subject, self.actor, self.at, customer=customer, digest=digest)
