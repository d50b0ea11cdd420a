"""A message that another bot offers: taken when it concerns TellOnce, else left to that bot as if it had never come."""

from __future__ import annotations

import datetime as dt

from bot.turn import Kit, handle_turn
from dialogs.buttons import pressed
from dialogs.decide import decide
from dialogs.effects import Decision
from dialogs.expects import expects
from dialogs.facts import TokenOutcome
from dialogs.replies import ReplyId
from dialogs.types import Conversation, Inbound, Stage
from nlu.understand import understand
from store.crypto import new_id
from store.said import Said
from store.uow import UnitOfWork

LEFT = frozenset(
    {
        ReplyId.INTRO,
        ReplyId.HELLO,
        ReplyId.WELCOME,
        ReplyId.WHAT_CHANGED,
        ReplyId.HELP,
        ReplyId.NOT_UNDERSTOOD,
        ReplyId.NOT_UNDERSTOOD_IDLE,
        ReplyId.NOT_MY_SUBJECT,
        ReplyId.NO_CHANGE_NOTED,
        ReplyId.TAKE_YOUR_TIME,
        ReplyId.NOTHING_TO_REPEAT,
        ReplyId.NOTHING_TO_CANCEL,
        ReplyId.BUTTON_OVER,
        ReplyId.OPTED_OUT,
        ReplyId.PERSON_OFFER,
    }
)
"""Courtesies and misunderstandings: the other bot has its own."""


def handle_offer(inbound: Inbound, uow: UnitOfWork, kit: Kit, now: dt.datetime) -> tuple[Said, ...] | None:
    """A turn, if the message concerns us. None: it is left, nothing of it is kept, and it stays left under its id."""
    match uow.conversations.was_taken(inbound):
        case True:
            return handle_turn(inbound, uow, kit, now)
        case False:
            uow.conversations.claim(inbound, now)  # another body under this id is a conflict here, too
            return None
    here = uow.conversations.find(inbound.channel, inbound.chat)
    if inbound.link_token is not None:  # deep links are the other bot's as well: only one that is good is ours
        ours = uow.customers.token(inbound.link_token, now)[0] is TokenOutcome.VALID
    else:
        here = here or Conversation(new_id(), inbound.channel, inbound.chat)
        ours = _under_way(here) or _concerns(inbound, here, uow, kit, now)
    if ours:
        return handle_turn(inbound, uow, kit, now)
    uow.conversations.claim(inbound, now)  # delivered again later, it is no answer to what is asked by then
    return None


def _under_way(here: Conversation) -> bool:
    """A change, a proof or a colleague has the customer's attention: everything belongs to it."""
    busy = here.stage not in (Stage.IDLE, Stage.FILED)
    return busy or here.draft is not None or here.pending is not None or here.owner is not None


def _concerns(inbound: Inbound, here: Conversation, uow: UnitOfWork, kit: Kit, now: dt.datetime) -> bool:
    """What would be decided is looked at, and not committed. No code is awaited here, so that none is counted."""
    if inbound.button is not None:
        return pressed(inbound.button) is not None
    understanding = understand(
        inbound.text or "",
        expects=expects(here),
        region=kit.policy.region,
        now=inbound.at,
        language=here.language,
        model=kit.model,
    )
    facts = uow.facts(here, inbound, understanding, now)
    uow.code_typed = False
    return _says_something(here, decide(here, inbound, understanding, facts, kit.policy, kit.fresh(inbound), now))


def _says_something(here: Conversation, decision: Decision) -> bool:
    """More than a courtesy, and more than once again the question that is open anyhow (was a receipt right?)."""
    small = all(reply.id in LEFT or reply in here.last for reply in decision.replies)
    return not small or (bool(decision.effects) and not _misunderstood(decision))


def _misunderstood(decision: Decision) -> bool:
    """Offering a person after misunderstandings flags the conversation, which is not ours to do here."""
    return any(reply.id == ReplyId.PERSON_OFFER for reply in decision.replies)
