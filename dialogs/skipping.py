"""Skipping a question is no answer to it: nothing is disputed, changed or dropped by it."""

from __future__ import annotations

import re

from dialogs import press, repair, road
from dialogs.buttons import Verb
from dialogs.effects import Decision
from dialogs.replies import ReplyId
from dialogs.step import Turn, reply, say
from dialogs.types import Asked, Conversation
from nlu.types import Act

_SKIPS = re.compile(
    r"^\W*(?:(?:no|sorry|please|can we|let'?s|i'?d|i would|i)\W+){0,3}(?:skip|pass\W*$|rather not|prefer not)"
    r"|^\W*(?:我|先|请|这个?|[,，\s])*(?:跳过|略过|不想说|不方便|不太?想回答)"
)


def skipped(conversation: Conversation, turn: Turn) -> Decision | None:
    """What "skip" does to a question whose "no" would mean something; None where skipping is as good as "no"."""
    if Act.DENY not in turn.understanding.acts or _SKIPS.search((turn.inbound.text or "").casefold()) is None:
        return None
    match conversation.question.asked:
        case Asked.CONSENT | Asked.OLD_CONTACT_WORKS:
            return road.again(conversation, turn)
        case Asked.CHECK_IN:
            subject = conversation.question.about or ""
            return press.act(Verb.CHECKIN_LATER, subject, conversation, turn, how="typed")
        case Asked.RECEIPT:
            return say(conversation, reply(ReplyId.TAKE_YOUR_TIME))
        case Asked.RESUME if conversation.draft is not None:
            return repair.later(conversation, turn.policy, turn)
        case _:
            return None
