"""The four answers to a check-in."""

from __future__ import annotations

from dialogs import checkin
from dialogs.buttons import Verb
from dialogs.change import begin, put_aside
from dialogs.effects import CheckInAnswer, Decision
from dialogs.reading import filled
from dialogs.replies import ReplyId
from dialogs.step import Turn, close, joined, reply, say
from dialogs.types import Asked, Conversation, Item, Reply
from nlu.replaced import replaced
from nlu.types import Operation

_WORDS = {
    CheckInAnswer.STILL_RIGHT: ReplyId.CHECK_IN_STILL,
    CheckInAnswer.LATER: ReplyId.CHECK_IN_LATER,
    CheckInAnswer.STOP: ReplyId.CHECK_IN_STOP,
}


def answer(conversation: Conversation, id: str, verb: Verb, turn: Turn) -> Decision:
    """Note the answer; "something changed" begins a change of just that field. "Still right" proves nothing."""
    check_in, said = turn.facts.check_in, checkin.answer_of(verb)
    if check_in is None or check_in.id != id or said is None or conversation.customer is None:
        return _said(conversation, reply(ReplyId.CHECK_IN_OVER))
    effects = checkin.answer(check_in, said, conversation.customer, turn.facts.timezone, turn.policy.check_in, turn.now)
    if said is not CheckInAnswer.CHANGED:
        return replaced(_said(conversation, reply(_WORDS[said])), effects=effects)
    noted = Decision(conversation, effects=effects)
    item = filled(Item(check_in.field, Operation.WANTS_CHANGE), turn)
    if conversation.draft is not None:
        return joined(noted, put_aside(conversation, item))
    return joined(noted, begin(conversation, (item,), turn))


def _said(conversation: Conversation, words: Reply) -> Decision:
    """Another question that is open stays open."""
    return close(conversation, words) if conversation.question.asked is Asked.CHECK_IN else say(conversation, words)
