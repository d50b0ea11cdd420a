"""Proof: which codes are needed, where each goes, and what a typed code causes (rule 1; design, part 6)."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogs.effects import File, Flag, NewContact, OnFile, RecordProof, SendCode, VoidDraft, Withdraw
from dialogs.facts import CodeOutcome, Facts
from dialogs.replies import ReplyId
from dialogs.types import Asked, Need, Stage
from nlu.replaced import replaced
from nlu.types import Act, Operation
from tests.dialogs.build import (
    ADDRESS,
    EMAIL,
    LINKED,
    MOVED,
    NEW_EMAIL,
    NEW_PHONE,
    NO,
    NOTHING,
    NOW,
    OAK,
    PHONE,
    YES,
    Chat,
    candidate,
    cue,
    read,
    verifying,
)


def reasons(chat: Chat) -> list[str]:
    return [flag.reason for flag in chat.caused(Flag) if isinstance(flag, Flag)]


def filed(chat: Chat) -> File:
    (file,) = chat.caused(File)
    assert isinstance(file, File)
    return file


def with_record(*contacts: object) -> Facts:
    record = {contact.field: contact for contact in (*contacts, ADDRESS)}  # type: ignore[attr-defined]
    return replaced(LINKED, record=record)


def test_an_ordinary_change_needs_a_code_to_the_phone_on_file() -> None:
    sent = verifying().code_sent

    assert sent.destination == OnFile("v-phone")
    assert sent.need is Need.ON_FILE


def test_without_a_phone_the_mailbox_on_file_gets_the_code() -> None:
    chat = Chat(with_record(EMAIL)).text(MOVED).text(YES)

    assert chat.code_sent.destination == OnFile("v-email")


def test_an_important_field_wants_a_phone_and_no_mailbox_will_do() -> None:
    name = read(starts=("name",), values=(candidate("name", full="Ana Maria Lopez"),))
    chat = Chat(with_record(EMAIL)).text(name).text(YES)

    assert chat.said == [ReplyId.NO_REACHABLE_CONTACT]
    assert reasons(chat) == ["no_reachable_contact"]
    assert not chat.ever(SendCode)


def test_the_code_message_says_what_it_authorises() -> None:
    message = verifying().code_sent.message

    assert message.id == ReplyId.CODE_MESSAGE
    assert "field-address" in str(message.args["what"])
    assert message.args["minutes"] == 10


def test_a_new_phone_is_proved_by_the_old_contact_first_and_then_the_new() -> None:
    chat = Chat().text(NEW_PHONE).text(YES)
    assert chat.said == [ReplyId.ASK_OLD_WORKS]
    assert not chat.ever(SendCode)

    chat.text(YES)
    assert chat.code_sent.destination == OnFile("v-phone")
    assert chat.said == [ReplyId.PROOFS_MISSING, ReplyId.CODE_SENT]

    chat.code()
    assert chat.caused(RecordProof)
    assert chat.said == [ReplyId.PROOF_ACCEPTED, ReplyId.CODE_SENT_NEW]
    assert isinstance(chat.code_sent.destination, NewContact)
    assert not chat.ever(File)

    chat.code()
    assert filed(chat).requests[0].proofs == tuple(proof.id for proof in chat.ever(RecordProof))  # type: ignore[union-attr]
    assert len(filed(chat).requests[0].proofs) == 2


def test_a_dead_old_number_leaves_the_next_contact_on_file() -> None:
    chat = Chat().text(NEW_PHONE).text(YES).text(NO)

    assert chat.code_sent.destination == OnFile("v-email")


def test_with_every_contact_gone_a_person_is_needed_and_nothing_is_filed() -> None:
    both = read(
        starts=("phone", "email"),
        values=(candidate("phone", e164="+12175550142"), candidate("email", email="new@example.com")),
    )
    chat = Chat().text(both).text(YES).text(NO)
    assert chat.said == [ReplyId.ASK_OLD_WORKS]

    chat.text(NO)
    assert chat.said == [ReplyId.NO_REACHABLE_CONTACT]
    assert reasons(chat) == ["no_reachable_contact"]
    assert not chat.ever(SendCode)


def test_the_new_contact_is_never_the_only_proof_whatever_the_policy_says() -> None:
    chat = Chat(with_record())
    careless = replaced(chat.policy.fields["phone"], proofs=(Need.NEW_CONTACT,))
    chat.policy = replaced(chat.policy, fields={**chat.policy.fields, "phone": careless})

    chat.text(NEW_PHONE).text(YES)

    assert chat.said == [ReplyId.NO_REACHABLE_CONTACT]


def test_two_new_contacts_each_prove_themselves() -> None:
    both = read(
        starts=("phone", "email"),
        values=(candidate("phone", e164="+12175550142"), candidate("email", email="new@example.com")),
    )
    chat = Chat().text(both).text(YES).text(YES).code().code()
    assert not chat.ever(File)

    chat.code()
    assert [request.field for request in filed(chat).requests] == ["phone", "email"]
    assert [request.number for request in filed(chat).requests] == ["CR-2026-000123", "CR-2026-000124"]
    assert len({request.digest for request in filed(chat).requests}) == 1


def test_a_removed_mailbox_proves_nothing_itself() -> None:
    chat = Chat().text(read(starts=("email",), cues=(cue("email", Operation.REMOVE),))).text(YES)
    assert chat.code_sent.destination == OnFile("v-phone")

    chat.code()
    assert filed(chat).requests[0].operation is Operation.REMOVE


def test_an_unreachable_contact_gets_no_code() -> None:
    lost = read(
        starts=("phone",),
        cues=(cue("phone", Operation.UNREACHABLE),),
        values=(candidate("phone", e164="+12175550142"),),
    )
    chat = Chat().text(lost).text(YES)

    assert chat.code_sent.destination == OnFile("v-email")


def test_a_contact_in_doubt_comes_last_and_is_asked_about() -> None:
    doubtful = replaced(PHONE, to_verify=True)

    assert Chat(with_record(doubtful, EMAIL)).text(MOVED).text(YES).code_sent.destination == OnFile("v-email")
    assert Chat(with_record(doubtful)).text(MOVED).text(YES).said == [ReplyId.ASK_OLD_WORKS]


@pytest.mark.parametrize(("age", "version"), [(91, "v-email"), (89, "v-phone")])
def test_linking_and_proving_through_one_old_number_is_one_factor(age: int, version: str) -> None:
    phone = replaced(PHONE, proven_at=NOW - dt.timedelta(days=age))
    facts = replaced(with_record(phone, EMAIL), linked_via="v-phone")

    chat = Chat(facts).text(MOVED).text(YES)

    assert chat.code_sent.destination == OnFile(version)


@pytest.mark.parametrize("linked", [1, 700])
@pytest.mark.parametrize("proven", [None, 91])
def test_a_link_made_through_the_number_is_one_factor_however_old_it_is(linked: int, proven: int | None) -> None:
    """Since then the number may have become a stranger's, and the chat with it."""
    at = None if proven is None else NOW - dt.timedelta(days=proven)
    phone = replaced(PHONE, proven_at=at)
    since = NOW - dt.timedelta(days=linked)
    facts = replaced(with_record(phone), linked_via="v-phone", linked_at=since)

    chat = Chat(facts).text(MOVED).text(YES)

    assert chat.said == [ReplyId.NO_REACHABLE_CONTACT]
    assert reasons(chat) == ["no_reachable_contact"]
    assert not chat.ever(SendCode)


