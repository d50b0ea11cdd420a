"""Linking: right and wrong customer numbers get the same answer."""

from __future__ import annotations

import pytest

from dialogs.effects import Flag, Link, NotifyContacts, Nowhere, OnFile, SendCode, SpendChallenge, SpendToken
from dialogs.facts import CodeOutcome, Fresh, TokenOutcome
from dialogs.linking import ask_number
from dialogs.replies import ReplyId
from dialogs.step import Turn
from dialogs.types import Asked, Conversation, Inbound, Reply, Stage
from nlu.types import Act
from tests.dialogs.build import ANA, LINKED, MOVED, NEW_PHONE, NO, NOW, PHONE, POLICY, UNLINKED, Chat, read
from tests.parts import parts_of

RIGHT = {"named_customer": ANA, "named_contacts": (PHONE,)}
NUMBER = read(number="CUST202001010001")


def asked() -> Chat:
    return Chat(UNLINKED).text(MOVED)


def test_a_change_in_an_unlinked_chat_asks_for_the_customer_number() -> None:
    chat = asked()

    assert chat.said == [ReplyId.ASK_CUSTOMER_NUMBER]
    assert chat.conversation.draft is not None


def test_right_and_wrong_numbers_get_the_same_answer_and_rhythm() -> None:
    right, wrong = asked().text(NUMBER, **RIGHT), asked().text(NUMBER)

    assert right.decision.replies == wrong.decision.replies
    assert [type(e) for e in right.decision.effects] == [type(e) for e in wrong.decision.effects]
    assert right.conversation.question == wrong.conversation.question
    assert right.code_sent.destination == OnFile("v-phone")
    assert wrong.code_sent.destination == Nowhere()


@pytest.mark.parametrize("outcome", [CodeOutcome.MISMATCH, CodeOutcome.EXPIRED, CodeOutcome.EXHAUSTED])
def test_right_and_wrong_numbers_fail_alike(outcome: CodeOutcome) -> None:
    right, wrong = asked().text(NUMBER, **RIGHT).code(outcome), asked().text(NUMBER).code(outcome)

    assert right.decision.replies == wrong.decision.replies


def test_a_customer_over_the_limit_looks_like_any_other() -> None:
    over, right = asked().text(NUMBER, **RIGHT, sends_left=0), asked().text(NUMBER, **RIGHT)

    assert over.decision.replies == right.decision.replies
    assert over.code_sent.destination == Nowhere()


def test_guessing_a_code_that_was_never_sent_links_nothing() -> None:
    chat = asked().text(NUMBER).code(CodeOutcome.MATCH)

    assert not chat.ever(Link)
    assert chat.conversation.customer is None
    assert chat.said == [ReplyId.CODE_WRONG]


def test_the_right_code_links_and_the_draft_goes_on_to_its_summary() -> None:
    chat = asked().text(NUMBER, **RIGHT)
    known = {"customer": ANA, "record": LINKED.record, "linked_via": "v-phone"}
    chat.code(CodeOutcome.MATCH, **known)

    assert chat.caused(Link) == [Link(ANA, "code", "v-phone")]
    assert chat.caused(SpendChallenge)
    assert chat.said == [ReplyId.LINKED, ReplyId.SUMMARY]


def test_when_the_record_was_not_looked_up_the_summary_waits() -> None:
    chat = asked().text(NUMBER, **RIGHT).code(CodeOutcome.MATCH)
    assert chat.said == [ReplyId.LINKED, ReplyId.SHALL_WE_GO_ON]

    chat.facts = LINKED
    assert chat.text(read(Act.AFFIRM)).said == [ReplyId.SUMMARY]


def test_a_valid_token_links_at_once() -> None:
    chat = Chat(UNLINKED, last_inbound_at=None).token(token=TokenOutcome.VALID, token_customer=ANA)

    assert chat.caused(Link) == [Link(ANA, "token", None)]
    assert chat.said == [ReplyId.INTRO, ReplyId.LINKED, ReplyId.WHAT_CHANGED]


@pytest.mark.parametrize("outcome", [TokenOutcome.EXPIRED, TokenOutcome.USED, TokenOutcome.INVALID])
def test_a_token_that_is_not_valid_links_nothing_and_does_not_say_why(outcome: TokenOutcome) -> None:
    chat = Chat(UNLINKED).token(token=outcome)

    assert not chat.ever(Link)
    assert chat.said == [ReplyId.LINK_TOKEN_OVER, ReplyId.ASK_CUSTOMER_NUMBER]


def test_another_customers_token_leaves_nothing_of_the_first_in_the_chat() -> None:
    chat = Chat().text(MOVED).token(token=TokenOutcome.VALID, token_customer="customer-bo")

    assert chat.said == [ReplyId.ASK_SWITCH]
    assert chat.caused(SpendToken)
    assert not chat.ever(Link)
    assert chat.conversation.customer == ANA
    assert chat.conversation.draft is not None

    chat.tap("switch.yes")
    assert chat.caused(Link) == [Link("customer-bo", "token", None)]
    assert chat.conversation.customer == "customer-bo"
    assert chat.conversation.draft is None
    assert chat.conversation.queue == ()
    assert "4417" not in str(chat.conversation)


