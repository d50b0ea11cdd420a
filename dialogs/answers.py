"""Answers to the open question in words: "yes" and "no" mean what its buttons mean."""

from __future__ import annotations

import re

from dialogs import change, linking, press, proof, reading, receipts, returned, road, withdrawal
from dialogs.buttons import Verb
from dialogs.effects import Decision
from dialogs.questions import asks_where_sent
from dialogs.step import Turn, close, joined
from dialogs.types import Asked, Conversation, Item, Need
from nlu.types import Act, Operation

_YES = {
    Asked.CHANGED: Verb.CHANGED_YES,
    Asked.REPLACE_OPEN: Verb.REPLACE_YES,
    Asked.CONSENT: Verb.CONSENT_YES,
    Asked.OLD_CONTACT_WORKS: Verb.OLD_WORKS,
    Asked.NEXT_CUE: Verb.NEXT_YES,
    Asked.RESUME: Verb.RESUME_YES,
    Asked.PERSON: Verb.PERSON_YES,
    Asked.RECEIPT: Verb.RECEIPT_RIGHT,
    Asked.CHECK_IN: Verb.CHECKIN_STILL,
    Asked.WITHDRAW: Verb.WITHDRAW,
    Asked.SWITCH: Verb.SWITCH_YES,
}
_NO = {
    Asked.CHANGED: Verb.CHANGED_NO,
    Asked.REPLACE_OPEN: Verb.REPLACE_NO,
    Asked.CONSENT: Verb.CONSENT_CHANGE,
    Asked.OLD_CONTACT_WORKS: Verb.OLD_GONE,
    Asked.NEXT_CUE: Verb.NEXT_NO,
    Asked.RESUME: Verb.RESUME_NO,
    Asked.PERSON: Verb.PERSON_NO,
    Asked.RECEIPT: Verb.RECEIPT_WRONG,
    Asked.CHECK_IN: Verb.CHECKIN_CHANGED,
    Asked.WITHDRAW: Verb.WITHDRAW_NO,
    Asked.SWITCH: Verb.SWITCH_NO,
}
_SAYS_CHANGED = re.compile(r"(?<![没未])(?<!没有)(?:换|变|改|搬家?)[了过掉]|早就?不[是用在]|不用了这个")
_GONE = re.compile(
    r"\b(?:(?:do|does|did|can|could|is|am|has|have|will)(?:n't|nt| not)|cannot|no longer|never|cancell?ed|disconnected|"
    r"lost|stolen|dead|gone|broken|deactivated|expired|closed|cut off|gave (?:it|that|mine) up|any ?more)\b"
    r"|停机|停用|停了|注销|销号|收不[到了]|用不了|不[能再]?用|没[在再]?用|没了|丢了|换掉|空号|打不通|作废|坏了"
)
"""What says that a contact no longer receives, in answer to that very question."""
_WORKS = re.compile(
    r"\b(?:still works?|still (?:have|got|use|using|receive|get)|it works|works fine)\b|还能|还在用|能收到|还用着|正常"
)
_NO_ACCESS = re.compile(
    r"\b(?:don'?t|do not|can'?t|cannot|couldn'?t|could not|no longer|not|never) (?:actually |really )?"
    r"(?:have|use|own|using|access|get into|open|reach|got) (?:access to )?(?:that|this|it|the|my|those)\b[^?]*"
    r"|\b(?:that|the|my) (?:phone|number|mailbox|e-?mail|account)(?: \S+)? (?:is|was|has been|got) "
    r"(?:gone|lost|stolen|dead|broken|closed|deactivated|cut off|disconnected|cancell?ed)\b"
    r"|(?:手机|号码?|邮箱|电话|那个|这个)[^,，。?？]{0,4}"
    r"(?:停机|停用|停了|注销|销号|用不了|不用了|没在用|没了|丢了|空号|坏了|登不[上进])"
)
"""What says that the place a code went to is out of reach. "I got nothing" does not: the code may be late."""
_CHECK_IN_ACTS = {Act.LATER: Verb.CHECKIN_LATER, Act.OPT_OUT: Verb.CHECKIN_STOP}


