"""Facts: what the understanding named, looked up; a code counted before it is compared."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogs.effects import Decision, Disclose, Link, NewContact, Nowhere, OnFile, Purpose, SendCode
from dialogs.facts import CodeOutcome, Facts, TokenOutcome
from dialogs.request import State
from dialogs.types import Conversation, Draft, Inbound, Item, Need, Pending, Reply, Stage
from nlu.replaced import replaced
from nlu.types import Act, Candidate, Language, Operation, Understanding, Value
from store.uow import UnitOfWork
from tests.store.kit import NOW
from tests.store.road import CODE, EMAIL, NEW_PHONE, PHONE, POLICY, STAFF, Road, inbound

READ = Understanding(Language.EN)


def facts(road: Road, conversation: Conversation, read: Understanding = READ, message: Inbound | None = None) -> Facts:
    return road.write(lambda uow: uow.facts(conversation, message or inbound(), read, road.now))


def candidate(field: str, value: Value) -> Understanding:
    return replaced(READ, candidates=(Candidate(field, "", (0, 1), value),))


def typed(code: str) -> Understanding:
    return replaced(READ, code=code)


def waiting(road: Road, customer: str) -> Conversation:
    """A chat that waits for the code of a change."""
    conversation = road.agreed(road.linked(customer))
    return road.sent(conversation, OnFile(road.version(customer, "email")))


def test_an_unlinked_chat_has_no_facts(road: Road) -> None:
    found = facts(road, road.chat())

    assert found == Facts()


def test_a_linked_chat_has_its_customers_record(road: Road) -> None:
    customer = road.customer(no="CUST7", timezone="Asia/Shanghai")
    conversation = road.linked(customer)

    found = facts(road, conversation, candidate("phone", NEW_PHONE))

    assert (found.customer, found.customer_no, found.timezone) == (customer, "CUST7", "Asia/Shanghai")
    assert set(found.record) == {"name", "phone", "email", "address"}
    assert found.linked_at == NOW
    assert found.linked_via is None
    assert found.same_as_record == found.elsewhere == frozenset()


def test_small_talk_looks_nothing_up(road: Road) -> None:
    conversation = road.linked(road.customer())

    found = facts(road, conversation, replaced(READ, acts=frozenset({Act.GREET})))

    assert found.record == {}


def test_a_value_is_compared_with_the_record_and_with_other_customers(road: Road) -> None:
    conversation = road.linked(road.customer())
    road.customer(phone=NEW_PHONE, email=None)

    assert facts(road, conversation, candidate("phone", PHONE)).same_as_record == {"phone"}
    assert facts(road, conversation, candidate("phone", NEW_PHONE)).elsewhere == {"phone"}
    assert facts(road, conversation, candidate("email", EMAIL)).elsewhere == frozenset()


def test_what_was_collected_before_is_compared_too(road: Road) -> None:
    road.customer(phone=NEW_PHONE, email=None)
    draft = Draft("d", (Item("phone", Operation.CHANGED, NEW_PHONE),), NOW)
    conversation = replaced(road.linked(road.customer()), draft=draft)

    assert facts(road, conversation).elsewhere == {"phone"}


def test_two_people_may_share_an_address(road: Road) -> None:
    address = {"street": "Oak Street", "number": "1"}
    road.customer(address=address)
    conversation = road.linked(road.customer())

    assert facts(road, conversation, candidate("address", address)).elsewhere == frozenset()


def test_the_right_code_matches_and_a_wrong_one_is_counted(road: Road) -> None:
    conversation = waiting(road, road.customer())

    wrong = facts(road, conversation, typed("000000"))
    right = facts(road, conversation, typed(CODE))

    assert (wrong.code, wrong.attempts_left) == (CodeOutcome.MISMATCH, 4)
    assert (right.code, right.attempts_left) == (CodeOutcome.MATCH, 3)
    assert road.rows("SELECT attempts FROM challenge") == [(2,)]


def test_after_the_last_attempt_even_the_right_code_is_too_late(road: Road) -> None:
    conversation = waiting(road, road.customer())

    outcomes = [facts(road, conversation, typed("000000")).code for _ in range(5)]

    assert outcomes == [CodeOutcome.MISMATCH] * 4 + [CodeOutcome.EXHAUSTED]
    assert facts(road, conversation, typed(CODE)).code is CodeOutcome.EXHAUSTED


def test_an_expired_code_does_not_match(road: Road) -> None:
    conversation = waiting(road, road.customer())

    road.now += POLICY.codes.lifetime

    assert facts(road, conversation, typed(CODE)).code is CodeOutcome.EXPIRED


def test_a_code_for_a_change_that_was_corrected_since_does_not_match(road: Road) -> None:
    conversation = waiting(road, road.customer())
    assert conversation.draft is not None
    other = replaced(conversation.draft, digest="ee" * 32)

    assert facts(road, replaced(conversation, draft=other), typed(CODE)).code is CodeOutcome.MISMATCH


def test_a_replaced_code_is_no_longer_live(road: Road) -> None:
    customer = road.customer()
    first = waiting(road, customer)
    second = road.sent(first, OnFile(road.version(customer, "email")), code="111222")

    stale = replaced(second, pending=first.pending)

    assert facts(road, stale, typed(CODE)).code is CodeOutcome.NONE_LIVE
    assert facts(road, second, typed("111222")).code is CodeOutcome.MATCH


def test_a_code_that_went_nowhere_never_matches(road: Road) -> None:
    conversation = road.sent(replaced(road.chat(), stage=Stage.LINKING), Nowhere(), need=None)

    assert facts(road, conversation, typed(CODE)).code is CodeOutcome.MISMATCH


def test_attempts_at_one_customers_codes_are_limited_over_all_chats(road: Road) -> None:
    """Beyond the limit a linking code fails like one that went nowhere: how often says whether a number is real."""
    customer = road.customer()
    outcomes = []
    for n in range(4):
        chat = replaced(road.chat(f"chat-{n}"), stage=Stage.LINKING)
        chat = road.sent(chat, OnFile(road.version(customer, "phone")), need=None, customer=customer)
        outcomes += [facts(road, chat, typed("000000")).code for _ in range(4)]

    assert outcomes == [CodeOutcome.MISMATCH] * 16
    assert facts(road, chat, typed(CODE)).code is CodeOutcome.EXHAUSTED


def test_a_right_linking_code_is_too_late_after_too_many_attempts_in_other_chats(road: Road) -> None:
    customer = road.customer()
    for n in range(4):
        chat = replaced(road.chat(f"chat-{n}"), stage=Stage.LINKING)
        chat = road.sent(chat, OnFile(road.version(customer, "phone")), need=None, customer=customer)
        for _ in range(5 if n < 3 else 0):
            facts(road, chat, typed("000000"))

    assert facts(road, chat, typed(CODE)).code is CodeOutcome.MISMATCH


def test_attempts_at_a_change_end_with_the_limit_of_the_customer(road: Road) -> None:
    customer = road.customer()
    outcomes = []
    for n in range(4):
        agreed = road.agreed(road.linked(customer, f"chat-{n}"), digest=f"{n}" * 64)
        chat = road.sent(agreed, OnFile(road.version(customer, "phone")))
        outcomes += [facts(road, chat, typed("000000")).code for _ in range(4)]

    assert outcomes == [CodeOutcome.MISMATCH] * 15 + [CodeOutcome.EXHAUSTED]


def test_a_contact_of_two_customers_links_neither(road: Road) -> None:
    road.customer(email=None)
    road.customer(no="CUST7")
    typed_number = replaced(READ, customer_number="CUST7")

    named = facts(road, road.chat(), typed_number)

    assert named.named_customer is not None
    assert [contact.field for contact in named.named_contacts] == ["email"]


def test_the_right_linking_code_brings_the_facts_of_the_customer_it_links_to(road: Road) -> None:
    customer = road.customer(no="CUST7")
    version = road.version(customer, "phone")
    conversation = replaced(road.chat(), stage=Stage.LINKING)
    conversation = road.sent(conversation, OnFile(version), need=None, customer=customer)

    wrong = facts(road, conversation, typed("000000"))
    right = facts(road, conversation, typed(CODE))

    assert (wrong.customer, wrong.record) == (None, {})
    assert (right.customer, right.linked_via) == (customer, version)
    assert "phone" in right.record


def test_a_typed_customer_number_names_a_customer_with_contacts_phone_first(road: Road) -> None:
    customer = road.customer(no="CUST7")
    linking = replaced(road.chat(), stage=Stage.LINKING)

    right = facts(road, linking, replaced(READ, customer_number="CUST7"))
    wrong = facts(road, linking, replaced(READ, customer_number="CUST8"))

    assert right.named_customer == customer
    assert [contact.field for contact in right.named_contacts] == ["phone", "email"]
    assert right.customer is None
    assert (wrong.named_customer, wrong.named_contacts) == (None, ())
    assert right.sends_left == wrong.sends_left == 5


@pytest.mark.parametrize("elsewhere", [False, True])
def test_sends_are_limited_per_chat_and_per_destination(road: Road, elsewhere: bool) -> None:
    customer = road.customer()
    conversation = waiting(road, customer)
    for _ in range(2):
        conversation = road.sent(conversation, OnFile(road.version(customer, "email")))

    other = replaced(road.linked(customer, "other"), stage=Stage.VERIFYING) if elsewhere else conversation

    assert facts(road, other).sends_left == 2
    road.now += POLICY.codes.window + dt.timedelta(seconds=1)
    assert facts(road, other).sends_left == 5


def test_sends_to_a_new_contact_count_for_that_contact(road: Road) -> None:
    conversation = waiting(road, road.customer())
    for _ in range(3):
        conversation = road.sent(conversation, NewContact("phone", NEW_PHONE), Need.NEW_CONTACT)
    other = road.linked(road.customer(email=None), "other")
    draft = Draft("d", (Item("phone", Operation.CHANGED, NEW_PHONE),), NOW)

    assert facts(road, replaced(other, draft=draft, stage=Stage.VERIFYING)).sends_left == 2


def test_a_valid_token_brings_the_facts_of_its_customer(road: Road) -> None:
    customer, chat = road.customer(), road.chat()
    token = road.write(lambda uow: uow.customers.link_token(customer, NOW, dt.timedelta(hours=1)))
    opened = replaced(inbound(None), link_token=token)

    found = facts(road, chat, message=opened)
    forged = facts(road, chat, message=replaced(opened, link_token="forged"))

    assert (found.token, found.token_customer, found.customer) == (TokenOutcome.VALID, customer, customer)
    assert "phone" in found.record
    assert (forged.token, forged.token_customer, forged.customer) == (TokenOutcome.INVALID, None, None)


def test_a_used_token_stays_used(road: Road) -> None:
    customer, chat = road.customer(), road.chat()
    token = road.write(lambda uow: uow.customers.link_token(customer, NOW, dt.timedelta(hours=1)))
    opened = replaced(inbound(None), link_token=token)
    road.commit(Decision(chat, effects=(Link(customer, "token"),)), opened)

    assert facts(road, road.chat("thief"), message=opened).token is TokenOutcome.USED


def test_open_requests_and_receipts_are_found_by_field(road: Road) -> None:
    customer = road.customer()
    request = road.filed(customer)
    conversation = road.chat()

    assert facts(road, conversation).open_requests == {"phone": request.number}
    applied = road.moved(road.approved(request), State.APPLIED)
    assert facts(road, conversation).open_requests == {}
    assert facts(road, conversation).receipts == ()
    road.moved(applied, State.SYNCED)
    (receipt,) = facts(road, conversation).receipts
    assert (receipt.request, receipt.field) == (request.number, "phone")


def test_the_next_number_follows_the_last_one_filed_this_year(road: Road) -> None:
    customer = road.customer()
    road.filed(customer, number="CR-2026-000041")
    verifying = replaced(road.chat(), stage=Stage.VERIFYING)

    assert facts(road, verifying).next_number == 42
    road.now = road.now.replace(year=2027)
    assert facts(road, verifying).next_number == 1


# --- what the risk rules look at ------------------------------------------------------------------------------------


def test_what_happened_lately_is_looked_up_once_a_change_was_proposed(road: Road) -> None:
    customer = road.customer()
    proposed = road.agreed(road.linked(customer))

    assert facts(road, replaced(proposed, draft=None)).countries == frozenset()
    found = facts(road, proposed)
    assert found.countries != frozenset()
    assert (found.contact_changes, found.failed_codes, found.phone_changed_at) == (0, 0, None)


def test_contact_changes_count_when_filed_and_not_once_they_were_stopped(road: Road) -> None:
    customer = road.customer()
    filed = road.filed(customer)
    there = road.agreed(road.linked(customer, chat="another"), digest="d2" * 32)
    assert facts(road, there).contact_changes == 1

    road.now += dt.timedelta(days=8)
    assert facts(road, there).contact_changes == 0
    road.now = NOW
    road.moved(road.moved(filed, State.IN_REVIEW), State.WITHDRAWN)
    assert facts(road, there).contact_changes == 0


def test_wrong_codes_count_within_their_time(road: Road) -> None:
    chat = waiting(road, road.customer())
    for _ in range(3):
        facts(road, chat, typed("000000"))
    assert facts(road, chat).failed_codes == 3

    facts(road, chat, typed(CODE))
    road.now += dt.timedelta(days=2)
    assert facts(road, chat).failed_codes == 0


def test_wrong_linking_codes_count_only_in_the_chat_where_they_were_typed(road: Road) -> None:
    customer = road.customer()
    guessing = road.sent(road.chat("stranger"), OnFile(road.version(customer, "phone")), need=None)
    facts(road, guessing, typed("000000"))

    assert facts(road, road.agreed(road.linked(customer))).failed_codes == 0


# --- the number that the messenger vouches for -----------------------------------------------------------------------


def card(number: str = PHONE["e164"]) -> Inbound:
    return replaced(inbound(), text=None, vouched=number)


def test_a_vouched_number_on_one_customer_names_them(road: Road) -> None:
    customer = road.customer()
    found = facts(road, road.chat(), message=card())

    assert (found.vouched_customer, found.customer) == (customer, customer)
    assert found.vouched_version == found.linked_via == road.version(customer, "phone")
    assert "phone" in found.record


def test_a_vouched_number_on_two_customers_or_none_or_in_doubt_names_nobody(road: Road) -> None:
    road.customer()
    assert facts(road, road.chat(), message=card("+12025550000")).vouched_customer is None

    road.customer(no="CUST2")
    assert facts(road, road.chat(), message=card()).vouched_customer is None

    road.customer(no="CUST3", phone=NEW_PHONE)
    road.write(lambda uow: uow.run("UPDATE value_version SET doubted_at = 1"))
    assert facts(road, road.chat(), message=card(NEW_PHONE["e164"])).vouched_customer is None


def test_in_a_linked_chat_a_vouched_number_names_nobody(road: Road) -> None:
    chat = road.linked(road.customer())

    assert facts(road, chat, message=card()).vouched_customer is None


def test_one_number_is_one_factor_whichever_version_it_has(road: Road) -> None:
    """The record was written anew since the chat was linked through it, with the same number."""
    customer = road.customer()
    road.effects(road.chat(), Link(customer, "code", road.version(customer, "phone")))

    def again(uow: UnitOfWork) -> None:
        audit = uow.audit.append("test.changed", "x", STAFF, NOW, customer=customer)
        uow.customers.values.close(customer, "phone", NOW, None)
        uow.customers.values.open_imported(customer, "phone", PHONE, NOW, audit)

    road.write(again)
    found = facts(road, road.chat(), candidate("phone", NEW_PHONE))
    assert found.linked_via == found.record["phone"].version


# --- what do you have on me? -----------------------------------------------------------------------------------------


def seeing(road: Road) -> Conversation:
    """A chat that waits for the code with which its customer sees the record."""
    customer = road.customer()
    chat, phone = road.linked(customer), road.version(customer, "phone")
    until = road.now + dt.timedelta(minutes=10)
    pending = Pending("c" * 32, None, phone, "••", road.now, until, "phone", discloses=True)
    message = Reply("disclose-code-message", {"code": CODE})
    send = SendCode(pending.challenge, Purpose.DISCLOSE, None, chat.id, OnFile(phone), CODE, message, until)
    return road.effects(replaced(chat, pending=pending), send)


def test_the_record_is_in_clear_only_with_the_right_code_for_seeing_it(road: Road) -> None:
    chat = seeing(road)

    assert facts(road, chat).disclosed == {}
    assert facts(road, chat, typed("000000")).disclosed == {}
    assert facts(road, chat, typed(CODE)).disclosed["phone"] == PHONE
    assert PHONE["e164"] not in repr(facts(road, chat, typed(CODE)))
    assert facts(road, replaced(chat, pending=None), typed(CODE)).disclosed == {}


def test_asking_for_the_record_counts_the_codes_left(road: Road) -> None:
    chat = road.linked(road.customer())

    assert facts(road, chat, message=inbound("what do you have on me?")).sends_left > 0
    assert facts(road, chat, message=inbound("hello there")).sends_left == 0


def test_a_record_that_was_shown_is_kept_in_the_trail(road: Road) -> None:
    chat = seeing(road)
    version = road.version(str(chat.customer), "phone")
    road.effects(chat, Disclose((version,)))

    assert road.rows("SELECT version, actor_kind FROM disclosure") == [(version, "customer")]
    assert road.rows("SELECT COUNT(*) FROM audit_entry WHERE act = 'record.disclosed'") == [(1,)]
