"""Disclosure: the record is shown after a code to a contact on file, and to the customer only (rule 9)."""

from __future__ import annotations

import pytest

from dialogs.disclosure import asked
from dialogs.effects import Disclose, Flag, OnFile, Purpose, RecordProof, SendCode, SpendChallenge
from dialogs.facts import CodeOutcome
from dialogs.replies import ReplyId
from dialogs.types import Asked
from nlu.replaced import replaced
from nlu.types import Act
from tests.dialogs.build import LINKED, MOVED, NOTHING, PHONE, UNLINKED, Chat, read

WORDS = "What do you have on me?"
CLEAR = {
    "phone": {"e164": "+12175550144"},
    "address": {"number": "47", "street": "Elm Street", "city": "Springfield"},
    "bank_account": {"number": "GB82WEST12345698765432"},
}


def waiting() -> Chat:
    return Chat().text(NOTHING, WORDS)


@pytest.mark.parametrize(
    ("text", "wants"),
    [
        (WORDS, True),
        ("what data do you have about me", True),
        ("What personal information of mine do you store?", True),
        ("show me my record", True),
        ("Tell me what's in my file? what is in my file", True),
        ("which of my details do you hold", True),
        ("你们有我哪些资料？", True),
        ("你们这里登记了我什么信息", True),
        ("我的资料里都有哪些", True),
        ("查一下我的登记信息", True),
        ("I moved to 12 Oak Street", False),
        ("what do you have in stock?", False),
        ("show me the way", False),
        ("what can you do for me", False),
        ("我的资料变了", False),
        ("你们有什么产品", False),
        ("更新我的资料", False),
    ],
)
def test_who_asks_for_the_record(text: str, wants: bool) -> None:
    assert asked(text) is wants


def test_a_code_goes_to_a_contact_on_file_and_nothing_is_shown_before_it() -> None:
    chat = waiting()

    assert chat.said == [ReplyId.DISCLOSE_CODE_SENT]
    assert chat.code_sent.purpose is Purpose.DISCLOSE
    assert chat.code_sent.destination == OnFile("v-phone")
    assert chat.code_sent.digest == chat.conversation.id
    assert not chat.ever(Disclose)


def test_after_the_code_the_record_is_shown_and_the_showing_kept() -> None:
    chat = waiting().code(disclosed=CLEAR)

    assert chat.said == [ReplyId.DISCLOSED_FIRST, *[ReplyId.DISCLOSED] * 3, ReplyId.DISCLOSED_LAST]
    assert chat.decision.replies[2].args["value"] == "47 Elm Street, Springfield"
    assert chat.caused(Disclose) == [Disclose(("v-phone", "v-address"))]
    assert chat.caused(SpendChallenge)
    assert chat.conversation.pending is None


def test_of_what_is_sensitive_only_the_ending_is_shown() -> None:
    shown = waiting().code(disclosed=CLEAR).decision.replies[3].args["value"]

    assert "WEST" not in str(shown)


def test_the_record_is_not_said_again_without_another_code() -> None:
    chat = waiting().code(disclosed=CLEAR)
    assert "Elm" not in str(chat.conversation)

    assert "Elm" not in str(chat.text(read(Act.REPEAT)).decision.replies)


@pytest.mark.parametrize(
    "outcome", [CodeOutcome.MISMATCH, CodeOutcome.EXPIRED, CodeOutcome.EXHAUSTED, CodeOutcome.NONE_LIVE]
)
def test_without_the_right_code_nothing_is_shown(outcome: CodeOutcome) -> None:
    chat = waiting().code(outcome, disclosed=CLEAR)

    assert not chat.ever(Disclose)
    assert "Elm" not in str(chat.decision.replies)


def test_the_code_for_seeing_proves_no_change() -> None:
    chat = waiting().text(MOVED).code()

    assert not chat.ever(RecordProof)


def test_no_contact_left_or_a_frozen_record_goes_to_a_person() -> None:
    for facts in (replaced(LINKED, record={}), replaced(LINKED, frozen=True)):
        chat = Chat(facts).text(NOTHING, WORDS)
        assert chat.said == [ReplyId.DISCLOSE_NO_CONTACT]
        assert chat.caused(Flag)
        assert not chat.ever(SendCode)


def test_an_old_number_that_linked_the_chat_discloses_nothing() -> None:
    old = replaced(PHONE, proven_at=None)
    facts = replaced(LINKED, record={"phone": old}, linked_via="v-phone")

    assert Chat(facts).text(NOTHING, WORDS).said == [ReplyId.DISCLOSE_NO_CONTACT]


def test_an_unlinked_chat_is_linked_first() -> None:
    chat = Chat(UNLINKED).text(NOTHING, WORDS)

    assert chat.said == [ReplyId.DISCLOSE_FIRST_LINK, ReplyId.ASK_CUSTOMER_NUMBER]


def test_a_change_under_way_comes_first() -> None:
    chat = Chat().text(MOVED).text(NOTHING, WORDS)

    assert chat.said[0] == ReplyId.DISCLOSE_AFTERWARDS
    assert not chat.ever(SendCode)


def test_another_code_and_cancel_work() -> None:
    chat = waiting().tap("code.resend")
    assert chat.said == [ReplyId.DISCLOSE_CODE_SENT]
    assert chat.conversation.question.asked is Asked.CODE

    chat.tap("cancel")
    assert chat.conversation.pending is None


def test_a_code_typed_while_a_colleague_speaks_shows_the_record_in_cards() -> None:
    chat = waiting()
    chat.conversation = replaced(chat.conversation, owner="ann")
    chat.code(disclosed=CLEAR)

    assert ReplyId.DISCLOSED in chat.said
    assert all(reply.card for reply in chat.decision.replies)