def to_open_question(conversation: Conversation, turn: Turn) -> Decision | None:
    """What the message answers; None when it answers nothing that is open."""
    decision = _by_content(conversation, turn) or _by_yes_or_no(conversation, turn)
    if decision is None:
        return None
    return _and_new_change(conversation, decision, turn)


def _and_new_change(before: Conversation, decision: Decision, turn: Turn) -> Decision:
    """ "No, but my e-mail has changed": an answer, and a change that begins with it."""
    after = decision.conversation
    items = tuple(item for item in reading.started(turn) if item.field != before.question.about)
    if after is None or before.draft is not None or not items:
        return decision
    if after.draft is not None:
        return joined(decision, change.put_in_queue(after, after.draft, turn))
    if after.question.asked not in (Asked.NOTHING, Asked.NEXT_CUE):
        return decision
    return joined(decision, change.begin(after, items, turn))


def declined(conversation: Conversation, turn: Turn) -> Decision | None:
    """ "Never mind" in answer to a question that can be declined is its "no". None: nothing such is open."""
    asked, draft, about = conversation.question.asked, conversation.draft, conversation.question.about
    subject = about or ""
    match asked:
        case Asked.CHANGED | Asked.NEXT_CUE if draft is None and not set(turn.understanding.chosen) - {about}:
            return press.act(_NO[asked], subject, conversation, turn, how="typed")
        case Asked.REPLACE_OPEN if draft is not None and len(draft.items) == 1:
            return press.act(Verb.REPLACE_NO, subject, conversation, turn, how="typed")
        case Asked.CHECK_IN:
            return press.act(Verb.CHECKIN_LATER, subject, conversation, turn, how="typed")
        case _:
            return None


def about_old_contact(conversation: Conversation, turn: Turn) -> Decision | None:
    """ "That one was cut off long ago", asked whether the old contact still receives. None: something else is open."""
    if conversation.question.asked is not Asked.OLD_CONTACT_WORKS or turn.understanding.candidates:
        return None
    said = (turn.inbound.text or "").casefold().replace("’", "'")
    gone = _GONE.search(said) is not None
    works = _WORKS.search(said) is not None and "?" not in said and "吗" not in said
    if gone == works or (gone and Act.AFFIRM in turn.understanding.acts):
        return None
    return press.act(
        Verb.OLD_GONE if gone else Verb.OLD_WORKS, conversation.question.about or "", conversation, turn, how="typed"
    )


def about_place_of_code(conversation: Conversation, turn: Turn) -> Decision | None:
    """ "I no longer have that phone", while a code that went to it is awaited: the next contact on file, as if asked
    for by its button. None: something else is open, or the code went to the new contact."""
    pending = conversation.pending
    if conversation.question.asked is not Asked.CODE or pending is None or pending.need in (None, Need.NEW_CONTACT):
        return None
    said = (turn.inbound.text or "").casefold().replace("’", "'")
    if turn.understanding.candidates or _NO_ACCESS.search(said) is None:
        return None
    return press.act(Verb.CODE_OTHER, "", conversation, turn, how="typed")


def _by_content(conversation: Conversation, turn: Turn) -> Decision | None:
    read, draft = turn.understanding, conversation.draft
    match conversation.question.asked:
        case Asked.CUSTOMER_NUMBER if read.customer_number is not None:
            return linking.on_number(conversation, turn)
        case Asked.WHICH_FIELD if read.chosen:
            items = tuple(reading.filled(Item(field, Operation.WANTS_CHANGE), turn) for field in read.chosen)
            return change.begin(conversation, items, turn)
        case Asked.WHAT_TO_CORRECT if draft is not None and read.chosen:
            field = next((item.field for item in draft.items if item.field in read.chosen), None)
            return change.correct(conversation, draft, field) if field else None
        case Asked.CODE if not read.candidates and asks_where_sent(turn.inbound.text or ""):
            return road.again(conversation, turn)
        case Asked.CHANGED | Asked.NEXT_CUE if draft is None and _gives(conversation.question.about, turn):
            return press.act(_YES[conversation.question.asked], conversation.question.about or "", conversation, turn,
                             how="typed")  # fmt: skip
        case Asked.WITHDRAW:
            return withdrawal.answered(conversation, turn)
        case Asked.RECEIPT | Asked.NOTHING if draft is None and receipts.disowns(turn.inbound.text or ""):
            return receipts.disowned(conversation, turn)
        case Asked.RETURNED:
            return returned.answer(conversation, turn)
        case Asked.CHECK_IN:
            return _to_check_in(conversation, turn)
        case _:
            return None


