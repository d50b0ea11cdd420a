"""One turn: one inbound message and all it causes. Everything else is here to make this function true."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from time import perf_counter

import msgspec

from bot.choices import chosen
from bot.meters import Moments
from dialogs.decide import decide
from dialogs.effects import Decision
from dialogs.expects import expects
from dialogs.facts import Fresh
from dialogs.policy import Policy
from dialogs.types import Actor, ActorKind, Inbound
from nlu.model import Model
from nlu.types import Understanding
from nlu.understand import understand
from store.said import Said
from store.uow import UnitOfWork


def unseen(moments: Moments, understanding: Understanding, decision: Decision) -> None:
    """Nobody watches."""


class Kit(msgspec.Struct, frozen=True):
    """What a turn needs besides the message: the policy, the language model and a source of fresh ids and codes
    for each message. `watch` is told how long each part took and what came of it, to count it."""

    policy: Policy
    model: Model
    fresh: Callable[[Inbound], Fresh]
    watch: Callable[[Moments, Understanding, Decision], None] = unseen


def handle_turn(inbound: Inbound, uow: UnitOfWork, kit: Kit, now: dt.datetime) -> tuple[Said, ...]:
    """Load, understand, decide, apply, claim, commit. Delivery comes later; a repeat gets the first answer."""
    began = perf_counter()
    if (earlier := uow.conversations.earlier(inbound)) is not None:
        return earlier
    conversation = uow.conversations.load(inbound.channel, inbound.chat, now)
    inbound = chosen(inbound, conversation, uow)
    loaded = perf_counter()
    understanding = understand(
        inbound.text or inbound.vouched or "",
        expects=expects(conversation),
        region=kit.policy.region,
        now=inbound.at,
        language=conversation.language,
        model=kit.model,
    )
    understood = perf_counter()
    facts = uow.facts(conversation, inbound, understanding, now)
    found = perf_counter()
    decision = decide(conversation, inbound, understanding, facts, kit.policy, kit.fresh(inbound), now)
    decided = perf_counter()
    said = uow.commit(decision, Actor(ActorKind.CUSTOMER, conversation.id, inbound.channel), now, inbound)
    kit.watch(Moments(began, loaded, understood, found, decided, perf_counter()), understanding, decision)
    return said
