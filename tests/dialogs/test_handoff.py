"""Handoff: the bot is silent while a person speaks, and goes on at the exact step (rule 7)."""

from __future__ import annotations

from dialogs import handoff
from dialogs.effects import Decision, File, Note, RecordConsent, RecordProof, Refusal
from dialogs.replies import ReplyId
from dialogs.types import Asked
from nlu.replaced import replaced
from nlu.types import Act
from tests.dialogs.build import MOVED, NOTHING, NOW, YES, Chat, confirming, read, verifying


def taken(chat: Chat) -> Chat:
    decision = handoff.take_over(chat.conversation, "mei", NOW)
    assert decision.conversation is not None
    chat.conversation = decision.conversation
    return chat


def ids(decision: Decision) -> list[str]:
    return [reply.id for reply in decision.replies]


def test_the_customer_learns_who_is_speaking_and_the_flag_is_cleared() -> None:
    chat = confirming().text(read(Act.ASK_HUMAN))
    decision = handoff.take_over(chat.conversation, "mei", NOW)

    assert ids(decision) == [ReplyId.PERSON_JOINED]
    assert decision.conversation is not None
    assert decision.conversation.owner == "mei"
    assert decision.conversation.flagged is None


def test_one_owner_at_a_time() -> None:
    chat = taken(confirming())

    assert handoff.take_over(chat.conversation, "liu", NOW).refused is Refusal.OWNED_BY_OTHER
    assert handoff.write(chat.conversation, "liu", "hello", NOW).refused is Refusal.OWNED_BY_OTHER
    assert handoff.hand_back(chat.conversation, "liu", NOW).refused is Refusal.OWNED_BY_OTHER


def test_the_bot_says_nothing_while_a_person_speaks() -> None:
    for words in (NOTHING, YES, MOVED, read(Act.CANCEL), read(Act.ASK_HUMAN), read(Act.HELP)):
        chat = taken(confirming())
        draft = chat.conversation.draft

        chat.text(words)

        assert chat.said == []
        assert chat.conversation.draft == draft
        assert not chat.ever(RecordConsent)


def test_a_code_typed_during_a_takeover_is_consumed() -> None:
    chat = taken(verifying()).code()

    assert chat.caused(RecordProof)
    assert chat.caused(File)
    assert chat.said == [ReplyId.FILED]


def test_the_summarys_button_works_during_a_takeover() -> None:
    chat = confirming()
    yes = chat.decision.replies[-1].buttons[0].id

    taken(chat).button(yes)

    assert chat.caused(RecordConsent)
    assert chat.said == [ReplyId.CODE_SENT]


def test_who_writes_takes_over_and_becomes_a_maker() -> None:
    decision = handoff.write(confirming().conversation, "mei", "Let me help.", NOW)

    assert ids(decision) == [ReplyId.PERSON_JOINED, ReplyId.PERSON_SAYS]
    assert decision.conversation is not None
    assert decision.conversation.helpers == ("mei",)


def test_hand_back_puts_the_open_question_again() -> None:
    chat = taken(confirming())
    decision = handoff.hand_back(chat.conversation, "mei", NOW)

    assert ids(decision) == [ReplyId.PERSON_LEFT, ReplyId.SUMMARY]
    assert decision.conversation is not None
    assert decision.conversation.question.asked is Asked.CONSENT
    assert decision.conversation.owner is None


def test_the_question_before_the_wish_for_a_person_is_the_one_that_is_put_again() -> None:
    for start in (confirming, verifying):
        chat = start()
        asked = chat.said
        taken(chat.text(read(Act.ASK_HUMAN)))

        decision = handoff.hand_back(chat.conversation, "mei", NOW)

        assert ids(decision) == [ReplyId.PERSON_LEFT, *asked]


def test_only_an_owned_conversation_is_handed_back() -> None:
    assert handoff.hand_back(confirming().conversation, "mei", NOW).refused is Refusal.NOT_OWNER


def test_a_note_is_never_said() -> None:
    decision = handoff.note(confirming().conversation, "mei", "called twice", NOW)

    assert decision.replies == ()
    assert decision.effects == (Note("c-1", "called twice"),)


def test_a_yes_after_the_hand_back_answers_the_summary_that_was_shown_again() -> None:
    chat = confirming().text(read(Act.ASK_HUMAN))
    assert chat.conversation.question.asked is Asked.RESUME
    back = handoff.hand_back(taken(chat).conversation, "mei", NOW)
    assert back.conversation is not None
    assert ids(back) == [ReplyId.PERSON_LEFT, ReplyId.SUMMARY]
    chat.conversation = back.conversation

    chat.text(YES)

    assert chat.caused(RecordConsent)


def test_a_yes_after_the_hand_back_is_no_consent_to_what_was_changed_meanwhile() -> None:
    chat = taken(confirming().text(read(Act.ASK_HUMAN)))
    draft = chat.conversation.draft
    assert draft is not None
    other = replaced(chat.conversation, draft=replaced(draft, digest="f" * 64))
    back = handoff.hand_back(other, "mei", NOW)
    assert back.conversation is not None
    assert back.conversation.question.asked is Asked.RESUME
    chat.conversation = back.conversation

    chat.text(YES)

    assert not chat.ever(RecordConsent)
