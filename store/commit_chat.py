"""Effects about chats: linking, flags, timers, check-ins, notes."""

from __future__ import annotations

from typing import Final

from dialogs.effects import Allow, AnswerCheckIn, Flag, Link, Note, Reactivate, Suppress, Tell, Timer
from dialogs.offline import CHANNEL as OFFLINE
from dialogs.replies import ReplyId
from dialogs.types import Asked, Conversation
from nlu.replaced import replaced
from store.crypto import new_id
from store.instant import to_micros
from store.jobs import timer_name
from store.step import Step

PERSON_SAYS: Final = ReplyId.PERSON_SAYS

WHOSE = "SELECT customer FROM conversation WHERE id = ?"
UNLINK = "UPDATE link SET ended_at = ? WHERE conversation = ? AND ended_at IS NULL"
LINK = "INSERT INTO link (id, conversation, customer, at, how, via, audit) VALUES (?, ?, ?, ?, ?, ?, ?)"


class LinkTokenUsedError(Exception):
    """The deep link was used by another chat in the meantime."""


def link(step: Step, linked: Link) -> None:
    """The chat is this customer's. What was said while it was nobody's moves under their key, and its own key is
    destroyed; what was said while it was another customer's stays under that one's, and is not shown here any more."""
    conversation = step.here
    (before,) = step.uow.run(WHOSE, (conversation.id,)).fetchone()
    if before != linked.customer:
        step.uow.conversations.reseal(conversation.id, before, linked.customer)
    if linked.how == "token" and step.inbound is not None and step.inbound.link_token is not None:
        spend_token(step)
    audit = step.trace(f"chat.linked.{linked.how}", f"conversation:{conversation.id}", linked.customer)
    at = to_micros(step.now)
    step.uow.run(UNLINK, (at, conversation.id))
    step.uow.run(LINK, (new_id(), conversation.id, linked.customer, at, linked.how, linked.via, audit))
    if conversation.channel != OFFLINE:
        step.uow.archiving.alive(linked.customer, step.actor, step.now)
    step.conversation = replaced(conversation, customer=linked.customer)


def spend_token(step: Step) -> None:
    """The deep link of this turn links no other chat. Raises LinkTokenUsedError when one was faster."""
    token = None if step.inbound is None else step.inbound.link_token
    if token is None or not step.uow.customers.use_token(token, step.here.id, step.now):
        raise LinkTokenUsedError(step.here.id)


def tell(step: Step, told: Tell) -> None:
    """Something is to be said in another conversation, but never to another customer. What belongs to a request from
    outside the chat is said in the customer's latest chat, and only kept when there is none."""
    mine = told.customer is None or _whose(step, told.conversation) == told.customer
    if mine and _channel(step, told.conversation) != OFFLINE:
        step.others.append(told)
        return
    chats = [] if told.customer is None else step.uow.conversations.of_customer(told.customer)
    heard = [chat for chat in chats if chat.last_inbound_at is not None]
    latest = max(heard, key=lambda chat: chat.last_inbound_at or step.now, default=None)
    if latest is not None:
        step.others.append(replaced(told, conversation=latest.id))
    elif mine:
        step.others.append(told)


def _channel(step: Step, conversation: str) -> str:
    (channel,) = step.uow.run("SELECT channel FROM conversation WHERE id = ?", (conversation,)).fetchone()
    return str(channel)


def _whose(step: Step, conversation: str) -> str | None:
    """The customer of a conversation as this commit leaves it."""
    if step.conversation is not None and step.conversation.id == conversation:
        return step.conversation.customer
    return step.uow.conversations.by_id(conversation).customer


def flag(step: Step, flagged: Flag) -> None:
    """A person should look at this conversation or, outside a turn, at another one."""
    if flagged.conversation is None:
        step.conversation = changed(step.here, flagged, step)
        flagged = replaced(flagged, conversation=step.here.id)
    else:
        step.others.append(flagged)
    step.mark(f"flagged.{flagged.reason}", f"conversation:{flagged.conversation}")


def changed(conversation: Conversation, effect: Tell | Flag, step: Step) -> Conversation:
    """What a sentence or a flag from elsewhere changes in a conversation."""
    match effect:
        case Flag(reason):
            if conversation.flagged == reason:
                return conversation
            return replaced(conversation, flagged=reason, flagged_at=step.now)
        case Tell(reply=reply, question=question):
            if question is None or conversation.question.asked is not Asked.NOTHING:
                return conversation
            return replaced(conversation, question=question, last=(reply,))


def timer(step: Step, set_to: Timer) -> None:
    """Set, move or cancel a timer."""
    name = timer_name(set_to.kind, set_to.subject)
    if set_to.due is None:
        step.ended[name] = None
    else:
        step.ended.pop(name, None)
        step.uow.jobs.set_timer(set_to.kind, set_to.subject, set_to.due)


def answer_check_in(step: Step, answered: AnswerCheckIn) -> None:
    """Keep the answer to a check-in."""
    step.uow.check_ins.answer(answered.check_in, answered.answer, step.now)
    step.mark(f"check_in.{answered.answer}", f"check_in:{answered.check_in}", step.here.customer)


def suppress(step: Step, suppressed: Suppress) -> None:
    """No more check-ins to this customer."""
    subject = f"customer:{suppressed.customer}/{suppressed.channel}"
    audit = step.trace("check_in.suppressed", subject, suppressed.customer)
    step.uow.check_ins.suppress(suppressed.customer, step.now, audit, suppressed.channel)


def reactivate(step: Step, written: Reactivate) -> None:
    """An archived customer wrote."""
    step.uow.archiving.alive(written.customer, step.actor, step.now)


def allow(step: Step, allowed: Allow) -> None:
    """Check-ins may go by this channel again."""
    step.mark("check_in.allowed", f"customer:{allowed.customer}/{allowed.channel}", allowed.customer)
    step.uow.check_ins.allow(allowed.customer, allowed.channel)


def note(step: Step, noted: Note) -> None:
    """Keep a remark of staff."""
    conversation = step.uow.conversations.by_id(noted.conversation)
    audit = step.trace("note.added", f"conversation:{conversation.id}", conversation.customer)
    step.uow.conversations.add_note(conversation, step.actor.name, noted.text, step.now, audit)
