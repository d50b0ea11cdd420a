"""Repairs: what people say besides answering, at any stage."""

from __future__ import annotations

import pytest

from dialogs.effects import File, Flag, RecordConsent, SendCode, Suppress, Timer, VoidDraft
from dialogs.replies import ReplyId
from dialogs.types import Asked, Attachment, Stage
from nlu.types import ANY, Act, Alarm, Holder, Operation, Polarity, Problem, When, WhenKind
from tests.dialogs.build import (
    LINKED,
    MOVED,
    NEW_EMAIL,
    NEW_PHONE,
    NO,
    NOTHING,
    OAK,
    YES,
    Chat,
    candidate,
    confirming,
    cue,
    read,
    verifying,
)


def flags(chat: Chat) -> list[str]:
    return [flag.reason for flag in chat.caused(Flag) if isinstance(flag, Flag)]


def value(chat: Chat, field: str = "address") -> dict[str, str]:
    assert chat.conversation.draft is not None
    return dict(next(item.value for item in chat.conversation.draft.items if item.field == field))


# --- corrections


def test_an_unnamed_correction_at_the_summary_shows_the_new_summary() -> None:
    chat = confirming()
    before = chat.conversation.draft

    chat.text(read(Act.DENY, Act.CORRECT, values=(candidate("address", number="14"),)))

    assert value(chat) == {**OAK, "number": "14"}
    assert chat.said == [ReplyId.SUMMARY]
    assert before is not None
    assert chat.conversation.draft is not None
    assert chat.conversation.draft.digest != before.digest


def test_a_correction_with_yes_is_not_consent() -> None:
    chat = confirming().text(read(Act.AFFIRM, values=(candidate("address", unit="4"),)))

    assert not chat.ever(RecordConsent)
    assert chat.conversation.question.asked is Asked.CONSENT


def test_a_correction_after_consent_voids_consent_and_code() -> None:
    chat = verifying().text(read(Act.CORRECT, values=(candidate("address", number="14"),)))

    assert chat.caused(VoidDraft)
    assert chat.conversation.pending is None
    assert chat.conversation.draft is not None
    assert chat.conversation.draft.consent is None
    assert chat.conversation.draft.proofs == ()
    assert chat.conversation.stage is Stage.CONFIRMING


def test_a_correction_undone_is_a_correction_too() -> None:
    chat = confirming()
    chat.text(read(Act.CORRECT, values=(candidate("address", number="14"),)))
    chat.text(read(Act.CORRECT, values=(candidate("address", number="12"),)))

    assert value(chat)["number"] == "12"
    assert not chat.ever(RecordConsent)


def test_the_same_value_again_changes_nothing() -> None:
    chat = verifying().text(read(values=(candidate("address", number="12"),)))

    assert not chat.caused(VoidDraft)
    assert chat.conversation.pending is not None


def test_change_something_asks_what_and_takes_the_answer() -> None:
    chat = confirming().tap("consent.change")
    assert chat.said == [ReplyId.WHAT_INSTEAD]

    chat.text(read(values=(candidate("address", street="Elm Street"),)))
    assert value(chat)["street"] == "Elm Street"
    assert chat.said == [ReplyId.SUMMARY]


def test_change_something_in_several_fields_asks_which() -> None:
    chat = Chat().text(
        read(starts=("address", "phone"), values=(candidate("address", **OAK), candidate("phone", e164="+12175550142")))
    )
    assert chat.said == [ReplyId.SUMMARY_ITEM, ReplyId.SUMMARY_ITEM, ReplyId.SUMMARY_SEVERAL]

    chat.text(NO)
    assert chat.said == [ReplyId.WHAT_TO_CORRECT]

    chat.text(read(chosen=("phone",)))
    assert chat.said == [ReplyId.WHAT_INSTEAD]


def test_correct_without_a_value_after_consent_voids_it_at_once() -> None:
    chat = verifying().text(read(Act.CORRECT))

    assert chat.caused(VoidDraft)
    assert chat.said == [ReplyId.WHAT_INSTEAD]


