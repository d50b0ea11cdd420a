"""Customers, their versions, their chats."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogs.facts import TokenOutcome
from store.customers import DuplicateCustomer, UnknownCustomer
from tests.store.kit import NOW
from tests.store.road import ADDRESS, PHONE, STAFF, Road


def test_a_customer_added_is_found_by_number_and_id(road: Road) -> None:
    id = road.customer(no="CUST0042", tier="vip", timezone="Asia/Shanghai", locale="zh-CN")

    customer = road.write(lambda uow: uow.customers.by_no("CUST0042"))

    assert customer is not None
    assert customer == road.write(lambda uow: uow.customers.by_id(id))
    assert (customer.tier, customer.timezone, customer.status) == ("vip", "Asia/Shanghai", "active")
    assert road.write(lambda uow: uow.customers.by_no("CUST0043")) is None


def test_numbers_are_date_and_serial_and_pass_over_those_that_are_taken(road: Road) -> None:
    road.customer(no="CUST202603020002")

    made = [road.customer() for _ in range(2)]

    numbers = [road.write(lambda uow, id=id: uow.customers.by_id(id).no) for id in made]
    assert numbers == ["CUST202603020001", "CUST202603020003"]


def test_a_number_belongs_to_one_customer(road: Road) -> None:
    road.customer(no="CUST0042")

    with pytest.raises(DuplicateCustomer):
        road.customer(no="CUST0042")


def test_the_record_is_masked_and_imported_values_are_not_proven(road: Road) -> None:
    customer = road.customer()

    record = road.write(lambda uow: uow.customers.record(customer))

    assert set(record) == {"name", "phone", "email", "address"}
    assert record["phone"].proven_at is None
    assert record["phone"].since == NOW
    assert "2025550147" not in record["phone"].masked
    (version,) = road.write(lambda uow: uow.customers.history(customer, "phone"))
    assert (version.id, version.origin, version.until) == (record["phone"].version, "import", None)


def test_revealing_a_value_leaves_a_trace_with_its_reason(road: Road) -> None:
    customer = road.customer()

    value = road.write(lambda uow: uow.customers.reveal(customer, "phone", STAFF, "customer calls", NOW))

    assert value == PHONE
    entries = road.write(lambda uow: uow.audit.for_customer(customer))
    assert entries[-1].act == "value.revealed"
    assert entries[-1].actor == STAFF.name
    assert entries[-1].digest
    assert road.rows("SELECT actor FROM disclosure WHERE audit = ?", entries[-1].id) == [("rita",)]


def test_what_is_not_on_record_cannot_be_revealed(road: Road) -> None:
    customer = road.customer(phone=None)

    with pytest.raises(UnknownCustomer):
        road.write(lambda uow: uow.customers.reveal(customer, "phone", STAFF, "customer calls", NOW))


def test_a_version_is_read_in_clear_for_sending(road: Road) -> None:
    customer = road.customer()
    version = road.version(customer, "address")

    found = road.write(lambda uow: uow.customers.value_of(version))

    assert (found.customer, found.field, dict(found.value)) == (customer, "address", ADDRESS)


def test_customers_are_paged_by_number(road: Road) -> None:
    for n in range(3):
        road.customer(no=f"CUST{n}")

    first = road.write(lambda uow: uow.customers.page(limit=2))
    rest = road.write(lambda uow: uow.customers.page(after=first[-1].no))

    assert [c.no for c in (*first, *rest)] == ["CUST0", "CUST1", "CUST2"]


def test_a_link_token_is_worth_a_customer_once_and_until_it_expires(road: Road) -> None:
    customer, chat = road.customer(), road.chat()
    token = road.write(lambda uow: uow.customers.link_token(customer, NOW, dt.timedelta(hours=1)))

    def worth(text: str, now: dt.datetime) -> object:
        return road.write(lambda uow: uow.customers.token(text, now))

    assert worth(token, NOW) == (TokenOutcome.VALID, customer)
    assert worth(token, NOW + dt.timedelta(hours=1)) == (TokenOutcome.EXPIRED, None)
    assert worth(token + "x", NOW) == (TokenOutcome.INVALID, None)
    assert road.write(lambda uow: uow.customers.use_token(token, chat.id, NOW))
    assert not road.write(lambda uow: uow.customers.use_token(token, chat.id, NOW))
    assert worth(token, NOW) == (TokenOutcome.USED, None)
    assert token.encode() not in bytes(str(road.rows("SELECT token_hash FROM link_token")), "ascii")
