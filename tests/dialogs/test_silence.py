"""Silence: nudge, put aside, expire; on return the bot says where they stood."""

from __future__ import annotations

import datetime as dt

from dialogs import handoff
from dialogs.effects import Decision, RecordConsent, Timer, VoidDraft
from dialogs.replies import ReplyId
from dialogs.silence import EXPIRE, NUDGE, PARK, on_silence
from dialogs.types import Asked, Silence, Stage
from nlu.replaced import replaced
from nlu.types import Act
from tests.dialogs.build import MOVED, NOW, POLICY, YES, Chat, confirming, read, verifying

MINUTES, HOURS, DAYS = (dt.timedelta(**{unit: 1}) for unit in ("minutes", "hours", "days"))


def fires(chat: Chat, kind: str, after: dt.timedelta) -> Decision:
    decision = on_silence(chat.conversation, kind, POLICY, NOW + after)
    assert decision.conversation is not None
    chat.conversation = decision.conversation
    return decision


def ids(decision: Decision) -> list[str]:
    return [reply.id for reply in decision.replies]


def timers(chat: Chat) -> dict[str, dt.datetime | None]:
    """The timers of the conversation itself that this turn set or cancelled."""
    return {t.kind: t.due for t in chat.caused(Timer) if isinstance(t, Timer) and t.subject == "c-1"}


def test_a_draft_sets_the_nudge_once_and_it_moves_itself_while_the_customer_goes_on() -> None:
    chat = confirming()
    assert timers(chat) == {NUDGE: NOW + 15 * MINUTES}

    chat.text(YES)

    assert timers(chat) == {}
    chat.conversation = replaced(chat.conversation, last_inbound_at=NOW + 5 * MINUTES)
    assert fires(chat, NUDGE, 15 * MINUTES) == Decision(
        chat.conversation, effects=(Timer(NUDGE, "c-1", NOW + 20 * MINUTES),)
    )


def test_after_silence_the_nudge_is_set_anew() -> None:
    chat = confirming()
    fires(chat, NUDGE, 15 * MINUTES)

    chat.text(YES)

    assert timers(chat) == {NUDGE: NOW + 15 * MINUTES, PARK: None, EXPIRE: None}


def test_without_a_draft_nothing_is_timed() -> None:
    assert timers(Chat().text(read(Act.THANK))) == {}


def test_filing_cancels_every_timer() -> None:
    assert timers(verifying().code()) == {NUDGE: None, PARK: None, EXPIRE: None}


def test_a_yes_to_the_nudge_is_not_consent() -> None:
    chat = confirming()
    assert ids(fires(chat, NUDGE, 15 * MINUTES)) == [ReplyId.NUDGE]
    assert chat.conversation.question.asked is Asked.RESUME

    chat.text(YES)
    assert not chat.ever(RecordConsent)
    assert chat.said == [ReplyId.SUMMARY]


def test_a_nudge_comes_once_and_then_the_change_is_put_aside() -> None:
    chat = confirming()
    nudge = fires(chat, NUDGE, 15 * MINUTES)
    assert nudge.effects == (Timer(PARK, "c-1", NOW + 2 * HOURS),)
    assert fires(chat, NUDGE, 16 * MINUTES).replies == ()

    park = fires(chat, PARK, 2 * HOURS)
    assert ids(park) == [ReplyId.PARKED]
    assert park.effects == (Timer(EXPIRE, "c-1", NOW + 7 * DAYS),)
    assert chat.conversation.silence is Silence.PARKED


def test_on_return_it_says_where_they_stood_and_asks_again() -> None:
    chat = confirming()
    fires(chat, NUDGE, 15 * MINUTES)
    fires(chat, PARK, 2 * HOURS)

    chat.waits(days=3).text(read(Act.GREET))

    assert chat.said == [ReplyId.WELCOME_BACK, ReplyId.SUMMARY]
    assert chat.conversation.silence is Silence.ACTIVE
    assert timers(chat) == {NUDGE: chat.now + 15 * MINUTES, PARK: None, EXPIRE: None}


def test_on_return_an_expired_code_is_said_to_be_expired() -> None:
    chat = verifying()
    fires(chat, PARK, 2 * HOURS)

    chat.waits(days=1).button("resume.yes")

    assert chat.said == [ReplyId.WELCOME_BACK, ReplyId.CODE_EXPIRED]


def test_a_change_expires_and_nothing_of_it_counts_any_more() -> None:
    chat = verifying()
    fires(chat, PARK, 2 * HOURS)
    expired = fires(chat, EXPIRE, 7 * DAYS)

    assert ids(expired) == [ReplyId.EXPIRED]
    assert any(isinstance(effect, VoidDraft) for effect in expired.effects)
    assert chat.conversation.draft is None
    assert chat.conversation.pending is None
    assert chat.conversation.stage is Stage.IDLE


def test_a_timer_that_fires_too_early_waits() -> None:
    chat = confirming()

    assert fires(chat, NUDGE, MINUTES).effects == (Timer(NUDGE, "c-1", NOW + 15 * MINUTES),)


def test_a_timer_without_a_draft_does_nothing() -> None:
    chat = verifying().code()

    assert fires(chat, NUDGE, HOURS) == Decision(chat.conversation)


def test_a_person_who_speaks_is_not_interrupted_and_the_timer_ends() -> None:
    chat = confirming()
    chat.conversation = replaced(chat.conversation, owner="mei")

    assert fires(chat, NUDGE, 15 * MINUTES) == Decision(chat.conversation)


def test_after_a_hand_back_silence_is_counted_from_there() -> None:
    chat = confirming()
    chat.conversation = replaced(chat.conversation, owner="mei")

    back = handoff.hand_back(chat.conversation, "mei", NOW + HOURS)
    assert back.conversation is not None
    assert back.effects == (Timer(NUDGE, "c-1", NOW + HOURS),)
    chat.conversation = back.conversation

    assert fires(chat, NUDGE, HOURS).effects == (Timer(NUDGE, "c-1", NOW + HOURS + 15 * MINUTES),)
    assert ids(fires(chat, NUDGE, HOURS + 15 * MINUTES)) == [ReplyId.NUDGE]


def test_the_nudges_cancel_button_drops_the_change() -> None:
    chat = Chat().text(MOVED)
    fires(chat, NUDGE, 15 * MINUTES)

    assert chat.button("resume.no").said == [ReplyId.CANCELLED]