def test_never_mind_after_change_something_shows_the_summary_again() -> None:
    chat = confirming().tap("consent.change").text(NO)

    assert chat.said == [ReplyId.SUMMARY]


def test_a_rejected_new_value_keeps_the_old_one() -> None:
    chat = Chat().text(NEW_PHONE)
    chat.text(read(Act.CORRECT, values=(candidate("phone", Problem.TOO_SHORT, partial="1381234"),)))

    assert value(chat, "phone") == {"e164": "+12175550142"}
    assert chat.said == [ReplyId.PROBLEM_PHONE_SHORT, ReplyId.KEPT_EARLIER, ReplyId.SUMMARY]


def test_a_number_with_too_few_digits_is_asked_for_again() -> None:
    short = candidate("phone", Problem.TOO_SHORT, partial="1381234")
    chat = Chat().text(read(starts=("phone",), values=(short,)))

    assert chat.said == [ReplyId.PROBLEM_PHONE_SHORT]
    assert value(chat, "phone") == {}


# --- minimum questions


def test_only_what_is_missing_is_asked_for() -> None:
    chat = Chat().text(read(starts=("address",), values=(candidate("address", number="12", street="Oak Street"),)))

    assert chat.said == [ReplyId.ASK_PARTS]
    parts = chat.reply(ReplyId.ASK_PARTS).args["parts"]
    assert "street" not in str(parts)
    assert "city" in str(parts)


def test_a_complete_message_leads_straight_to_the_summary() -> None:
    assert confirming().said == [ReplyId.SUMMARY]


def test_several_empty_fields_are_asked_for_in_one_question() -> None:
    assert Chat().text(read(starts=("phone", "email"))).said == [ReplyId.ASK_SEVERAL]


def test_a_removal_asks_for_nothing() -> None:
    chat = Chat().text(read(starts=("email",), cues=(cue("email", Operation.REMOVE),)))

    assert chat.said == [ReplyId.SUMMARY]
    assert chat.reply(ReplyId.SUMMARY).args["operation"] == "remove"


def test_a_refusal_is_answered_with_why_and_what_else() -> None:
    chat = Chat().text(read(starts=("address",))).text(NO)

    assert chat.said == [ReplyId.SLOT_NEEDED]
    assert chat.conversation.question.asked is Asked.SLOT


# --- cues


def test_a_weak_cue_is_asked_about_and_its_value_is_not_asked_again() -> None:
    chat = Chat().text(read(asks=("phone",), values=(candidate("phone", e164="+12175550142"),)))
    assert chat.said == [ReplyId.ASK_CHANGED]

    chat.text(YES)
    assert chat.said == [ReplyId.SUMMARY]
    assert value(chat, "phone") == {"e164": "+12175550142"}


def test_no_to_a_weak_cue_leaves_all_as_it_is() -> None:
    chat = Chat().text(read(asks=("phone",))).text(NO)

    assert chat.said == [ReplyId.LEFT_AS_IS]
    assert chat.conversation.draft is None
    assert chat.conversation.queue == ()


def test_no_and_another_change_begins_the_other() -> None:
    chat = Chat().text(read(asks=("phone",)))
    chat.text(read(Act.DENY, starts=("email",), values=(candidate("email", email="new@example.com"),)))

    assert chat.conversation.draft is not None
    assert chat.conversation.draft.items[0].field == "email"


def test_any_change_asks_which_and_offers_only_what_is_switched_on() -> None:
    chat = Chat().text(read(asks=(ANY,)))
    assert chat.said == [ReplyId.ASK_WHICH_FIELD]
    ids = [button.id for button in chat.decision.replies[0].buttons]
    assert "field.pick:address" in ids
    assert "field.pick:company" not in ids

    chat.button("field.pick:address")
    assert chat.said == [ReplyId.ASK_ADDRESS]


