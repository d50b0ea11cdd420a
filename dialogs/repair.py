"""Repairs: what people say besides answering. Each works at any stage and loses nothing."""

from __future__ import annotations

import re

from dialogs import consent, road, silence, withdrawal
from dialogs.buttons import Verb, button
from dialogs.change import ask_next
from dialogs.effects import Decision, Effect, Suppress
from dialogs.filing import days_of
from dialogs.flags import FlagReason
from dialogs.policy import Policy
from dialogs.questions import asked_language, asks_something
from dialogs.reading import emptied, somebody_elses, temporary
from dialogs.replies import ReplyId
from dialogs.step import OPEN, Turn, ask, close, field_term, field_terms, flagged, joined, purpose_term, reply, say
from dialogs.types import Asked, Attachment, Conversation, Draft, Reply, Stage
from nlu.normalise import normalise
from nlu.questions import asks_how_long
from nlu.replaced import replaced
from nlu.types import Act, Alarm, Operation


def cancel(conversation: Conversation, turn: Turn) -> Decision:
    """Stop what is going on: the named field of a draft, the draft, or linking. Nothing is changed by it."""
    draft = conversation.draft
    if draft is None:
        return _leave_waiting(conversation, turn) or _cancel_without_draft(conversation, turn)
    if (left := _leave_waiting(conversation, turn)) is not None:
        return left
    named = tuple(item.field for item in draft.items if item.field in _named(turn))
    rest = tuple(item for item in draft.items if item.field not in named)
    if named and rest:
        conversation, effects = consent.void(conversation, "cancelled")
        smaller = replaced(conversation.draft or draft, items=rest)
        kept = replaced(conversation, draft=smaller)
        return close(kept, reply(ReplyId.CANCELLED_FIELDS, fields=field_terms(named)), effects=effects)
    return drop(conversation, draft, turn)


def drop(conversation: Conversation, draft: Draft, turn: Turn) -> Decision:
    """Drop the whole draft, then offer what waits in the queue."""
    fields = field_terms(tuple(item.field for item in draft.items))
    conversation, effects = consent.void(conversation, "cancelled")
    idle = replaced(
        conversation, draft=None, pending=None, stage=Stage.IDLE, misunderstood=0, helpers=(), question=OPEN
    )
    said = Decision(idle, (reply(ReplyId.CANCELLED, fields=fields),), (*effects, *silence.no_timers(idle)))
    return joined(said, ask_next(idle, turn))


def _cancel_without_draft(conversation: Conversation, turn: Turn) -> Decision:
    if conversation.stage is Stage.LINKING:
        idle = replaced(conversation, pending=None, stage=Stage.IDLE)
        return close(idle, reply(ReplyId.NOTHING_TO_CANCEL))
    if conversation.pending is not None and conversation.pending.discloses:
        return close(replaced(conversation, pending=None), reply(ReplyId.NOTHING_TO_CANCEL))
    if turn.facts.open_requests:
        return withdrawal.ask_which(conversation, turn)
    return close(replaced(conversation, queue=()), reply(ReplyId.NOTHING_TO_CANCEL))


def _leave_waiting(conversation: Conversation, turn: Turn) -> Decision | None:
    """ "Forget the e-mail", which only waits its turn: it is taken out, the rest goes on. None: it does not wait."""
    held = {item.field for item in conversation.draft.items} if conversation.draft is not None else set[str]()
    named = _named(turn) - held
    fields = tuple(q.field for q in conversation.queue if q.field in named and q.field not in turn.understanding.starts)
    if not fields or _named(turn) & held:
        return None
    queue = tuple(item for item in conversation.queue if item.field not in fields)
    replies = tuple(reply(ReplyId.LEFT_AS_IS, field=field_term(field)) for field in fields)
    left = say(replaced(conversation, queue=queue), *replies)
    if conversation.draft is not None:
        return joined(left, road.again(_of(left), turn))
    return joined(left, ask_next(_closed(_of(left)), turn))


def _named(turn: Turn) -> frozenset[str]:
    read = turn.understanding
    return frozenset((*read.chosen, *(cue.field for cue in read.cues)))


def restart(conversation: Conversation, policy: Policy) -> Decision:
    """Begin the same change anew: nothing said so far counts."""
    draft = conversation.draft
    if draft is None:
        idle = replaced(conversation, pending=None, stage=Stage.IDLE, queue=())
        return close(idle, reply(ReplyId.WHAT_CHANGED))
    conversation, effects = consent.void(conversation, "restarted")
    cleared = conversation.draft or draft
    items = tuple(emptied(item, policy) for item in cleared.items)
    fresh = replaced(
        conversation,
        draft=replaced(cleared, items=items, replaces=(), unreachable=(), asked_reachable=()),
        pending=None,
        stage=Stage.COLLECTING,
        misunderstood=0,
    )
    return close(fresh, reply(ReplyId.RESTARTED), effects=effects)


