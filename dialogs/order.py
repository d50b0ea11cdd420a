"""Messages that were sent earlier and arrive later: what was sent last counts."""

from __future__ import annotations

import datetime as dt

from dialogs import reading, road
from dialogs.effects import Decision
from dialogs.replies import ReplyId
from dialogs.step import Turn, joined, reply, say
from dialogs.types import Conversation, Inbound
from nlu.replaced import replaced
from nlu.types import Act, Understanding

_NO_ANSWER = frozenset({Act.GREET, Act.THANK, Act.HELP, Act.ASK_WHY, Act.ASK_HUMAN, Act.OPT_OUT, Act.PROVIDE})
"""Acts that mean the same whenever they are heard."""


def sent_before(conversation: Conversation, inbound: Inbound) -> bool:
    """Whether a message was sent before one that was heard already. The same instant is no order."""
    return conversation.last_sent_at is not None and inbound.at < conversation.last_sent_at


def latest(conversation: Conversation, inbound: Inbound, now: dt.datetime) -> dt.datetime:
    """When the latest message heard was sent. A clock that runs ahead does not make every later message an old one."""
    sent = min(inbound.at, now)
    return sent if conversation.last_sent_at is None else max(sent, conversation.last_sent_at)


def without_answers(read: Understanding) -> Understanding:
    """The same, without what would answer a question: it was asked after the message was sent."""
    return replaced(read, acts=read.acts & _NO_ANSWER)


def overtaken(conversation: Conversation, turn: Turn) -> Decision | None:
    """A late message that adds nothing to what is known: say so and put the open question again."""
    draft = conversation.draft
    if not turn.late or (draft is None and (turn.understanding.starts or turn.understanding.asks)):
        return None
    if draft is not None and tuple(reading.filled(item, turn) for item in draft.items) != draft.items:
        return None
    return joined(say(conversation, reply(ReplyId.OVERTAKEN)), road.again(conversation, turn))