def test_which_field_can_be_answered_in_words() -> None:
    chat = Chat().text(read(asks=(ANY,))).text(read(chosen=("email",)))

    assert chat.said == [ReplyId.ASK_EMAIL]


def test_a_second_cue_in_mid_flow_is_queued_and_offered_afterwards() -> None:
    chat = confirming().text(NEW_EMAIL)
    assert chat.said == [ReplyId.NOTED_FOR_LATER, ReplyId.SUMMARY]

    chat.text(YES).code()
    assert chat.said == [ReplyId.FILED, ReplyId.ASK_NEXT]

    chat.text(YES)
    assert value(chat, "email") == {"email": "new@example.com"}


def test_yes_with_a_second_cue_is_consent_and_the_cue_waits() -> None:
    chat = confirming().text(read(Act.AFFIRM, starts=("email",)))

    assert chat.caused(RecordConsent)
    assert [item.field for item in chat.conversation.queue] == ["email"]


def test_a_sensitive_field_gets_a_consent_of_its_own() -> None:
    both = read(
        starts=("address", "bank_account"),
        values=(candidate("address", **OAK), candidate("bank_account", number="123456789")),
    )
    chat = Chat().text(both)
    assert chat.said == [ReplyId.NOTED_FOR_LATER, ReplyId.SUMMARY]

    chat.text(YES).code().text(YES)
    assert chat.said == [ReplyId.SUMMARY_SENSITIVE]


def test_somebody_elses_new_number_is_flagged_and_not_taken() -> None:
    wife = cue("phone", holder=Holder.OTHER)
    chat = Chat().text(read(cues=(wife,), values=(candidate("phone", e164="+12175550142"),)))

    assert chat.said == [ReplyId.SOMEBODY_ELSE_FLAGGED]
    assert flags(chat) == ["somebody_else"]
    assert chat.conversation.draft is None


def test_a_friend_who_moved_is_only_answered() -> None:
    chat = Chat().text(read(cues=(cue("address", holder=Holder.OTHER),)))

    assert chat.said == [ReplyId.SOMEBODY_ELSE]
    assert flags(chat) == []


def test_a_temporary_change_is_offered_to_a_person() -> None:
    away = cue("address", when=When(WhenKind.TEMPORARY))
    chat = Chat().text(read(starts=("address",), cues=(away,)))
    assert chat.said == [ReplyId.TEMPORARY]

    chat.text(YES)
    assert chat.said == [ReplyId.PERSON_COMING]
    assert flags(chat) == ["offered"]


@pytest.mark.parametrize("polarity", [Polarity.NEGATED, Polarity.HYPOTHETICAL, Polarity.QUESTION])
def test_a_change_that_did_not_happen_starts_nothing(polarity: Polarity) -> None:
    chat = Chat().text(read(cues=(cue("address", polarity=polarity),)))

    assert chat.said == [ReplyId.NO_CHANGE_NOTED]
    assert chat.conversation.draft is None


def test_a_field_that_is_switched_off_is_for_a_person() -> None:
    assert Chat().text(read(starts=("company",))).said == [ReplyId.FIELD_NOT_HERE]


def test_an_open_request_is_offered_to_be_replaced() -> None:
    chat = Chat().text(MOVED, open_requests={"address": "CR-2026-000007"})
    assert chat.said == [ReplyId.ASK_REPLACE]

    chat.tap("replace.yes", open_requests={"address": "CR-2026-000007"})
    assert chat.said == [ReplyId.SUMMARY]
    assert chat.conversation.draft is not None
    assert chat.conversation.draft.replaces == ("CR-2026-000007",)


def test_the_open_request_can_be_kept() -> None:
    chat = Chat().text(MOVED, open_requests={"address": "CR-2026-000007"})
    chat.text(NO, open_requests={"address": "CR-2026-000007"})

    assert chat.said == [ReplyId.KEPT_OPEN_REQUEST]
    assert chat.conversation.draft is None
    assert chat.conversation.stage is Stage.IDLE