def repeat(conversation: Conversation) -> Decision:
    """Say the last thing again."""
    if not conversation.last:
        return say(conversation, reply(ReplyId.NOTHING_TO_REPEAT))
    return Decision(conversation, conversation.last)


def ask_human(conversation: Conversation, turn: Turn) -> Decision:
    """The customer wants a person. The bot can go on in the meantime."""
    coming = say(road.aside(conversation), reply(ReplyId.PERSON_COMING))
    return flagged(coming, FlagReason.CUSTOMER_ASKS, turn)


def accept_person(conversation: Conversation, turn: Turn) -> Decision:
    """The offer of a person is accepted."""
    coming = say(road.aside(_closed(conversation)), reply(ReplyId.PERSON_COMING))
    return flagged(coming, FlagReason.OFFERED, turn)


def decline_person(conversation: Conversation) -> Decision:
    """No person is wanted: on with the draft, if there is one."""
    return close(conversation, *(() if conversation.draft else (reply(ReplyId.PERSON_DECLINED),)))


def wait(conversation: Conversation) -> Decision:
    """ "One moment": there is no hurry."""
    return say(road.aside(conversation), reply(ReplyId.TAKE_YOUR_TIME))


def later(conversation: Conversation, policy: Policy, turn: Turn) -> Decision:
    """The customer wants to go on another time."""
    if conversation.draft is None:
        return close(conversation, reply(ReplyId.TAKE_YOUR_TIME))
    aside = silence.parked(conversation, policy, turn.now)
    return joined(aside, say(_of(aside), reply(ReplyId.PARKED_BY_CUSTOMER, days=policy.silence.expire.days)))


def opt_out(conversation: Conversation) -> Decision:
    """No more check-ins."""
    effects: tuple[Effect, ...] = (Suppress(conversation.customer),) if conversation.customer else ()
    return Decision(conversation, (reply(ReplyId.OPTED_OUT),), effects)


def again(conversation: Conversation, turn: Turn) -> Decision:
    """The open question once more; with nothing open, what this bot is for."""
    if conversation.draft is None and conversation.question == OPEN and not asked_language(turn.inbound.text or ""):
        return Decision(conversation)
    if conversation.draft is None and conversation.question == OPEN:
        return say(conversation, reply(ReplyId.HELLO))
    return road.again(conversation, turn)


_WRONG = re.compile(
    r"\b(?:wrong|typo|mistake|i meant|should (?:be|have been)|correction|mistyped|oops)\b|^\W*actually\b"
    r"|[写打填说输弄搞发]错|错了|应该是|应为|不对|手误|更正"
)


def second_thoughts(turn: Turn) -> bool:
    """Whether a customer with nothing open says that what they gave was not right."""
    text = (turn.inbound.text or "").casefold()
    return len(text) <= _LONGEST_SECOND_THOUGHT and not asks_something(text) and _WRONG.search(text) is not None


_LONGEST_SECOND_THOUGHT = 80


def misunderstood(conversation: Conversation, turn: Turn) -> Decision:
    """Not understood: clarify; the second time in a row offer a person."""
    count = conversation.misunderstood + 1
    if count >= turn.policy.misunderstandings:
        offer = reply(ReplyId.PERSON_OFFER, button(Verb.PERSON_YES), button(Verb.PERSON_NO))
        asked = ask(replaced(conversation, misunderstood=0), Asked.PERSON, offer)
        return flagged(asked, FlagReason.MISUNDERSTOOD, turn)
    conversation = replaced(conversation, misunderstood=count)
    if asks_something(turn.inbound.text or ""):
        return joined(say(conversation, reply(ReplyId.NOT_MY_SUBJECT)), road.again(conversation, turn))
    if conversation.draft is None and conversation.question == OPEN:
        return say(conversation, reply(ReplyId.NOT_UNDERSTOOD_IDLE))
    return joined(say(conversation, reply(ReplyId.NOT_UNDERSTOOD)), road.again(conversation, turn))


def attachment(conversation: Conversation, kind: Attachment, turn: Turn) -> Decision:
    """A kind answer; nothing of it is stored."""
    said = say(conversation, reply(_ATTACHMENTS[kind]))
    return joined(said, road.again(conversation, turn))


_ATTACHMENTS = {
    Attachment.VOICE: ReplyId.ATTACHMENT_VOICE,
    Attachment.PHOTO: ReplyId.ATTACHMENT_PHOTO,
    Attachment.LOCATION: ReplyId.ATTACHMENT_LOCATION,
    Attachment.CONTACT: ReplyId.ATTACHMENT_CONTACT,
    Attachment.EDITED: ReplyId.ATTACHMENT_EDITED,
    Attachment.OTHER: ReplyId.ATTACHMENT_OTHER,
}