@pytest.mark.parametrize("refusal", ["no", "something else"])
def test_a_link_of_an_attacker_takes_nobodys_chat(refusal: str) -> None:
    chat = Chat().text(MOVED).token(token=TokenOutcome.VALID, token_customer="customer-mallory")
    _ = chat.text(NO) if refusal == "no" else chat.text(read(Act.HELP))

    chat.button("switch.yes")
    if refusal == "no":
        assert not chat.ever(Link)
        assert chat.conversation.customer == ANA
        assert ReplyId.BUTTON_OVER in chat.said


def test_a_switch_that_nobody_was_asked_about_does_nothing() -> None:
    assert not Chat().button("switch.yes:customer-mallory").ever(Link)


def test_word_of_a_link_goes_to_the_contacts_on_file() -> None:
    by_token = Chat(UNLINKED).token(token=TokenOutcome.VALID, token_customer=ANA)
    by_code = asked().text(NUMBER, **RIGHT).code(CodeOutcome.MATCH)

    (told,) = by_token.caused(NotifyContacts)
    assert told == NotifyContacts(ANA, Reply(ReplyId.NOTICE_LINKED, {"company": "Acme"}))
    (told,) = by_code.caused(NotifyContacts)
    assert told.but == "v-phone"  # type: ignore[union-attr] # it typed the code


def test_resend_and_another_number_work_while_linking() -> None:
    chat = asked().text(NUMBER, **RIGHT).tap("code.resend")
    assert chat.code_sent.destination == OnFile("v-phone")

    chat.tap("code.other")
    assert chat.conversation.question.asked is Asked.CUSTOMER_NUMBER
    assert chat.conversation.pending is None


def test_a_failed_linking_is_flagged_and_can_be_tried_again() -> None:
    chat = asked().text(NUMBER).code(CodeOutcome.EXHAUSTED)

    assert chat.said == [ReplyId.LINK_FAILED]
    assert chat.caused(Flag)
    assert chat.conversation.question.asked is Asked.CUSTOMER_NUMBER


def test_who_does_not_know_the_number_is_helped() -> None:
    assert asked().text(NO).said == [ReplyId.CUSTOMER_NUMBER_HELP]


def test_nothing_on_record_is_shown_before_linking() -> None:
    chat = asked().text(NUMBER, **RIGHT)

    assert all("4417" not in str(reply.args) for reply in chat.decision.replies)
    assert chat.conversation.pending is not None
    assert chat.conversation.pending.masked == ""
    assert chat.conversation.stage is Stage.LINKING
    assert parts_of(chat.conversation.pending)["customer"] == ANA
    assert len(chat.ever(SendCode)) == 1


# --- the number that the messenger vouches for -----------------------------------------------------------------------


VOUCHED = {"vouched_customer": ANA, "vouched_version": "v-phone"}


def test_the_senders_own_number_links_when_one_customer_has_it() -> None:
    chat = asked().shares(**VOUCHED, customer=ANA, record=LINKED.record, linked_via="v-phone")

    assert chat.caused(Link) == [Link(ANA, "vouched", "v-phone")]
    assert chat.said == [ReplyId.LINKED, ReplyId.SUMMARY]
    (told,) = chat.caused(NotifyContacts)
    assert told.but is None  # type: ignore[union-attr] # nobody typed a code: the number itself is told too


def test_a_number_of_nobody_or_of_two_links_nothing_and_nothing_is_kept() -> None:
    chat = asked().shares()

    assert not chat.ever(Link)
    assert chat.said == [ReplyId.LINK_NUMBER_UNKNOWN, ReplyId.ASK_CUSTOMER_NUMBER]
    assert "0144" not in str(chat.conversation)


def test_in_a_linked_chat_the_own_card_is_a_phone_value_like_any_other() -> None:
    chat = Chat().text(read(starts=("phone",))).shares(read(values=NEW_PHONE.candidates))

    assert chat.said == [ReplyId.SUMMARY]
    assert not chat.ever(Link)
    assert not chat.ever(SendCode)


def test_a_linking_code_on_its_way_no_longer_counts_after_a_vouched_link() -> None:
    chat = asked().text(NUMBER, named_customer="customer-bo", named_contacts=(PHONE,)).shares(**VOUCHED)

    assert chat.conversation.customer == ANA
    assert chat.conversation.pending is None


@pytest.mark.parametrize(("channel", "offered"), [("telegram", True), ("webchat", False)])
def test_sharing_is_offered_where_the_messenger_vouches(channel: str, offered: bool) -> None:
    turn = Turn(Inbound(channel, "7", "m1", NOW, text="hi"), MOVED, UNLINKED, POLICY, Fresh(("d",), ("1",), "n"), NOW)
    asked = ask_number(Conversation("c-1", channel, "7"), turn).replies[0]

    assert ([one.id for one in asked.buttons] == ["contact.share"]) is offered
