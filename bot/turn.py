"""One turn: one inbound message and all it causes. Everything else is here to make this function true."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from bot.choices import chosen
from dialogs.decide import decide
from dialogs.expects import expects
from dialogs.facts import Fresh
from dialogs.policy import Policy
from dialogs.types import Actor, ActorKind, Inbound
from nlu.model import Model
from nlu.understand import understand
from store.said import Said
from store.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Kit:
    """What a turn needs besides the message: the policy, the language model and a source of fresh ids and codes
    for each message."""

    policy: Policy
    model: Model
    fresh: Callable[[Inbound], Fresh]


def handle_turn(inbound: Inbound, uow: UnitOfWork, kit: Kit, now: dt.datetime) -> tuple[Said, ...]:
    """Claim, load, understand, decide, apply, commit. Delivery comes later; a repeat gets the first answer."""
    if (earlier := uow.conversations.claim(inbound, now)) is not None:
        return earlier
    conversation = uow.conversations.load(inbound.channel, inbound.chat, now)
    inbound = chosen(inbound, conversation, uow)
    understanding = understand(
        inbound.text or inbound.vouched or "",
        expects=expects(conversation),
        region=kit.policy.region,
        now=inbound.at,
        language=conversation.language,
        model=kit.model,
    )
    facts = uow.facts(conversation, inbound, understanding, now)
    decision = decide(conversation, inbound, understanding, facts, kit.policy, kit.fresh(inbound), now)
    return uow.commit(decision, Actor(ActorKind.CUSTOMER, conversation.id, inbound.channel), now, inbound)
