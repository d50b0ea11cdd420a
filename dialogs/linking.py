"""Linking: which customer this chat belongs to. Right and wrong customer numbers get the same answer."""

from __future__ import annotations

from dialogs import silence
from dialogs.buttons import Verb, button
from dialogs.consent import void
from dialogs.effects import (
    Decision,
    Effect,
    Link,
    NotifyContacts,
    Nowhere,
    OnFile,
    Purpose,
    SendCode,
    SpendChallenge,
    SpendToken,
)
from dialogs.facts import CodeOutcome, TokenOutcome
from dialogs.flags import FlagReason
from dialogs.policy import Policy
from dialogs.proof import minutes
from dialogs.replies import ReplyId
from dialogs.step import OPEN, Turn, ask, card, close, flagged, joined, reply
from dialogs.types import Asked, Button, Conversation, Pending, Question, Reply, Stage
from nlu.replaced import replaced

VOUCHING = frozenset({"telegram"})
"""Channels whose messenger says which phone number is the sender's own."""

NOWHERE = "nowhere"
"""The contact of a code that was made and never sent."""


def ask_number(conversation: Conversation, turn: Turn) -> Decision:
    """Ask for the customer number, or for the code that is on its way."""
    conversation = replaced(conversation, stage=Stage.LINKING)
    if conversation.pending is not None:
        return ask(conversation, Asked.CODE, _waiting(conversation.pending, turn))
    first = conversation.draft is not None and conversation.draft.id == turn.draft_id
    asked = reply(ReplyId.ASK_CUSTOMER_NUMBER, *_share(turn), first="yes" if first else "no")
    return ask(conversation, Asked.CUSTOMER_NUMBER, asked)


def _share(turn: Turn) -> tuple[Button, ...]:
    """Where the messenger vouches for its people's numbers, sharing one's own is offered too."""
    return (button(Verb.CONTACT_SHARE),) if turn.inbound.channel in VOUCHING else ()


def help_with_number(conversation: Conversation) -> Decision:
    """The customer does not know the number: what else is possible."""
    hint = reply(ReplyId.CUSTOMER_NUMBER_HELP, button(Verb.PERSON_YES), button(Verb.CANCEL))
    return ask(conversation, Asked.CUSTOMER_NUMBER, hint)


def on_number(conversation: Conversation, turn: Turn) -> Decision:
    """A customer number was typed. A code goes to a contact on file, or nowhere; nobody can tell which from here."""
    contact = next((c for c in turn.facts.named_contacts if not c.to_verify), None)
    reachable = turn.facts.named_customer is not None and contact is not None and turn.facts.sends_left > 0
    pending = Pending(
        challenge=turn.challenge_id,
        need=None,
        contact=contact.version if reachable and contact else NOWHERE,
        masked="",
        sent_at=turn.now,
        expires_at=turn.now + turn.policy.codes.lifetime,
        customer=turn.facts.named_customer if reachable else None,
    )
    return _send(conversation, pending, turn)


def resend(conversation: Conversation, pending: Pending, turn: Turn) -> Decision:
    """Another code to the same place, or again nowhere."""
    again = replaced(
        pending,
        challenge=turn.challenge_id,
        sent_at=turn.now,
        expires_at=turn.now + turn.policy.codes.lifetime,
    )
    if turn.facts.sends_left <= 0:
        again = replaced(again, contact=NOWHERE, customer=None)
    return _send(conversation, again, turn)


def _send(conversation: Conversation, pending: Pending, turn: Turn) -> Decision:
    lifetime = minutes(turn.policy.codes.lifetime)
    message = Reply(ReplyId.LINK_CODE_MESSAGE, {"code": turn.code, "minutes": lifetime, "company": turn.policy.company})
    send = SendCode(
        challenge=pending.challenge,
        purpose=Purpose.LINK,
        need=None,
        digest=conversation.id,
        destination=Nowhere() if pending.contact == NOWHERE else OnFile(pending.contact),
        code=turn.code,
        message=message,
        expires_at=pending.expires_at,
    )
    said = card(
        ReplyId.LINK_CODE_SENT,
        button(Verb.CODE_RESEND),
        button(Verb.CODE_OTHER),
        digits=turn.policy.codes.digits,
        minutes=lifetime,
    )
    waiting = replaced(conversation, stage=Stage.LINKING, pending=pending)
    return ask(waiting, Asked.CODE, said, effects=(send,))


def _waiting(pending: Pending, turn: Turn) -> Reply:
    if pending.expires_at <= turn.now:
        return card(ReplyId.CODE_EXPIRED, button(Verb.CODE_RESEND), button(Verb.CANCEL))
    return card(ReplyId.LINK_CODE_WAITING, button(Verb.CODE_RESEND), button(Verb.CODE_OTHER))


def other_number(conversation: Conversation, turn: Turn) -> Decision:
    """Start again with another customer number."""
    return ask_number(replaced(conversation, pending=None), turn)


