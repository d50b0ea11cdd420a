"""The road of a draft: whose it is, what is missing, consent, proofs, filed. One question at a time."""

from __future__ import annotations

from dialogs import change, consent, filing, linking, proof
from dialogs.buttons import Verb, button
from dialogs.effects import Decision
from dialogs.flags import FlagReason
from dialogs.replies import ReplyId
from dialogs.step import OPEN, Turn, ask, card, field_terms, flagged, joined, reply
from dialogs.types import Asked, Conversation, Draft, Item, Question, Stage
from nlu.replaced import replaced
from nlu.types import Operation


def go_on(conversation: Conversation, draft: Draft, turn: Turn) -> Decision:
    """Ask the next question of a draft, or file it."""
    if conversation.customer is None:
        return linking.ask_number(conversation, turn)
    asked_for = draft.digest is None or not proof.still_wanted(draft, turn)  # filed elsewhere since it was agreed to
    if asked_for and (number := _open_request(draft, turn)) is not None:
        if number[1] in turn.facts.vouched_requests:
            return _left_to_a_person(conversation, draft, number[1], turn)
        return change.ask_replace(conversation, *number)
    if any(item.missing for item in draft.items):
        return change.ask_slot(conversation, draft, turn)
    if turn.facts.customer != conversation.customer:
        return _shall_we_go_on(conversation, draft)
    if draft.digest is None:
        return consent.propose(conversation, draft, turn)
    if draft.consent is None:
        return consent.ask_consent(conversation, draft, turn)
    if proof.still_wanted(draft, turn):
        return proof.next_step(conversation, draft, turn)
    filed = _file(conversation, draft, turn)
    return joined(filed, change.ask_next(filed.conversation or conversation, turn))


def _open_request(draft: Draft, turn: Turn) -> tuple[str, str] | None:
    for item in draft.items:
        number = turn.facts.open_requests.get(item.field)
        if number is not None and number not in draft.replaces:
            return item.field, number
    return None


def _left_to_a_person(conversation: Conversation, draft: Draft, number: str, turn: Turn) -> Decision:
    """A person made sure of the customer for the open request: whoever holds a chat does not replace it."""
    told = card(ReplyId.WITHDRAW_PERSON, numbers=(number,), count=1)
    kept = replaced(change.keep_open(conversation, draft, number, turn), replies=(told,))
    decision = flagged(kept, FlagReason.RISK, turn)
    after = decision.conversation
    if after is None or after.draft is None:
        return decision
    return joined(decision, go_on(after, after.draft, turn))


def _file(conversation: Conversation, draft: Draft, turn: Turn) -> Decision:
    """File what differs from the record. Said only now, after the proofs: earlier it would confirm a stranger's guess
    (rule 9)."""
    same = tuple(item for item in draft.items if _is_same(item, turn))
    if not same:
        return filing.file(conversation, draft, turn)
    rest = tuple(item for item in draft.items if item not in same)
    if not rest:
        return change.drop_same(conversation, draft, same)
    filed = filing.file(conversation, replaced(draft, items=rest), turn)
    return joined(change.same_told(conversation, same), filed)


def _is_same(item: Item, turn: Turn) -> bool:
    return item.field in turn.facts.same_as_record and item.operation is not Operation.REMOVE


def _shall_we_go_on(conversation: Conversation, draft: Draft) -> Decision:
    """Just linked: what is on record was not looked up for this turn, so the summary waits for the next."""
    asked = reply(
        ReplyId.SHALL_WE_GO_ON,
        button(Verb.RESUME_YES),
        button(Verb.RESUME_NO),
        fields=field_terms(tuple(item.field for item in draft.items)),
    )
    return ask(conversation, Asked.RESUME, asked)


def again(conversation: Conversation, turn: Turn) -> Decision:
    """Put the open question once more."""
    about = conversation.question.about or ""
    match conversation.question.asked:
        case Asked.CHANGED:
            return Decision(conversation, (change.changed_question(about),))
        case Asked.WHICH_FIELD:
            return Decision(conversation, (change.which_question(turn.policy),))
        case Asked.NEXT_CUE:
            return Decision(conversation, (change.next_question(about),))
        case Asked.CUSTOMER_NUMBER if conversation.draft is None:
            return linking.ask_number(conversation, turn)
        case Asked.CODE if conversation.pending is not None and conversation.pending.discloses:
            return Decision(conversation, conversation.last[-1:])
        case Asked.CODE if conversation.draft is None:
            return linking.ask_number(conversation, turn)
        case Asked.RETURNED:
            return Decision(conversation)
        case Asked.SWITCH:
            return Decision(conversation, (linking.switch_question(),))
        case Asked.RECEIPT | Asked.CHECK_IN:
            return Decision(conversation, conversation.last[-1:])
        case _:
            return Decision(replaced(conversation, question=OPEN))


def aside(conversation: Conversation) -> Conversation:
    """After words that are no question: a bare "ok" must not answer what was asked before them."""
    live = conversation.draft is not None
    if not live and conversation.stage is not Stage.LINKING:
        return conversation
    return replaced(conversation, question=Question(Asked.RESUME if live else Asked.CUSTOMER_NUMBER))
