"""What the open question lets an answer mean."""

from __future__ import annotations

from dialogs.types import Asked, Conversation, Stage
from nlu.replaced import replaced
from nlu.types import Ask, Expects

IN_PARTS = ("address", "phone")
"""Fields of which a part may be put right by itself."""


def expects(conversation: Conversation) -> Expects:
    """How the next utterance should be read, given the question that is open."""
    match conversation.question.asked:
        case Asked.SLOT | Asked.CONSENT:
            return _slot(conversation)
        case Asked.WHAT_TO_CORRECT:
            return _correction(conversation)
        case Asked.CODE:
            return _code(conversation)
        case Asked.CUSTOMER_NUMBER:
            return replaced(_slot(conversation), ask=Ask.CUSTOMER_NUMBER)
        case Asked.WHICH_FIELD | Asked.WITHDRAW:
            return Expects(Ask.WHICH_FIELD)
        case Asked.NOTHING | Asked.RESUME | Asked.PERSON:
            return _unasked(conversation)
        case Asked.RETURNED:
            return Expects(Ask.NOTHING)
        case Asked.CHANGED | Asked.NEXT_CUE:
            about = conversation.question.about
            return Expects(Ask.YES_NO, about=(about,) if about is not None else ())
        case Asked.CHECK_IN | Asked.REPLACE_OPEN | Asked.OLD_CONTACT_WORKS | Asked.RECEIPT | Asked.SWITCH:
            return Expects(Ask.YES_NO)


def _unasked(conversation: Conversation) -> Expects:
    """Something else was said since; the answer to what was asked before it is still read as one."""
    if conversation.pending is not None:
        return _code(conversation)
    match conversation.stage:
        case Stage.LINKING:
            return Expects(Ask.CUSTOMER_NUMBER)
        case Stage.COLLECTING:
            return _slot(conversation)
        case Stage.CONFIRMING if conversation.draft is not None:
            return replaced(_slot(conversation), ask=Ask.YES_NO)
        case Stage.IDLE | Stage.CONFIRMING | Stage.VERIFYING | Stage.FILED:
            return Expects(Ask.NOTHING if conversation.question.asked is Asked.NOTHING else Ask.YES_NO)


def _code(conversation: Conversation) -> Expects:
    """A code, or else a part put right: "it's 14, not 12" means nothing without what it belongs to."""
    items = conversation.draft.items if conversation.draft is not None else ()
    item = next((item for field in IN_PARTS for item in items if item.field == field), None)
    if item is None:
        return Expects(Ask.CODE)
    return Expects(Ask.CODE, field=item.field, missing=item.missing, known=item.value)


def _correction(conversation: Conversation) -> Expects:
    """ "What should be different?": a field's name, or already its value."""
    slot = _slot(conversation)
    if conversation.question.about is not None:
        return slot
    return replaced(slot, ask=Ask.WHICH_FIELD)


def _slot(conversation: Conversation) -> Expects:
    """A slot is open, or a summary whose parts may still be corrected: the first incomplete item, else the first."""
    ask = Ask.YES_NO if conversation.question.asked is Asked.CONSENT else Ask.SLOT
    if conversation.draft is None or not conversation.draft.items:
        return Expects(ask)
    items = conversation.draft.items
    about = conversation.question.about
    item = next((i for i in items if i.field == about), None) or next((i for i in items if i.missing), items[0])
    fields = tuple(i.field for i in items)
    return Expects(ask, field=item.field, missing=item.missing, known=item.value, about=fields)