def on_code(conversation: Conversation, pending: Pending, turn: Turn) -> Decision:
    """A linking code was typed. A code that was never sent matches nothing, not even by luck."""
    outcome = turn.facts.code
    if outcome is CodeOutcome.MATCH and (pending.contact == NOWHERE or pending.customer is None):
        outcome = CodeOutcome.MISMATCH
    match outcome:
        case CodeOutcome.MATCH:
            spent = SpendChallenge(pending.challenge)
            return linked(conversation, pending.customer or "", "code", pending.contact, turn, spent)
        case CodeOutcome.MISMATCH:
            wrong = card(
                ReplyId.CODE_WRONG, button(Verb.CODE_RESEND), button(Verb.CODE_OTHER), left=turn.facts.attempts_left
            )
            return ask(conversation, Asked.CODE, wrong)
        case CodeOutcome.EXPIRED:
            return ask(
                conversation,
                Asked.CODE,
                card(ReplyId.CODE_EXPIRED, button(Verb.CODE_RESEND), button(Verb.CANCEL)),
            )
        case CodeOutcome.EXHAUSTED:
            again = replaced(conversation, pending=None)
            failed = ask(again, Asked.CUSTOMER_NUMBER, card(ReplyId.LINK_FAILED, button(Verb.PERSON_YES)))
            return flagged(failed, FlagReason.CODE_FAILED, turn)
        case CodeOutcome.NONE_LIVE | None:
            return ask(conversation, Asked.CODE, card(ReplyId.CODE_NONE_LIVE, button(Verb.CODE_RESEND)))


def on_vouched(conversation: Conversation, turn: Turn) -> Decision:
    """The sender's own number, which the messenger vouches for. It links when exactly one customer has it on file; that
    nobody has it and that two have it are answered alike."""
    customer = turn.facts.vouched_customer
    if customer is None:
        unknown = reply(ReplyId.LINK_NUMBER_UNKNOWN)
        return joined(Decision(conversation, (unknown,)), ask_number(conversation, turn))
    return linked(conversation, customer, "vouched", turn.facts.vouched_version, turn)


def on_token(conversation: Conversation, turn: Turn) -> Decision:
    """A signed deep link was opened in this chat."""
    customer = turn.facts.token_customer
    if turn.facts.token is not TokenOutcome.VALID or customer is None:
        return _token_over(conversation, turn)
    if customer == conversation.customer:
        return joined(close(conversation, reply(ReplyId.LINKED_ALREADY)), _what_next(conversation))
    if conversation.customer is not None:
        return ask(conversation, Asked.SWITCH, switch_question(), about=customer, effects=(SpendToken(),))
    return linked(conversation, customer, "token", None, turn)


def switch_question() -> Reply:
    """ "This chat belongs to another account. Switch?" Nobody's chat changes hands because a link was opened in it."""
    return reply(ReplyId.ASK_SWITCH, button(Verb.SWITCH_YES), button(Verb.SWITCH_NO))


def _token_over(conversation: Conversation, turn: Turn) -> Decision:
    """An expired, used or forged link: it links nothing, and the answer does not say which it was."""
    if conversation.customer is not None:
        return close(conversation, reply(ReplyId.LINK_TOKEN_OVER))
    over = reply(ReplyId.LINK_TOKEN_OVER)
    return joined(Decision(conversation, (over,)), ask_number(conversation, turn))


def switched(conversation: Conversation, customer: str, turn: Turn) -> Decision:
    """Another customer uses this chat now: nothing of the earlier one stays in it."""
    conversation, effects = void(conversation, "relinked")
    clean = replaced(
        conversation, draft=None, pending=None, queue=(), last=(), helpers=(), stage=Stage.IDLE, question=OPEN
    )
    effects = (*effects, *silence.no_timers(clean))
    return joined(Decision(clean, effects=effects), linked(clean, customer, "token", None, turn))


def linked(
    conversation: Conversation, customer: str, how: str, via: str | None, turn: Turn, *before: Effect
) -> Decision:
    """The chat is this customer's from now on; a draft that waited goes on."""
    waiting = conversation.draft is not None
    conversation = replaced(
        conversation,
        customer=customer,
        pending=None,
        question=OPEN,
        stage=Stage.COLLECTING if waiting else Stage.IDLE,
        misunderstood=0,
    )
    effects = (*before, *made(customer, how, via, turn.policy))
    return joined(Decision(conversation, (reply(ReplyId.LINKED),), effects), _what_next(conversation))


def made(customer: str, how: str, via: str | None, policy: Policy) -> tuple[Effect, ...]:
    """A link, and word of it to the customer's contacts on file: a stranger's link does not go unnoticed. The contact
    whose code was just typed knows."""
    notice = Reply(ReplyId.NOTICE_LINKED, {"company": policy.company})
    return Link(customer, how, via), NotifyContacts(customer, notice, but=via if how == "code" else None)


def asserted(conversation: Conversation, customer: str) -> Conversation:
    """The chat linked by somebody who may say so. A linking code on its way no longer counts: it would link the chat
    to whomever was named before. A draft that waited is gone on with when the customer says so."""
    waiting = conversation.draft is not None
    return replaced(
        conversation,
        customer=customer,
        pending=None,
        stage=Stage.COLLECTING if waiting else Stage.IDLE,
        question=Question(Asked.RESUME) if waiting else OPEN,
    )


def _what_next(conversation: Conversation) -> Decision:
    return Decision(conversation, () if conversation.draft is not None else (reply(ReplyId.WHAT_CHANGED),))
