"""Handoff: a person takes over, writes, notes and hands back at the exact step."""

from __future__ import annotations

import dataclasses
import datetime as dt

from dialogs.effects import Decision, Note, Refusal
from dialogs.replies import ReplyId
from dialogs.step import reply
from dialogs.types import Conversation


def take_over(conversation: Conversation, staff: str, now: dt.datetime) -> Decision:
    """The bot falls silent; the customer learns who is speaking. One owner at a time."""
    if conversation.owner == staff:
        return Decision(conversation)
    if conversation.owner is not None:
        return Decision(refused=Refusal.OWNED_BY_OTHER)
    taken = dataclasses.replace(conversation, owner=staff, flagged=None, flagged_at=None, misunderstood=0)
    return Decision(taken, (reply(ReplyId.PERSON_JOINED, name=staff),))


def write(conversation: Conversation, staff: str, text: str, now: dt.datetime) -> Decision:
    """A person writes to the customer; whoever writes, speaks. They are a maker of the draft from now on."""
    taken = take_over(conversation, staff, now)
    if taken.conversation is None:
        return taken
    helpers = tuple(dict.fromkeys((*conversation.helpers, staff)))
    written = dataclasses.replace(taken.conversation, helpers=helpers)
    return Decision(written, (*taken.replies, reply(ReplyId.PERSON_SAYS, text=text)))


def hand_back(conversation: Conversation, staff: str, now: dt.datetime) -> Decision:
    """The bot speaks again, exactly where it was: the open question once more."""
    if conversation.owner is None:
        return Decision(refused=Refusal.NOT_OWNER)
    if conversation.owner != staff:
        return Decision(refused=Refusal.OWNED_BY_OTHER)
    returned = dataclasses.replace(conversation, owner=None)
    question = conversation.last if conversation.draft is not None else ()
    return Decision(returned, (reply(ReplyId.PERSON_LEFT, name=staff), *question))


def note(conversation: Conversation, staff: str, text: str, now: dt.datetime) -> Decision:
    """An internal remark; the customer never sees it."""
    return Decision(conversation, effects=(Note(conversation.id, text),))
