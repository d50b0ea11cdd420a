"""What a button does, tapped or said in words. A button that outlived its question is answered kindly."""

from __future__ import annotations

from dialogs import change, check_in_answers, consent, disclosure, linking, proof, receipts, repair, road, withdrawal
from dialogs.buttons import Verb, pressed
from dialogs.consent import is_current
from dialogs.effects import Decision
from dialogs.replies import ReplyId
from dialogs.step import Turn, close, joined, reply, say
from dialogs.types import Asked, Conversation, Draft, Stage
from nlu.replaced import replaced

_OF_CARDS = frozenset({"consent", "code", "old", "receipt", "withdraw"})


def on_button(conversation: Conversation, id: str, turn: Turn) -> Decision:
    """A button was tapped."""
    known = pressed(id)
    if known is None:
        return over(conversation, turn)
    return act(*known, conversation, turn, how="button")


def belongs_to_card(id: str) -> bool:
    """Whether the button stands under a summary, a code or a receipt: it works while a person speaks too."""
    return id.partition(".")[0] in _OF_CARDS


def over(conversation: Conversation, turn: Turn) -> Decision:
    """The button's question is settled: say so, and put the open one again."""
    return joined(say(conversation, reply(ReplyId.BUTTON_OVER)), road.again(conversation, turn))


def act(verb: Verb, subject: str, conversation: Conversation, turn: Turn, *, how: str) -> Decision:
    """Do what the button means, if it still applies."""
    draft = conversation.draft
    match verb:
        case Verb.PERSON_YES:
            return repair.accept_person(conversation, turn)
        case Verb.PERSON_NO:
            return repair.decline_person(conversation)
        case Verb.RECEIPT_RIGHT | Verb.RECEIPT_WRONG:
            return receipts.answer(conversation, subject, verb is Verb.RECEIPT_RIGHT, turn)
        case Verb.CHECKIN_STILL | Verb.CHECKIN_CHANGED | Verb.CHECKIN_LATER | Verb.CHECKIN_STOP:
            return check_in_answers.answer(conversation, subject, verb, turn)
        case Verb.FIELD_PICK | Verb.CHANGED_YES | Verb.CHANGED_NO | Verb.NEXT_YES | Verb.NEXT_NO:
            return _on_field(verb, subject, conversation, turn)
        case Verb.CONTACT_SHARE:
            return over(conversation, turn)  # the messenger shares the number by itself: nothing is tapped here
        case Verb.WITHDRAW:
            return withdrawal.on_button(conversation, subject, turn)
        case Verb.WITHDRAW_NO:
            return (
                withdrawal.kept(conversation)
                if conversation.question.asked is Asked.WITHDRAW
                else over(conversation, turn)
            )
        case Verb.SWITCH_YES | Verb.SWITCH_NO:
            return _on_switch(verb, conversation, turn)
        case Verb.CODE_RESEND if conversation.pending is not None and conversation.pending.discloses:
            return disclosure.resend(conversation, turn)
        case Verb.CODE_RESEND | Verb.CODE_OTHER if conversation.stage is Stage.LINKING:
            return _on_link_code(verb, conversation, turn)
        case _ if draft is None:
            return _without_draft(verb, conversation, turn)
        case Verb.CANCEL | Verb.RESUME_NO:
            return repair.drop(conversation, draft, turn)
        case Verb.RESUME_YES:
            return close(conversation)
        case Verb.CHOICE_PICK:
            return change.pick(conversation, draft, subject, turn) or over(conversation, turn)
        case Verb.CONSENT_YES | Verb.CONSENT_CHANGE | Verb.CONSENT_CANCEL:
            return _on_summary(verb, subject, conversation, draft, turn, how)
        case Verb.REPLACE_YES | Verb.REPLACE_NO:
            return _on_open_request(verb, subject, conversation, draft, turn)
        case Verb.CODE_RESEND | Verb.CODE_OTHER | Verb.OLD_WORKS | Verb.OLD_GONE:
            return _on_proof(verb, conversation, draft, turn)


def _without_draft(verb: Verb, conversation: Conversation, turn: Turn) -> Decision:
    """ "Cancel" long after: what was filed may be meant, which a person who has taken over asks about themselves."""
    if verb in (Verb.CANCEL, Verb.CONSENT_CANCEL, Verb.RESUME_NO) and conversation.owner is None:
        return repair.cancel(conversation, turn)
    return over(conversation, turn)


