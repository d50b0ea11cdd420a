"""Freezes, the page that leads to one, and what a frozen record no longer does; warnings and requests on paper."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogs.effects import Decision, Freeze, Link, NewContact, OnFile, Release, Tell, Warn
from dialogs.facts import CodeOutcome
from dialogs.types import Need, Reply
from nlu.replaced import replaced
from nlu.types import Language, Understanding
from store.protection import Page
from store.uow import RefusedByDatabaseError
from tests.store.kit import ACTOR, NOW
from tests.store.road import CODE, NEW_PHONE, STAFF, Road, inbound
from tests.store.test_facts import facts, typed

MONTH = dt.timedelta(days=30)


def frozen(road: Road) -> str:
    """A customer whose one request was disowned; returns the customer."""
    customer = road.customer()
    request = road.filed(customer)
    road.commit(Decision(effects=(Freeze("f1", customer, request.number),)), actor=ACTOR)
    return customer


def notices(road: Road) -> list[tuple[str, str]]:
    """Addresses and texts of what waits to be sent."""
    ids = [str(id) for (id,) in road.rows("SELECT id FROM notice WHERE state = 'waiting' ORDER BY created_at, id")]
    loaded = (road.database.read(lambda uow, id=id: uow.notices.load(id)) for id in ids)
    return sorted((one.address, one.text) for one in loaded if one is not None)


def test_a_freeze_takes_back_the_code_on_its_way(road: Road) -> None:
    customer = road.customer()
    request = road.filed(customer)
    chat = road.sent(
        road.agreed(road.linked(customer, "c2"), digest="e2" * 32), OnFile(road.version(customer, "email"))
    )
    before = [text for _, text in notices(road) if CODE in text]

    road.commit(Decision(effects=(Freeze("f1", customer, request.number),)), actor=ACTOR)

    after = [text for _, text in notices(road) if CODE in text]
    assert len(after) == len(before) - 1  # the other one was answered long ago
    found = facts(road, chat, typed(CODE), inbound(CODE, id="m2", chat="c2"))
    assert found.code is CodeOutcome.NONE_LIVE
    assert found.frozen


@pytest.mark.parametrize("kind", ["on file", "new"])
def test_no_code_goes_to_either_contact_while_frozen(road: Road, kind: str) -> None:
    customer = frozen(road)
    chat = road.agreed(road.linked(customer, "c2"), digest="e2" * 32)
    to = OnFile(road.version(customer, "email")) if kind == "on file" else NewContact("phone", NEW_PHONE)

    with pytest.raises(RefusedByDatabaseError, match="no code goes to a frozen customer"):
        road.sent(chat, to, Need.ON_FILE if kind == "on file" else Need.NEW_CONTACT)


def test_a_frozen_customer_is_linked_by_no_code_and_it_does_not_show(road: Road) -> None:
    customer = frozen(road)
    no = road.database.read(lambda uow: uow.customers.by_id(customer)).no
    read = replaced(Understanding(Language.EN), customer_number=no)

    found = facts(road, road.chat("stranger"), read)

    assert found.named_customer == customer
    assert found.named_contacts == ()
    assert found.sends_left == 0


def test_a_release_keeps_who_and_why_and_lets_everything_go_on(road: Road) -> None:
    customer = frozen(road)

    road.commit(Decision(effects=(Release("f1", customer, "came to the counter"),)), actor=STAFF)

    assert not road.database.read(lambda uow: uow.protection.is_frozen(customer))
    assert road.rows("SELECT released_by FROM freeze") == [("staff:rita",)]
    ((reason,),) = road.rows("SELECT reason FROM freeze")
    assert b"counter" not in reason
    acts = [act for (act,) in road.rows("SELECT act FROM audit_entry ORDER BY id")]
    assert acts[-1] == "customer.released"
    assert "customer.frozen" in acts


def test_a_page_is_found_without_being_used_and_used_once(road: Road) -> None:
    customer = road.customer()
    request = road.filed(customer)
    page = Page(customer, request.number, road.version(customer, "phone"))
    token = road.write(lambda uow: uow.protection.page_new(page, NOW))

    for _ in range(2):
        assert road.database.read(lambda uow: uow.protection.page(token, NOW)) == page
    assert road.database.read(lambda uow: uow.protection.page(token, NOW + MONTH)) is None
    assert road.write(lambda uow: uow.protection.page_use(token, NOW + MONTH)) is None
    assert road.write(lambda uow: uow.protection.page_use(token, NOW)) == page
    assert road.write(lambda uow: uow.protection.page_use(token, NOW)) is None
    assert road.write(lambda uow: uow.protection.page_use("guess", NOW)) is None
    stored = road.rows("SELECT token_hash FROM not_me")
    assert token.encode() not in [bytes(row[0]) for row in stored]  # type: ignore[call-overload]  # a BLOB


def test_every_contact_on_file_is_warned_with_a_page_of_its_own(road: Road) -> None:
    customer = road.customer()
    request = road.filed(customer)

    road.commit(Decision(effects=(Warn(request, Reply("notice-changed")),)), actor=ACTOR)

    warned = [(to, text) for to, text in notices(road) if "/not-me/" in text]
    assert [to for to, _ in warned] == ["+12025550147", "ada.lovelace@example.org"]
    assert len({text for _, text in warned}) == 2


def test_what_belongs_to_paper_is_said_in_the_latest_chat_or_kept(road: Road) -> None:
    customer = road.customer()
    paper = road.effects(road.chat(customer, "offline"), Link(customer, "api"))
    road.commit(Decision(effects=(Tell(paper.id, Reply("filed"), customer=customer),)), actor=ACTOR)
    chat = road.linked(customer, "c2")
    road.commit(Decision(replaced(chat, last_inbound_at=NOW)))

    road.commit(Decision(effects=(Tell(paper.id, Reply("receipt"), customer=customer),)), actor=ACTOR)

    def said(id: str) -> list[str]:
        return [one.id for one in road.database.read(lambda uow: uow.conversations.messages(id))]

    assert said(paper.id) == ["filed"]
    assert said(chat.id) == ["receipt"]


def test_a_member_of_staff_has_the_customer_as_a_further_person(road: Road) -> None:
    customer = road.customer()
    road.write(lambda uow: uow.staff.add("rita", "reviewer", NOW, ACTOR))

    road.write(lambda uow: uow.protection.is_customer("rita", customer, ACTOR, NOW))

    assert road.database.read(lambda uow: uow.protection.persons_of("rita")) == {f"customer:{customer}"}
    assert road.database.read(lambda uow: uow.protection.persons_of("omar")) == frozenset()
