"""What staff do in a conversation: one transaction each, whoever asks (the console or the API)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from dialogs import handoff
from dialogs.effects import Decision
from dialogs.types import Actor, ActorKind, Conversation
from store.uow import UnitOfWork


def take_over(uow: UnitOfWork, conversation: str, staff: str, now: dt.datetime, origin: str = "") -> Decision:
    """The bot falls silent; refused when somebody else speaks."""
    return _act(uow, conversation, staff, now, origin, lambda it: handoff.take_over(it, staff, now))


def hand_back(uow: UnitOfWork, conversation: str, staff: str, now: dt.datetime, origin: str = "") -> Decision:
    """The bot goes on at the exact step; refused when this person does not speak."""
    return _act(uow, conversation, staff, now, origin, lambda it: handoff.hand_back(it, staff, now))


def write(uow: UnitOfWork, conversation: str, staff: str, text: str, now: dt.datetime, origin: str = "") -> Decision:
    """Words to the customer in their own channel; whoever writes, speaks."""
    return _act(uow, conversation, staff, now, origin, lambda it: handoff.write(it, staff, text, now))


def speak_as_customer(uow: UnitOfWork, channel: str, chat: str, staff: str, now: dt.datetime, origin: str = "") -> None:
    """Before a message that comes in by a token of this person: what is filed from here they do not decide on."""
    conversation = uow.conversations.load(channel, chat, now)
    if staff not in conversation.helpers:
        uow.commit(handoff.speaks_as_customer(conversation, staff), Actor(ActorKind.STAFF, staff, origin), now)


def note(uow: UnitOfWork, conversation: str, staff: str, text: str, now: dt.datetime, origin: str = "") -> Decision:
    """A remark for colleagues; the customer never sees it."""
    return _act(uow, conversation, staff, now, origin, lambda it: handoff.note(it, staff, text, now))


def _act(
    uow: UnitOfWork,
    id: str,
    staff: str,
    now: dt.datetime,
    origin: str,
    decide: Callable[[Conversation], Decision],
) -> Decision:
    """Load, decide, commit. A refused decision has changed nothing; raises the store's UnknownConversation."""
    conversation = uow.conversations.by_id(id)
    decision = handoff.watched(decide(conversation), staff, uow.policy.owner_idle, now)
    if decision.refused is None:
        uow.commit(decision, Actor(ActorKind.STAFF, staff, origin), now)
    return decision