def _on_field(verb: Verb, field: str, conversation: Conversation, turn: Turn) -> Decision:
    """A field was picked, or the question about one answered."""
    draft = conversation.draft
    if draft is not None:
        if verb is Verb.FIELD_PICK and any(item.field == field for item in draft.items):
            return change.correct(conversation, draft, field)
        return over(conversation, turn)
    match verb:
        case Verb.CHANGED_NO | Verb.NEXT_NO:
            dropped = change.drop_waiting(conversation, field)
            return joined(dropped, change.ask_next(dropped.conversation or conversation, turn))
        case _:
            return change.begin_waiting(conversation, field, turn)


def _on_link_code(verb: Verb, conversation: Conversation, turn: Turn) -> Decision:
    if conversation.pending is None or verb is Verb.CODE_OTHER:
        return linking.other_number(conversation, turn)
    return linking.resend(conversation, conversation.pending, turn)


def _on_switch(verb: Verb, conversation: Conversation, turn: Turn) -> Decision:
    """Whether the chat becomes another customer's, whose link was opened in it."""
    if conversation.question.asked is not Asked.SWITCH or conversation.question.about is None:
        return over(conversation, turn)
    if verb is Verb.SWITCH_NO:
        return close(conversation, reply(ReplyId.NOT_SWITCHED))
    return linking.switched(conversation, conversation.question.about, turn)


def _on_summary(verb: Verb, shown: str, conversation: Conversation, draft: Draft, turn: Turn, how: str) -> Decision:
    """A button under a summary. Consent counts only for what is proposed now."""
    if verb is Verb.CONSENT_CANCEL:
        return repair.drop(conversation, draft, turn)
    if not is_current(draft, shown) or (verb is Verb.CONSENT_YES and draft.consent is not None):
        return consent.on_stale_button(conversation, turn)
    if verb is Verb.CONSENT_YES:
        return consent.give(conversation, draft, how, turn)
    return what_to_correct(conversation, draft)


def what_to_correct(conversation: Conversation, draft: Draft) -> Decision:
    """Something is wrong with what was proposed: whatever was agreed to no longer counts."""
    conversation, effects = consent.void(conversation, "corrected")
    return replaced(consent.ask_what_to_correct(conversation, draft), effects=effects)


def _on_open_request(verb: Verb, number: str, conversation: Conversation, draft: Draft, turn: Turn) -> Decision:
    if conversation.question.asked is not Asked.REPLACE_OPEN or number not in turn.facts.open_requests.values():
        return over(conversation, turn)
    if verb is Verb.REPLACE_YES:
        return change.replace_open(conversation, draft, number)
    return change.keep_open(conversation, draft, number, turn)


def _on_proof(verb: Verb, conversation: Conversation, draft: Draft, turn: Turn) -> Decision:
    """Buttons of the proof: only for a change that was agreed to."""
    if draft.consent is None:
        return over(conversation, turn)
    about, pending = conversation.question.about, conversation.pending
    match verb:
        case Verb.OLD_WORKS | Verb.OLD_GONE:
            if conversation.question.asked is not Asked.OLD_CONTACT_WORKS or about is None:
                return over(conversation, turn)
            settle = proof.on_old_works if verb is Verb.OLD_WORKS else proof.on_old_gone
            return settle(conversation, draft, about)
        case Verb.CODE_OTHER if pending is not None and pending.contact == "new":
            return change.correct(conversation, draft, pending.field)
        case Verb.CODE_OTHER if pending is not None:
            return proof.on_old_gone(conversation, draft, pending.contact)
        case _ if pending is not None:
            return proof.resend(conversation, draft, turn)
        case _:
            return close(conversation)


# --- said instead of tapped ----------------------------------------------------------------------------------------


def fits(verb: Verb, conversation: Conversation) -> bool:
    """Whether words with this meaning answer what is open now."""
    match verb:
        case Verb.CODE_RESEND | Verb.CODE_OTHER:
            return conversation.pending is not None
        case Verb.REPLACE_YES | Verb.REPLACE_NO:
            return conversation.question.asked is Asked.REPLACE_OPEN
        case Verb.OLD_WORKS | Verb.OLD_GONE:
            return conversation.question.asked is Asked.OLD_CONTACT_WORKS
        case Verb.CHECKIN_STILL | Verb.CHECKIN_CHANGED | Verb.CHECKIN_LATER | Verb.CHECKIN_STOP:
            return conversation.question.asked is Asked.CHECK_IN
        case _:
            return False


def subject_of(verb: Verb, conversation: Conversation) -> str:
    """The subject a tapped button would have carried."""
    draft = conversation.draft
    if verb.value.startswith("consent.") and draft is not None and draft.digest is not None:
        return draft.digest[: consent.SHOWN]
    return conversation.question.about or ""
