"""Receipts: "is this right?"."""

from __future__ import annotations

import re

from dialogs.effects import AnswerReceipt, Decision
from dialogs.flags import FlagReason
from dialogs.replies import ReplyId
from dialogs.step import Turn, card, close, field_term, flagged, reply, say
from dialogs.types import Asked, Conversation, Reply


def answer(conversation: Conversation, number: str, right: bool, turn: Turn) -> Decision:
    """The customer says whether what was recorded is right. A receipt answered before stays answered."""
    receipt = next((receipt for receipt in turn.facts.receipts if receipt.request == number), None)
    if receipt is None:
        return _said(conversation, number, card(ReplyId.RECEIPT_OVER, number=number))
    effect = AnswerReceipt(number, right)
    sentence = ReplyId.RECEIPT_THANKS if right else ReplyId.RECEIPT_DISPUTED
    said = _said(conversation, number, card(sentence, number=number, field=field_term(receipt.field)))
    decision = Decision(said.conversation, said.replies, (effect,))
    return decision if right else flagged(decision, FlagReason.DISPUTE, turn, receipt.field)


def _said(conversation: Conversation, number: str, reply: Reply) -> Decision:
    """Another question that is open stays open."""
    mine = conversation.question.asked is Asked.RECEIPT and conversation.question.about == number
    return close(conversation, reply) if mine else say(conversation, reply)


_DISOWNS = re.compile(
    r"\b(?:wasn't|was not|isn't|is not|it's not|not)(?: done by| changed by| from)?"
    r" (?:me|mine|my doing|my change|my request)\b"
    r"|\bi (?:didn't|did not|never|haven't|have not)"
    r" (?:ask|asked|change|changed|do|done|make|made|request|requested)\b"
    r"|不是(?:我|本人)(?:自己)?(?:改|换|操作|申请|提交|弄|做|变更|更改|修改)?的?"
    r"|(?:我|本人)(?:从来)?[没未]有?(?:改|换|申请|提交|操作)过?",
    re.IGNORECASE,
)


def disowns(text: str) -> bool:
    """Whether somebody says that a change was not theirs."""
    return _DISOWNS.search(text.replace("’", "'")) is not None


def disowned(conversation: Conversation, turn: Turn) -> Decision | None:
    """ "It wasn't me": of the receipt that is asked about or the only one that waits; of several, a person finds out
    which. None when nothing waits."""
    waiting = [receipt.request for receipt in turn.facts.receipts]
    asked = conversation.question.about if conversation.question.asked is Asked.RECEIPT else None
    if asked in waiting or len(waiting) == 1:
        return answer(conversation, asked if asked in waiting and asked is not None else waiting[0], False, turn)
    if not waiting:
        return None
    return flagged(say(conversation, reply(ReplyId.PERSON_COMING)), FlagReason.DISPUTE, turn)


def disputed_in_passing(conversation: Conversation, turn: Turn) -> Decision | None:
    """ "No, that's wrong" with nothing else open means the one receipt that waits; None when there is not just one."""
    if len(turn.facts.receipts) != 1 or turn.understanding.starts:
        return None
    return answer(conversation, turn.facts.receipts[0].request, False, turn)