def test_what_is_recorded_already_is_not_changed_and_said_only_after_the_proof() -> None:
    same = {"same_as_record": frozenset({"address"})}
    chat = Chat().text(MOVED, **same)
    assert chat.said == [ReplyId.SUMMARY]

    chat.text(YES, **same).code(**same)

    assert chat.said[-1] == ReplyId.SAME_AS_RECORD
    assert chat.conversation.draft is None
    assert not any(isinstance(effect, File) for effect in chat.effects)


# --- asides


@pytest.mark.parametrize("make", [lambda: Chat().text(read(starts=("address",))), confirming, verifying])
@pytest.mark.parametrize("act", [Act.HELP, Act.ASK_WHY, Act.GREET, Act.THANK])
def test_a_digression_comes_back_to_the_open_question(make: object, act: Act) -> None:
    chat: Chat = make()  # type: ignore[operator] # one of the builders above
    asked, draft = chat.conversation.question, chat.conversation.draft

    chat.text(read(act))

    assert chat.conversation.question == asked
    assert chat.conversation.draft == draft
    assert chat.decision.replies


def test_why_is_answered_from_the_fields_purpose() -> None:
    chat = Chat().text(read(starts=("address",))).text(read(Act.ASK_WHY))

    assert chat.said == [ReplyId.WHY_FIELD, ReplyId.ASK_ADDRESS]
    assert "purpose-address" in str(chat.reply(ReplyId.WHY_FIELD).args)


def test_an_answer_and_a_question_in_one_message_both_count() -> None:
    chat = Chat().text(read(starts=("address",)))
    chat.text(read(Act.ASK_WHY, values=(candidate("address", **OAK),)))

    assert chat.said == [ReplyId.WHY_FIELD, ReplyId.SUMMARY]


def test_two_misunderstandings_clarify_then_offer_a_person() -> None:
    chat = confirming().text(NOTHING)
    assert chat.said == [ReplyId.NOT_UNDERSTOOD, ReplyId.SUMMARY]

    chat.text(NOTHING)
    assert chat.said == [ReplyId.PERSON_OFFER]
    assert flags(chat) == ["misunderstood"]

    chat.text(NO)
    assert chat.said == [ReplyId.SUMMARY]


def test_something_understood_in_between_resets_the_count() -> None:
    chat = Chat().text(read(starts=("address",))).text(NOTHING)
    chat.text(read(values=(candidate("address", street="Oak Street"),))).text(NOTHING)

    assert ReplyId.PERSON_OFFER not in chat.said


def test_asking_for_a_person_flags_and_keeps_the_draft() -> None:
    chat = confirming()
    draft = chat.conversation.draft

    chat.text(read(Act.ASK_HUMAN))
    assert flags(chat) == ["customer_asks"]
    assert chat.conversation.draft == draft

    chat.text(YES)
    assert not chat.ever(RecordConsent)
    assert chat.said == [ReplyId.SUMMARY]


def test_repeat_says_the_last_thing_again() -> None:
    chat = confirming()
    last = chat.decision.replies

    assert chat.text(read(Act.REPEAT)).decision.replies == last


def test_a_moment_please_then_yes_is_not_consent() -> None:
    chat = confirming().text(read(Act.WAIT))
    assert chat.said == [ReplyId.TAKE_YOUR_TIME]

    chat.text(YES)
    assert not chat.ever(RecordConsent)
    assert chat.said == [ReplyId.SUMMARY]


def test_later_puts_the_change_aside_and_it_goes_on_later() -> None:
    chat = confirming().text(read(Act.LATER))
    assert chat.said == [ReplyId.PARKED_BY_CUSTOMER]

    chat.waits(days=2).text(read(Act.GREET))
    assert chat.said == [ReplyId.WELCOME_BACK, ReplyId.SUMMARY]


