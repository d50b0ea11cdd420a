"""Silence: a nudge, then the change is put aside, then it expires; and what is said on return."""

from __future__ import annotations

import datetime as dt

from dialogs.buttons import Verb, button
from dialogs.consent import void
from dialogs.effects import Decision, Effect, Timer
from dialogs.flags import FlagReason
from dialogs.policy import Policy
from dialogs.replies import ReplyId
from dialogs.step import OPEN, ask, close, field_terms
from dialogs.types import Asked, Conversation, Draft, Reply, Silence, Stage
from nlu.replaced import replaced

NUDGE, PARK, EXPIRE = "nudge", "park", "expire"
"""The kinds of a conversation's timers; their subject is the conversation id."""


def timers(conversation: Conversation, was: Silence, policy: Policy, now: dt.datetime) -> tuple[Effect, ...]:
    """The customer spoke after silence, or began: a nudge is due, and what was due for a silent chat is not."""
    nudge = Timer(NUDGE, conversation.id, now + policy.silence.nudge)
    if was is Silence.ACTIVE:
        return (nudge,)
    return (nudge, Timer(PARK, conversation.id, None), Timer(EXPIRE, conversation.id, None))


def no_timers(conversation: Conversation) -> tuple[Effect, ...]:
    """Nothing is left to wait for."""
    return tuple(Timer(kind, conversation.id, None) for kind in (NUDGE, PARK, EXPIRE))


def on_silence(conversation: Conversation, kind: str, policy: Policy, now: dt.datetime) -> Decision:
    """A conversation's timer fired. A timer that outlived its reason does nothing."""
    draft, since = conversation.draft, _silent_since(conversation)
    if draft is None or since is None or conversation.owner is not None:
        return Decision(conversation)  # the hand-back sets the clock anew
    due = since + _after(kind, policy)
    if conversation.flagged == FlagReason.NO_REACHABLE_CONTACT and kind != EXPIRE:
        # The customer has done their part and waits for us: they are not asked whether they are still there.
        return Decision(conversation, effects=(Timer(EXPIRE, conversation.id, since + policy.silence.expire),))
    if now < due:
        return Decision(conversation, effects=(Timer(kind, conversation.id, due),))
    match kind:
        case "nudge":
            return _nudge(conversation, draft, policy, since)
        case "park":
            return _park(conversation, draft, policy, since)
        case "expire":
            return _expire(conversation, draft)
        case _:
            raise ValueError(f"a conversation has no timer {kind!r}")


def _silent_since(conversation: Conversation) -> dt.datetime | None:
    """The last message, or a later hand-back: while a person speaks nobody is silent."""
    heard, back = conversation.last_inbound_at, conversation.handed_back_at
    return heard if heard is None or back is None else max(heard, back)


def _after(kind: str, policy: Policy) -> dt.timedelta:
    return {NUDGE: policy.silence.nudge, PARK: policy.silence.park, EXPIRE: policy.silence.expire}[kind]


def _nudge(conversation: Conversation, draft: Draft, policy: Policy, since: dt.datetime) -> Decision:
    if conversation.silence is not Silence.ACTIVE:
        return Decision(conversation)
    nudged = replaced(conversation, silence=Silence.NUDGED)
    park = Timer(PARK, conversation.id, since + policy.silence.park)
    return ask(nudged, Asked.RESUME, _with_choice(ReplyId.NUDGE, draft), effects=(park,))


def _park(conversation: Conversation, draft: Draft, policy: Policy, since: dt.datetime) -> Decision:
    if conversation.silence is Silence.PARKED:
        return Decision(conversation)
    decision = parked(conversation, policy, since)
    days = policy.silence.expire.days
    reply = _with_choice(ReplyId.PARKED, draft)
    reply = replaced(reply, args={**reply.args, "days": days})
    return replaced(decision, replies=(reply,))


def parked(conversation: Conversation, policy: Policy, since: dt.datetime) -> Decision:
    """Put the change aside, silently, until it expires."""
    aside = replaced(conversation, silence=Silence.PARKED)
    expire = Timer(EXPIRE, conversation.id, since + policy.silence.expire)
    return ask(aside, Asked.RESUME, effects=(expire,))


def _expire(conversation: Conversation, draft: Draft) -> Decision:
    fields = field_terms(tuple(item.field for item in draft.items))
    conversation, effects = void(conversation, "expired")
    ended = replaced(
        conversation,
        draft=None,
        pending=None,
        queue=(),
        stage=Stage.IDLE,
        silence=Silence.ACTIVE,
        misunderstood=0,
        helpers=(),
        question=OPEN,
    )
    return close(ended, Reply(ReplyId.EXPIRED, {"fields": fields}), effects=effects)


def _with_choice(id: ReplyId, draft: Draft) -> Reply:
    fields = field_terms(tuple(item.field for item in draft.items))
    return Reply(id, {"fields": fields}, (button(Verb.RESUME_YES), button(Verb.RESUME_NO)))
