"""Receipts: "is this right?"."""

from __future__ import annotations

from dialogs.effects import AnswerReceipt, Decision
from dialogs.flags import FlagReason
from dialogs.replies import ReplyId
from dialogs.step import Turn, card, close, field_term, flagged, say
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


def disputed_in_passing(conversation: Conversation, turn: Turn) -> Decision | None:
    """ "No, that's wrong" with nothing else open means the one receipt that waits; None when there is not just one."""
    if len(turn.facts.receipts) != 1 or turn.understanding.starts:
        return None
    return answer(conversation, turn.facts.receipts[0].request, False, turn)
