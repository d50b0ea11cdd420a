"""Withdrawal: what was filed is taken back as long as it was not applied."""

from __future__ import annotations

import pytest

from dialogs.effects import File, Withdraw
from dialogs.facts import OpenReceipt
from dialogs.replies import ReplyId
from dialogs.withdrawal import Takes, taken_back
from nlu.replaced import replaced
from nlu.types import Act
from tests.dialogs.build import LINKED, MOVED, NOTHING, UNLINKED, YES, Chat, read

ADDRESS, PHONE = "CR-2026-000001", "CR-2026-000002"
ONE = replaced(LINKED, open_requests={"address": ADDRESS})
TWO = replaced(LINKED, open_requests={"address": ADDRESS, "phone": PHONE})
WORDS = "I want to withdraw my request"


def withdrawn(chat: Chat) -> list[str]:
    return [effect.request for effect in chat.caused(Withdraw) if isinstance(effect, Withdraw)]


@pytest.mark.parametrize(
    ("text", "takes"),
    [
        ("Please withdraw my request", Takes.REQUEST),
        ("withdraw my address request", Takes.REQUEST),
        ("withdraw CR-2026-000001", Takes.REQUEST),
        ("cancel my request please", Takes.REQUEST),
        ("can I take my request back?", Takes.REQUEST),
        ("I take back my consent", Takes.CONSENT),
        ("I revoke the consent I gave yesterday", Takes.CONSENT),
        ("I no longer consent", Takes.CONSENT),
        ("I don’t agree to the change", Takes.CONSENT),
        ("撤回申请", Takes.REQUEST),
        ("帮我把昨天的申请撤销", Takes.REQUEST),
        ("我不同意了 撤回授权", Takes.CONSENT),
        ("收回我的同意", Takes.CONSENT),
        ("I moved to 12 Oak Street", None),
        ("I don't want to withdraw my request", None),
        ("I want to withdraw money", None),
        ("不要撤回申请", None),
        ("我不同意提交", None),
        ("申请提交了吗", None),
    ],
)
def test_what_a_message_takes_back(text: str, takes: Takes | None) -> None:
    assert taken_back(text) is takes


def test_the_one_open_request_is_withdrawn_at_once() -> None:
    chat = Chat(ONE).text(NOTHING, WORDS)

    assert withdrawn(chat) == [ADDRESS]
    assert chat.said == [ReplyId.WITHDRAWN]


def test_of_several_it_is_asked_which() -> None:
    chat = Chat(TWO).text(NOTHING, WORDS)
    assert chat.said == [ReplyId.CANCEL_FILED]
    assert not chat.ever(Withdraw)

    assert withdrawn(chat.text(replaced(NOTHING, chosen=("phone",)), "the phone")) == [PHONE]


@pytest.mark.parametrize(
    ("answer", "numbers"), [("both", [ADDRESS, PHONE]), ("CR-2026-000002", [PHONE]), ("全部", [ADDRESS, PHONE])]
)
def test_which_is_said_in_any_way(answer: str, numbers: list[str]) -> None:
    assert withdrawn(Chat(TWO).text(NOTHING, WORDS).text(NOTHING, answer)) == numbers


def test_a_number_or_a_field_in_the_same_words_needs_no_question() -> None:
    assert withdrawn(Chat(TWO).text(NOTHING, "withdraw my request CR-2026-000002")) == [PHONE]
    assert withdrawn(Chat(TWO).text(replaced(NOTHING, chosen=("address",)), WORDS)) == [ADDRESS]


def test_no_to_the_question_withdraws_nothing() -> None:
    chat = Chat(TWO).text(NOTHING, WORDS).tap("withdraw.none")

    assert chat.said == [ReplyId.WITHDRAW_KEPT]
    assert not chat.ever(Withdraw)


def test_a_question_about_withdrawing_is_asked_back() -> None:
    chat = Chat(ONE).text(NOTHING, "can I withdraw my request?")
    assert chat.said == [ReplyId.CANCEL_FILED]

    assert withdrawn(chat.text(YES)) == [ADDRESS]


def test_the_button_under_the_receipt_card_withdraws() -> None:
    chat = Chat().text(MOVED).text(YES).code()
    assert chat.caused(File)

    chat.facts = replaced(LINKED, open_requests={"address": "CR-2026-000123"})
    assert withdrawn(chat.tap("withdraw.request")) == ["CR-2026-000123"]

    chat.facts = LINKED
    assert chat.button("withdraw.request:CR-2026-000123").said == [ReplyId.WITHDRAW_OVER]


def test_somebody_elses_number_is_never_withdrawn() -> None:
    chat = Chat(ONE).button("withdraw.request:CR-2026-000777")

    assert not chat.ever(Withdraw)
    assert chat.said == [ReplyId.WITHDRAW_OVER]


def test_it_works_while_a_colleague_speaks() -> None:
    chat = Chat(ONE, owner="ann").button(f"withdraw.request:{ADDRESS}")

    assert withdrawn(chat) == [ADDRESS]
    assert chat.said == [ReplyId.WITHDRAWN]


def test_after_application_the_ways_that_are_left_are_named() -> None:
    applied = replaced(LINKED, receipts=(OpenReceipt(ADDRESS, "address"),))
    chat = Chat(applied).text(NOTHING, WORDS)

    assert chat.said == [ReplyId.WITHDRAW_NOTHING]
    assert chat.decision.replies[0].buttons[0].id == f"receipt.wrong:{ADDRESS}"


def test_consent_taken_back_before_filing_drops_the_draft() -> None:
    chat = Chat(ONE).text(read(starts=("email",))).text(read(Act.CANCEL), "cancel my request")

    assert chat.conversation.draft is None or withdrawn(chat) == [ADDRESS]


def test_in_an_unlinked_chat_there_is_nothing_to_take_back() -> None:
    assert not Chat(UNLINKED).text(NOTHING, WORDS).ever(Withdraw)