def _gives(field: str | None, turn: Turn) -> bool:
    """Whether a sound new value of this field was given, and nothing taken back: a yes that goes without saying."""
    read = turn.understanding
    given = any(c.field == field and c.role == "new" and c.problem is None for c in read.candidates)
    return given and Act.DENY not in read.acts


def _to_check_in(conversation: Conversation, turn: Turn) -> Decision | None:
    check_in = turn.facts.check_in
    subject = conversation.question.about or ""
    if _SAYS_CHANGED.search(turn.inbound.text or ""):  # "oh, that one changed long ago" begins like a yes
        return press.act(Verb.CHECKIN_CHANGED, subject, conversation, turn, how="typed")
    for act, verb in _CHECK_IN_ACTS.items():
        if act in turn.understanding.acts:
            return press.act(verb, subject, conversation, turn, how="typed")
    if check_in is not None and check_in.field in (*turn.understanding.starts, *turn.understanding.asks):
        return press.act(Verb.CHECKIN_CHANGED, subject, conversation, turn, how="typed")
    return None


def _by_yes_or_no(conversation: Conversation, turn: Turn) -> Decision | None:
    acts, asked, draft = turn.understanding.acts, conversation.question.asked, conversation.draft
    yes, no = Act.AFFIRM in acts, Act.DENY in acts
    if (no or Act.CORRECT in acts) and asked is Asked.NOTHING and draft is None:
        return receipts.disputed_in_passing(conversation, turn)
    if Act.CORRECT in acts and asked is Asked.RECEIPT and draft is None and not yes:
        return press.act(Verb.RECEIPT_WRONG, conversation.question.about or "", conversation, turn, how="typed")
    if Act.CORRECT in acts and draft is not None and draft.digest is not None:
        return press.what_to_correct(conversation, draft)
    if yes == no:
        return None
    verb = (_YES if yes else _NO).get(asked)
    if verb is not None:
        return press.act(verb, press.subject_of(verb, conversation), conversation, turn, how="typed")
    return _go_on(conversation, turn) if yes else _refused(conversation, turn)


def _go_on(conversation: Conversation, turn: Turn) -> Decision | None:
    """ "Yes" to a question that wants something else: a new code if its time is up, else the question once more."""
    pending = conversation.pending
    match conversation.question.asked:
        case Asked.CODE if pending is not None and pending.expires_at <= turn.now:
            return press.act(Verb.CODE_RESEND, "", conversation, turn, how="typed")
        case Asked.CODE | Asked.SLOT | Asked.CUSTOMER_NUMBER:
            return road.again(conversation, turn)
        case Asked.WHAT_TO_CORRECT if conversation.draft is not None:
            return close(conversation)
        case _:
            return None


def _refused(conversation: Conversation, turn: Turn) -> Decision | None:
    """ "No" to a question that wants a value."""
    draft, pending = conversation.draft, conversation.pending
    match conversation.question.asked:
        case Asked.CUSTOMER_NUMBER:
            return linking.help_with_number(conversation)
        case Asked.SLOT if draft is not None and (smaller := change.without_refused(conversation, draft)) is not None:
            return smaller
        case Asked.SLOT if draft is not None and any(item.missing for item in draft.items):
            return change.slot_needed(conversation, draft, turn)
        case Asked.WHAT_TO_CORRECT | Asked.WHICH_FIELD:
            return close(conversation)
        case Asked.CODE if pending is not None and pending.need is not None:
            return proof.trouble(conversation, pending)
        case _:
            return None
