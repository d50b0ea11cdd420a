"""Handoff: a person takes over, writes, notes and hands back at the exact step."""

from __future__ import annotations

import datetime as dt

from dialogs.buttons import Verb
from dialogs.consent import SHOWN
from dialogs.effects import Decision, Flag, Note, Refusal, Timer
from dialogs.flags import FlagReason
from dialogs.replies import ReplyId
from dialogs.silence import NUDGE
from dialogs.step import reply
from dialogs.types import Asked, Conversation, Draft, Question, Silence
from nlu.replaced import replaced

OWNER_IDLE = "owner_idle"
"""The timer that releases a person who fell silent; its subject is the conversation id."""


def take_over(conversation: Conversation, staff: str, now: dt.datetime) -> Decision:
    """The bot falls silent; the customer learns who is speaking. One owner at a time."""
    if conversation.owner == staff:
        return Decision(conversation)
    if conversation.owner is not None:
        return Decision(refused=Refusal.OWNED_BY_OTHER)
    taken = replaced(conversation, owner=staff, flagged=None, flagged_at=None, misunderstood=0)
    return Decision(taken, (reply(ReplyId.PERSON_JOINED, name=staff),))


def write(conversation: Conversation, staff: str, text: str, now: dt.datetime) -> Decision:
    """A person writes to the customer; whoever writes, speaks. They are a maker of the draft from now on."""
    taken = take_over(conversation, staff, now)
    if taken.conversation is None:
        return taken
    helpers = tuple(dict.fromkeys((*conversation.helpers, staff)))
    written = replaced(taken.conversation, helpers=helpers)
    return Decision(written, (*taken.replies, reply(ReplyId.PERSON_SAYS, text=text)))


def speaks_as_customer(conversation: Conversation, staff: str) -> Decision:
    """A member of staff sends the customer's words by their own token: a maker like whoever writes."""
    return Decision(replaced(conversation, helpers=tuple(dict.fromkeys((*conversation.helpers, staff)))))


def hand_back(conversation: Conversation, staff: str, now: dt.datetime) -> Decision:
    """The bot speaks again, exactly where it was: the open question once more."""
    if conversation.owner is None:
        return Decision(refused=Refusal.NOT_OWNER)
    if conversation.owner != staff:
        return Decision(refused=Refusal.OWNED_BY_OTHER)
    left = reply(ReplyId.PERSON_LEFT, name=staff)
    returned = replaced(conversation, owner=None)
    if conversation.draft is None:
        return Decision(returned, (left,))
    returned = replaced(
        returned, question=_reopened(conversation, conversation.draft), silence=Silence.ACTIVE, handed_back_at=now
    )
    return Decision(returned, (left, *conversation.last), (Timer(NUDGE, conversation.id, now),))


def _reopened(conversation: Conversation, draft: Draft) -> Question:
    """The question that is put again at the hand-back, so that a typed "yes" answers it. What was only said in between
    ("a person, please") leaves it waiting behind `RESUME`; a summary of what is no longer proposed stays closed."""
    if conversation.question.asked not in (Asked.RESUME, Asked.PERSON):
        return conversation.question
    shown = {button.id for said in conversation.last for button in said.buttons}
    if draft.digest is not None and draft.consent is None and f"{Verb.CONSENT_YES}:{draft.digest[:SHOWN]}" in shown:
        return Question(Asked.CONSENT)
    if conversation.pending is not None:
        return Question(Asked.CODE, conversation.pending.contact)
    return Question(Asked.RESUME)


def watched(decision: Decision, staff: str, idle: dt.timedelta, now: dt.datetime) -> Decision:
    """The same decision; when this person speaks here they have just done something, and are released if nothing
    follows."""
    conversation = decision.conversation
    if conversation is None or decision.refused is not None or conversation.owner not in (None, staff):
        return decision
    if conversation.owner is None:
        free = replaced(conversation, owner_at=None)
        return replaced(decision, conversation=free)
    timer = Timer(OWNER_IDLE, conversation.id, now + idle)
    kept = replaced(conversation, owner_at=now)
    return replaced(decision, conversation=kept, effects=(*decision.effects, timer))


def release_idle(conversation: Conversation, idle: dt.timedelta, now: dt.datetime) -> Decision:
    """Whoever speaks has done nothing for so long: the bot speaks again, and the conversation waits for a person. Woken
    too early, or when nobody speaks any more, nothing happens but another look."""
    owner, since = conversation.owner, conversation.owner_at
    if owner is None or since is None:
        return Decision(conversation)
    if now < since + idle:
        return Decision(conversation, effects=(Timer(OWNER_IDLE, conversation.id, since + idle),))
    released = hand_back(conversation, owner, now)
    if released.conversation is None:
        return released
    waiting = replaced(released.conversation, owner_at=None, flagged=FlagReason.OWNER_IDLE.value, flagged_at=now)
    flag = Flag(FlagReason.OWNER_IDLE.value)
    return Decision(waiting, released.replies, (*released.effects, flag))


def note(conversation: Conversation, staff: str, text: str, now: dt.datetime) -> Decision:
    """An internal remark; the customer never sees it."""
    return Decision(conversation, effects=(Note(conversation.id, text),))
