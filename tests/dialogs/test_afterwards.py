"""After filing: receipts, check-ins, and the language of the conversation."""

from __future__ import annotations

import pytest

from dialogs.effects import AnswerCheckIn, AnswerReceipt, CheckInAnswer, Flag
from dialogs.facts import OpenCheckIn, OpenReceipt
from dialogs.replies import ReplyId
from dialogs.types import Asked, Question
from nlu.types import Act, Language
from tests.dialogs.build import MOVED, NO, NOTHING, YES, Chat, candidate, confirming, read

RECEIPT = {"receipts": (OpenReceipt("CR-2026-000123", "address"),)}
CHECK_IN = {"check_in": OpenCheckIn("k-1", "phone", "v-phone")}


def receipt_open() -> Chat:
    return Chat(question=Question(Asked.RECEIPT, "CR-2026-000123"))


def check_in_open() -> Chat:
    return Chat(question=Question(Asked.CHECK_IN, "k-1"))


def answers(chat: Chat) -> list[CheckInAnswer]:
    return [effect.answer for effect in chat.caused(AnswerCheckIn) if isinstance(effect, AnswerCheckIn)]


def test_yes_confirms_the_receipt() -> None:
    chat = receipt_open().text(YES, **RECEIPT)

    assert chat.caused(AnswerReceipt) == [AnswerReceipt("CR-2026-000123", True)]
    assert chat.said == [ReplyId.RECEIPT_THANKS]
    assert chat.conversation.question.asked is Asked.NOTHING


def test_no_disputes_it_and_a_person_looks() -> None:
    chat = receipt_open().button("receipt.wrong:CR-2026-000123", **RECEIPT)

    assert chat.caused(AnswerReceipt) == [AnswerReceipt("CR-2026-000123", False)]
    assert chat.caused(Flag) == [Flag("dispute", "address")]


def test_thats_wrong_said_later_disputes_the_one_open_receipt() -> None:
    assert Chat().text(NO, **RECEIPT).caused(AnswerReceipt) == [AnswerReceipt("CR-2026-000123", False)]


def test_a_receipt_is_answered_once() -> None:
    chat = receipt_open().button("receipt.right:CR-2026-000123")

    assert not chat.ever(AnswerReceipt)
    assert chat.said == [ReplyId.RECEIPT_OVER]


def test_a_receipt_answered_in_mid_flow_leaves_the_open_question() -> None:
    chat = confirming().button("receipt.right:CR-2026-000123", **RECEIPT)

    assert chat.caused(AnswerReceipt)
    assert chat.conversation.question.asked is Asked.CONSENT


@pytest.mark.parametrize(
    ("verb", "answer", "said"),
    [
        ("still", CheckInAnswer.STILL_RIGHT, [ReplyId.CHECK_IN_STILL]),
        ("changed", CheckInAnswer.CHANGED, [ReplyId.ASK_PHONE]),
        ("later", CheckInAnswer.LATER, [ReplyId.CHECK_IN_LATER]),
        ("stop", CheckInAnswer.STOP, [ReplyId.CHECK_IN_STOP]),
    ],
)
def test_the_four_answers_to_a_check_in(verb: str, answer: CheckInAnswer, said: list[str]) -> None:
    chat = check_in_open().button(f"checkin.{verb}:k-1", **CHECK_IN)

    assert answers(chat) == [answer]
    assert chat.said == said


@pytest.mark.parametrize(
    ("words", "read_as", "answer"),
    [
        ("yes", YES, CheckInAnswer.STILL_RIGHT),
        ("no", NO, CheckInAnswer.CHANGED),
        ("not now", read(Act.LATER), CheckInAnswer.LATER),
        ("leave me alone", read(Act.OPT_OUT), CheckInAnswer.STOP),
        ("Still right", NOTHING, CheckInAnswer.STILL_RIGHT),
        ("没变", NOTHING, CheckInAnswer.STILL_RIGHT),
        ("I have a new number", read(starts=("phone",)), CheckInAnswer.CHANGED),
    ],
)
def test_a_check_in_is_answered_in_words(words: str, read_as: object, answer: CheckInAnswer) -> None:
    chat = check_in_open().text(read_as, words, **CHECK_IN)  # type: ignore[arg-type] # an Understanding

    assert answers(chat) == [answer]


def test_no_with_the_new_value_goes_straight_to_the_summary() -> None:
    value = candidate("phone", e164="+12175550142")
    chat = check_in_open().text(read(Act.DENY, starts=("phone",), values=(value,)), **CHECK_IN)

    assert answers(chat) == [CheckInAnswer.CHANGED]
    assert chat.said == [ReplyId.SUMMARY]


def test_an_old_check_ins_button_is_answered_kindly() -> None:
    chat = check_in_open().button("checkin.still:k-0", **CHECK_IN)

    assert answers(chat) == []
    assert chat.said == [ReplyId.CHECK_IN_OVER]


def test_the_conversation_follows_the_customers_language() -> None:
    chat = Chat().text(read(starts=("address",), language=Language.ZH), "我搬家了")
    assert chat.conversation.language is Language.ZH

    chat.text(read(Act.HELP), "what do you mean, sorry")
    assert chat.conversation.language is Language.EN


@pytest.mark.parametrize("words", ["ok", "a@b.cn", "493022", "👍"])
def test_a_bare_word_does_not_change_the_language(words: str) -> None:
    chat = Chat(language=Language.ZH).text(read(Act.AFFIRM), words)

    assert chat.conversation.language is Language.ZH


def test_the_channels_locale_decides_before_the_first_word() -> None:
    chat = Chat(last_inbound_at=None).text(MOVED, "我搬家了")

    assert chat.conversation.language is Language.EN
