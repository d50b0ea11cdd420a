"""A colleague's question about a request: the customer's answer is passed on, and the review begins again."""

from __future__ import annotations

from dialogs.effects import AnswerReturned, Decision
from dialogs.replies import ReplyId
from dialogs.step import Turn, close, reply, say
from dialogs.types import Asked, Conversation
from nlu.types import Act

_NO_ANSWER = frozenset({Act.GREET, Act.THANK, Act.HELP, Act.ASK_WHY})


def answer(conversation: Conversation, turn: Turn) -> Decision | None:
    """Pass the answer on; None when nobody asked, or when these words begin a change or are mere courtesy."""
    read, number = turn.understanding, _asked_about(conversation, turn)
    courtesy = bool(read.acts) and read.acts <= _NO_ANSWER and not read.candidates
    if number is None or read.starts or courtesy:
        return None
    words, effects = reply(ReplyId.ANSWER_PASSED_ON, number=number), (AnswerReturned(number),)
    if conversation.question.asked is Asked.RETURNED:
        return close(conversation, words, effects=effects)
    return say(conversation, words, effects=effects)


def _asked_about(conversation: Conversation, turn: Turn) -> str | None:
    """The request that the open question is about; with nothing open, the one that waits longest for an answer."""
    waiting = turn.facts.returned
    match conversation.question.asked:
        case Asked.RETURNED:
            return conversation.question.about if conversation.question.about in waiting else None
        case Asked.NOTHING if conversation.draft is None and waiting:
            return waiting[0]
        case _:
            return None
