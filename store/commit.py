"""Commit: a decision becomes rows, all in one transaction. One function per effect."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, assert_never

from dialogs.effects import (
    Allow,
    AnswerCheckIn,
    AnswerReceipt,
    AnswerReturned,
    Apply,
    Decision,
    Disclose,
    Effect,
    File,
    Flag,
    Freeze,
    KeepReceipt,
    Link,
    Move,
    Note,
    Notify,
    NotifyContacts,
    Reactivate,
    RecordConsent,
    RecordProof,
    RecordStaffProof,
    Release,
    Reverted,
    SendCode,
    SpendChallenge,
    SpendToken,
    Suppress,
    Tell,
    TellStaff,
    Timer,
    VoidDraft,
    Warn,
    Withdraw,
)
from dialogs.types import Actor, ActorKind, Conversation, Inbound, Message, Reply
from store import commit_chat, commit_proof, commit_protection, commit_request
from store.challenges import DIGITS, ChallengeStore, like_code, only_digits
from store.crypto import digest
from store.said import HIDDEN, Line, Said
from store.step import Step

if TYPE_CHECKING:
    from store.uow import UnitOfWork

BOT = "bot"


def commit(
    uow: UnitOfWork, decision: Decision, actor: Actor, now: dt.datetime, inbound: Inbound | None = None
) -> tuple[Said, ...]:
    """Apply every effect, save the conversation, keep what was said, answer the claim. Returns what the bot said.

    Raises StaleConversation or StaleRequest when somebody else was faster; then nothing of it stands.
    """
    step = Step(uow, actor, now, decision.conversation, inbound)
    if inbound is not None and inbound.channel in uow.push and decision.conversation is not None:
        uow.jobs.wake(decision.conversation.id)  # what waited for the customer goes out before the answer
    for effect in decision.effects:
        apply(step, effect)
    said: tuple[Said, ...] = ()
    if step.conversation is not None:
        said = _save(step, step.conversation, decision.replies)
        if inbound is not None:
            uow.conversations.answered(inbound, step.conversation.id, said, now)
    for id in dict.fromkeys(other.conversation for other in step.others if other.conversation is not None):
        _save(step, uow.conversations.by_id(id), ())
    if step.ended:
        uow.jobs.cancel_timers(tuple(step.ended))
    uow.audit.write_marks()
    return said


def apply(step: Step, effect: Effect) -> None:
    """Turn one effect into rows."""
    match effect:
        case RecordConsent():
            commit_proof.record_consent(step, effect)
        case SendCode():
            commit_proof.send_code(step, effect)
        case RecordProof():
            commit_proof.record_proof(step, effect)
        case RecordStaffProof():
            commit_proof.record_staff_proof(step, effect)
        case SpendChallenge():
            commit_proof.spend_challenge(step, effect)
        case Disclose():
            commit_proof.disclose(step, effect)
        case VoidDraft():
            commit_proof.void_draft(step, effect)
        case Link():
            commit_chat.link(step, effect)
        case SpendToken():
            commit_chat.spend_token(step)
        case File():
            commit_request.file(step, effect)
        case Move():
            commit_request.move(step, effect)
        case Withdraw() | AnswerReceipt() | AnswerReturned() | Reverted():
            for following in commit_request.follow(step, effect):
                apply(step, following)
        case Apply():
            commit_request.apply(step, effect)
        case Notify():
            commit_proof.notify(step, effect)
        case NotifyContacts():
            commit_proof.notify_contacts(step, effect)
        case Warn():
            commit_protection.warn(step, effect)
        case KeepReceipt():
            commit_protection.keep_receipt(step, effect)
        case Freeze():
            commit_protection.freeze(step, effect)
        case Release():
            commit_protection.release(step, effect)
        case TellStaff():
            commit_request.tell_staff(step, effect)
        case Tell():
            commit_chat.tell(step, effect)
        case Flag():
            commit_chat.flag(step, effect)
        case Timer():
            commit_chat.timer(step, effect)
        case AnswerCheckIn():
            commit_chat.answer_check_in(step, effect)
        case Suppress():
            commit_chat.suppress(step, effect)
        case Allow():
            commit_chat.allow(step, effect)
        case Reactivate():
            commit_chat.reactivate(step, effect)
        case Note():
            commit_chat.note(step, effect)
        case _:
            assert_never(effect)


def _save(step: Step, conversation: Conversation, replies: tuple[Reply, ...]) -> tuple[Said, ...]:
    """Save a conversation with what was said in it: the customer's message, if this is its turn, the replies, and
    what other effects had to say there."""
    here = [other for other in step.others if other.conversation == conversation.id]
    step.others = [other for other in step.others if other.conversation != conversation.id]
    for other in here:
        conversation = commit_chat.changed(conversation, other, step)
    told = (*replies, *(other.reply for other in here if isinstance(other, Tell)))
    mine = step.conversation is not None and step.conversation.id == conversation.id
    heard = [_heard(step, conversation, step.inbound)] if mine and step.inbound is not None else []
    lines = heard + [_line(step, conversation, reply) for reply in told]
    state, said = step.uow.conversations.save(conversation, lines, step.now)
    if not heard:
        step.uow.conversations.said.announce(conversation, said, step.now)
    step.mark("conversation.saved", f"conversation:{conversation.id}", conversation.customer, digest(state))
    return tuple(said[len(heard) :])


def _line(step: Step, conversation: Conversation, reply: Reply) -> Line:
    message = step.uow.render(reply, conversation.language)
    if step.actor.kind is ActorKind.STAFF and reply.id == commit_chat.PERSON_SAYS:
        return Line(ActorKind.STAFF, step.actor.name, message)
    return Line(ActorKind.BOT, BOT, message)


def _heard(step: Step, conversation: Conversation, inbound: Inbound) -> Line:
    """The customer's message as it is kept: of an attachment or a link only the kind, of a code nothing."""
    if inbound.text is not None:
        text = HIDDEN if step.uow.code_typed else _without_codes(step, conversation, inbound.text)
    elif inbound.button is not None:
        text = f"[{inbound.button}]"
    else:
        text = f"[{inbound.attachment or ('contact' if inbound.vouched else 'link')}]"
    return Line(ActorKind.CUSTOMER, conversation.id, Message("", text))


def _without_codes(step: Step, conversation: Conversation, text: str) -> str:
    """The text without what may be a code: one typed out of turn is not shown to staff either.

    While a code is valid, everything that looks like one is hidden, also in the customer's other chats: a colleague
    who speaks there must not be able to ask for it, and what is hidden must not tell which digits are right.
    """
    if not DIGITS.search(text):
        return text
    store = ChallengeStore(step.uow)
    unknown = conversation.owner is not None and conversation.customer is None
    if unknown or store.awaited(conversation, step.now):
        digits = step.uow.policy.codes.digits
        return DIGITS.sub(lambda found: HIDDEN if like_code(found[0], digits) else found[0], text)
    over = store.over(conversation.id, text, step.now)
    return DIGITS.sub(lambda found: HIDDEN if only_digits(found[0]) == over else found[0], text)