def test_an_important_change_does_not_fall_back_on_the_mailbox_when_the_phone_is_one_factor() -> None:
    phone = replaced(PHONE, proven_at=None)
    facts = replaced(with_record(phone, EMAIL), linked_via="v-phone")
    name = read(starts=("name",), values=(candidate("name", full="Ana Maria Lopez"),))

    assert Chat(facts).text(name).text(YES).said == [ReplyId.NO_REACHABLE_CONTACT]


def test_a_mailbox_that_linked_the_chat_is_one_factor_too() -> None:
    mailbox = replaced(EMAIL, proven_at=None)
    facts = replaced(with_record(mailbox), linked_via="v-email")

    assert Chat(facts).text(MOVED).text(YES).said == [ReplyId.NO_REACHABLE_CONTACT]


def test_a_link_made_otherwise_leaves_every_contact_free_to_prove() -> None:
    phone = replaced(PHONE, proven_at=None)

    assert Chat(with_record(phone)).text(MOVED).text(YES).code_sent.destination == OnFile("v-phone")


def test_a_wrong_code_files_nothing_and_says_how_many_tries_are_left() -> None:
    chat = verifying().code(CodeOutcome.MISMATCH, attempts_left=3)

    assert chat.said == [ReplyId.CODE_WRONG]
    assert chat.reply(ReplyId.CODE_WRONG).args["left"] == 3
    assert not chat.ever(RecordProof)
    assert chat.conversation.question.asked is Asked.CODE


def test_an_expired_code_can_be_sent_again() -> None:
    chat = verifying().code(CodeOutcome.EXPIRED)
    first = chat.conversation.pending
    assert chat.said == [ReplyId.CODE_EXPIRED]

    chat.tap("code.resend")
    assert chat.said == [ReplyId.CODE_SENT]
    assert first is not None
    assert chat.code_sent.challenge != first.challenge


def test_an_exhausted_code_is_looked_at_by_a_person() -> None:
    chat = verifying().code(CodeOutcome.EXHAUSTED)

    assert chat.said == [ReplyId.CODE_FAILED]
    assert reasons(chat) == ["code_failed"]
    assert not chat.ever(File)


def test_over_the_sending_limit_nothing_is_sent() -> None:
    chat = Chat().text(MOVED).text(YES, sends_left=0)

    assert chat.said == [ReplyId.CODE_LIMIT]
    assert not chat.ever(SendCode)
    assert reasons(chat) == ["code_failed"]