def test_cancel_drops_the_draft_and_says_that_nothing_changed() -> None:
    chat = verifying().text(read(Act.CANCEL))

    assert chat.said == [ReplyId.CANCELLED]
    assert chat.caused(VoidDraft)
    assert chat.conversation.draft is None
    assert chat.conversation.stage is Stage.IDLE
    assert all(timer.due is None for timer in chat.caused(Timer) if isinstance(timer, Timer))


def test_cancel_of_one_field_leaves_the_other() -> None:
    chat = Chat().text(
        read(starts=("address", "phone"), values=(candidate("address", **OAK), candidate("phone", e164="+12175550142")))
    )
    chat.text(read(Act.CANCEL, cues=(cue("phone"),)))

    assert chat.said == [ReplyId.CANCELLED_FIELDS, ReplyId.SUMMARY]
    assert chat.conversation.draft is not None
    assert [item.field for item in chat.conversation.draft.items] == ["address"]


def test_cancel_with_nothing_under_way_says_so() -> None:
    assert Chat().text(read(Act.CANCEL)).said == [ReplyId.NOTHING_TO_CANCEL]


def test_cancel_of_what_is_filed_is_for_a_person() -> None:
    chat = Chat().text(read(Act.CANCEL), open_requests={"address": "CR-2026-000007"})

    assert chat.said == [ReplyId.CANCEL_FILED]


def test_restart_begins_the_same_change_anew() -> None:
    chat = verifying().text(read(Act.RESTART))

    assert chat.said == [ReplyId.RESTARTED, ReplyId.ASK_ADDRESS]
    assert value(chat) == {}
    assert chat.caused(VoidDraft)


def test_opting_out_suppresses_check_ins() -> None:
    assert Chat().text(read(Act.OPT_OUT)).caused(Suppress)


@pytest.mark.parametrize("kind", list(Attachment))
def test_an_attachment_gets_a_kind_answer_and_the_question_again(kind: Attachment) -> None:
    chat = Chat().text(read(starts=("address",))).sends(kind)

    assert chat.said == [f"attachment-{kind.value}", ReplyId.ASK_ADDRESS]


# --- alarms


@pytest.mark.parametrize("alarm", [Alarm.DEATH, Alarm.LEGAL])
def test_a_death_or_a_legal_matter_is_for_a_person_and_starts_nothing(alarm: Alarm) -> None:
    chat = Chat().text(read(starts=("address",), alarms=(alarm,)))

    assert flags(chat) == [alarm.value]
    assert chat.conversation.draft is None


def test_displeasure_is_flagged_and_the_work_goes_on() -> None:
    chat = Chat().text(read(starts=("address",), alarms=(Alarm.DISPLEASURE,)))

    assert chat.said == [ReplyId.SORRY_DISPLEASURE, ReplyId.ASK_ADDRESS]
    assert flags(chat) == ["displeasure"]


# --- the first message


def test_the_first_message_says_what_the_bot_is() -> None:
    chat = Chat(last_inbound_at=None).text(MOVED)
    assert chat.said[0] == ReplyId.INTRO

    assert ReplyId.INTRO not in chat.text(NOTHING).said


def test_a_future_change_keeps_its_date() -> None:
    import datetime as dt

    day = dt.date(2026, 4, 1)
    soon = cue("address", when=When(WhenKind.FUTURE, day))
    chat = Chat().text(read(starts=("address",), cues=(soon,), values=(candidate("address", **OAK),)))
    assert chat.reply(ReplyId.SUMMARY).args["effective"] == day

    chat.text(YES).code()
    (filed,) = chat.caused(File)
    assert isinstance(filed, File)
    assert filed.requests[0].effective == day


def test_nothing_is_sent_or_filed_before_consent() -> None:
    chat = confirming().text(NOTHING).text(read(Act.ASK_WHY)).text(read(Act.THANK))

    assert not chat.ever(SendCode)
    assert not chat.ever(File)
    assert LINKED.customer is not None