# --- said in passing: answered first, then the message goes on ------------------------------------------------------


def in_passing(conversation: Conversation, turn: Turn) -> Decision:
    """Answers to what a message says besides: its tone, somebody else's details, "why?", "help"."""
    decision = Decision(conversation)
    for step in (_alarms, _somebody_else, _why, _how_long, _help):
        decision = joined(decision, step(_of(decision), turn))
    return decision


def grave(turn: Turn) -> bool:
    """A death or a legal matter: a person, not a form."""
    return bool({Alarm.DEATH, Alarm.LEGAL} & turn.understanding.alarms)


_ALARMS = (
    (Alarm.DEATH, FlagReason.DEATH, ReplyId.SORRY_DEATH),
    (Alarm.LEGAL, FlagReason.LEGAL, ReplyId.LEGAL_MATTER),
    (Alarm.DISTRESS, FlagReason.DISTRESS, ReplyId.SORRY_DISTRESS),
    (Alarm.DISPLEASURE, FlagReason.DISPLEASURE, ReplyId.SORRY_DISPLEASURE),
)


def _alarms(conversation: Conversation, turn: Turn) -> Decision:
    for alarm, reason, sentence in _ALARMS:
        if alarm in turn.understanding.alarms:
            known = conversation.flagged == reason and not grave(turn)
            said = Decision(conversation) if known else say(conversation, reply(sentence))
            return flagged(said, reason, turn)
    return Decision(conversation)


def _somebody_else(conversation: Conversation, turn: Turn) -> Decision:
    cue = somebody_elses(turn)
    if cue is None:
        return Decision(conversation)
    asked_for = cue.operation is not Operation.CHANGED or any(
        candidate.field == cue.field for candidate in turn.understanding.candidates
    )
    if not asked_for:
        return say(conversation, reply(ReplyId.SOMEBODY_ELSE))
    said = say(conversation, reply(ReplyId.SOMEBODY_ELSE_FLAGGED))
    return flagged(said, FlagReason.SOMEBODY_ELSE, turn, cue.field)


def _why(conversation: Conversation, turn: Turn) -> Decision:
    if Act.ASK_WHY not in turn.understanding.acts:
        return Decision(conversation)
    return say(conversation, *why(conversation, turn.policy))


def why(conversation: Conversation, policy: Policy) -> tuple[Reply, ...]:
    """Why the open question is asked: the purpose comes from the field's policy."""
    match conversation.question.asked:
        case Asked.CUSTOMER_NUMBER:
            return (reply(ReplyId.WHY_CUSTOMER_NUMBER),)
        case Asked.CODE | Asked.OLD_CONTACT_WORKS:
            return (reply(ReplyId.WHY_CODE),)
        case Asked.SLOT | Asked.CONSENT | Asked.WHAT_TO_CORRECT if conversation.draft is not None:
            items = conversation.draft.items
            about = tuple(item for item in items if item.field == conversation.question.about) or items
            return tuple(
                reply(ReplyId.WHY_FIELD, field=field_term(item.field), purpose=purpose_term(policy, item.field))
                for item in about
            )
        case _:
            return (reply(ReplyId.WHY_GENERAL),)


def _how_long(conversation: Conversation, turn: Turn) -> Decision:
    draft = conversation.draft
    if draft is None or not asks_how_long(normalise(turn.inbound.text or "")):
        return Decision(conversation)
    fields = [turn.policy.fields[item.field] for item in draft.items]
    days = max(days_of(field.importance, turn.policy) for field in fields)
    return say(conversation, reply(ReplyId.HOW_LONG, days=days))


def _help(conversation: Conversation, turn: Turn) -> Decision:
    if Act.HELP not in turn.understanding.acts:
        return Decision(conversation)
    return say(conversation, reply(ReplyId.HELP))


def offer_for_temporary(conversation: Conversation, turn: Turn) -> Decision | None:
    """A change for a while only is for a person; None when none was told of."""
    fields = temporary(turn)
    if not fields:
        return None
    offer = reply(ReplyId.TEMPORARY, button(Verb.PERSON_YES), button(Verb.PERSON_NO), fields=field_terms(fields))
    return ask(conversation, Asked.PERSON, offer)


def _closed(conversation: Conversation) -> Conversation:
    return replaced(conversation, question=OPEN)


def _of(decision: Decision) -> Conversation:
    if decision.conversation is None:
        raise ValueError("a customer's turn always has a conversation")
    return decision.conversation