@pytest.mark.parametrize("words", ["resend", "Send a new code.", "重新发送", "没收到"])
def test_resend_can_be_typed(words: str) -> None:
    chat = verifying().text(read(), words)

    assert chat.caused(SendCode)


def test_another_contact_can_be_asked_for() -> None:
    chat = verifying().tap("code.other")

    assert chat.code_sent.destination == OnFile("v-email")


def test_no_code_at_the_new_contact_leads_back_to_its_value() -> None:
    chat = Chat().text(NEW_EMAIL).text(YES).code()
    chat.tap("code.other")

    assert chat.said == [ReplyId.WHAT_INSTEAD]
    assert chat.caused(VoidDraft)


def test_a_proof_never_outlives_a_correction() -> None:
    chat = Chat().text(NEW_EMAIL).text(YES).code()
    chat.text(read(Act.CORRECT, values=(candidate("email", email="other@example.com"),)))
    chat.text(YES)

    assert chat.code_sent.destination == OnFile("v-phone")
    assert not chat.ever(File)


def test_filing_states_makers_due_time_and_what_it_was_proposed_against() -> None:
    chat = verifying()
    chat.conversation = replaced(chat.conversation, helpers=("mei",))
    request = filed(chat.code()).requests[0]

    assert request.makers == {"customer:customer-ana", "staff:mei"}
    assert request.due_at is not None
    assert request.due_at > chat.now
    assert request.against == "v-address"
    assert request.value == OAK
    assert chat.conversation.stage is Stage.FILED
    assert chat.conversation.helpers == ()


def test_a_contact_on_another_customer_reads_like_any_other_review() -> None:
    plain = Chat().text(NEW_EMAIL)
    chat = Chat().text(NEW_EMAIL, elsewhere=frozenset({"email"}))
    assert chat.said == plain.said

    chat.text(YES).code().code()
    assert chat.said == [ReplyId.FILED]
    assert filed(chat).requests[0].risks == ("contact_on_other_customer",)


def test_a_replaced_request_is_withdrawn_when_the_new_one_is_filed() -> None:
    old = {"address": "CR-2026-000007"}
    chat = Chat().text(MOVED, open_requests=old).text(YES, open_requests=old).text(YES, open_requests=old)
    assert not chat.ever(Withdraw)

    chat.code(open_requests=old)
    assert chat.caused(Withdraw) == [Withdraw("CR-2026-000007", "replaced")]


def test_a_request_whose_field_was_dropped_from_the_draft_is_not_withdrawn() -> None:
    """It would be replaced by nothing."""
    old = {"address": "CR-2026-000007"}
    both = read(starts=("address", "email"), values=(candidate("address", **OAK), candidate("email", email="n@e.org")))
    cancel = read(Act.CANCEL, cues=(cue("address"),))
    chat = Chat().text(both, open_requests=old).text(YES, open_requests=old).text(cancel, open_requests=old)
    chat.text(YES, open_requests=old).code(open_requests=old).code(open_requests=old)

    assert [request.field for request in filed(chat).requests] == ["email"]
    assert not chat.ever(Withdraw)


# --- a code with more beside it ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "493022",
        "493 022",
        "4 9 3 0 2 2",
        "493022.",
        "493022 thanks!",
        "here it is: 493022",
        "OK, 493022",
        "yes 493022",
        "my code is 493022",
        "no, it's 493022",
        "sorry, 493022",
        "wait, 493022",
        "I got 493022",
        "the PIN says 493022",
        "four nine three zero two two",
        "４９３０２２",
        "验证码是493022",
        "不对,是493022",
        "收到了，493022",
        "四九三〇二二",
        "对 493022 谢谢",
    ],
)
def test_a_code_is_a_yes_in_the_few_words_that_change_nothing(words: str) -> None:
    chat = verifying().text(NOTHING, words, code=CodeOutcome.MATCH)

    assert filed(chat)


@pytest.mark.parametrize(
    "words",
    [
        "493022 but it is number 14",
        "493022, wait, 14 not 12",
        "no, that's wrong, 493022",
        "493022 cancel",
        "cancel 493022",
        "493022 stop, don't file it",
        "I did not request this 493022",
        "not me! 493022",
        "this wasn't me, code 493022",
        "someone sent me 493022 what is this",
        "why do I need 493022",
        "493022, 14",
        "取消 493022",
        "493022 不是我",
        "493022 地址错了",
        "493022 不对",
        "493022 我没申请",
        "别提交 493022",
    ],
)
def test_a_code_with_more_beside_it_files_nothing(words: str) -> None:
    """The code alone goes on afterwards, and so does "change something"."""
    chat = verifying().text(NOTHING, words, code=CodeOutcome.MATCH)

    assert chat.said == [ReplyId.CODE_ALONE]
    assert not chat.caused(File)
    assert not chat.caused(RecordProof)
    assert filed(chat.text(NOTHING, "493022", code=CodeOutcome.MATCH))
