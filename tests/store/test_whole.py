"""Everything held on one customer: all of it, nobody else's, and the giving of it is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dialogs.request import State
from store.whole import export
from tests.store.kit import NOW
from tests.store.road import ADDRESS, CHAT, CODE, PHONE, STAFF, Road


def whole(road: Road, customer: str, reason: str = "the customer asked") -> dict[str, Any]:
    return road.write(lambda uow: export(uow, uow.customers.by_id(customer), STAFF, reason, NOW))


def test_it_holds_what_was_recorded_said_agreed_and_proven(road: Road) -> None:
    request = road.filed(road.customer())
    customer = request.customer

    found = json.loads(json.dumps(whole(road, customer)))

    assert {one["field"]: one["value"] for one in found["values"]}["phone"] == PHONE
    assert [one["number"] for one in found["requests"]] == [request.number]
    assert found["requests"][0]["value"] == dict(request.value)
    assert [event["state"] for event in found["requests"][0]["history"]][-1] in tuple(State)
    (consent,) = found["consents"]
    assert consent["form"]
    assert consent["id"] == request.consent
    assert [proof["id"] for proof in found["proofs"]] == list(request.proofs)
    assert [one["id"] for one in found["conversations"]] == [request.conversation]
    assert found["links"][0]["conversation"] == request.conversation
    assert found["conversations"][0]["chat"] == CHAT


def test_no_code_is_in_it(road: Road) -> None:
    request = road.filed(road.customer())

    text = json.dumps(whole(road, request.customer))

    assert CODE not in text
    assert "code_hash" not in text
    assert "nonce" not in text


def test_nobody_elses_values_are_in_it(road: Road) -> None:
    mine = road.customer(no="C1")
    road.customer(no="C2", name={"full": "Somebody Else"}, address={**ADDRESS, "street": "Secret Lane"})

    assert "Secret Lane" not in json.dumps(whole(road, mine))


def test_that_it_was_given_is_traced_and_in_the_next_one(road: Road) -> None:
    customer = road.customer()

    whole(road, customer, "first")
    again = whole(road, customer, "second")

    entries = road.write(lambda uow: uow.audit.for_customer(customer))
    assert [entry.act for entry in entries] == ["customer.added", "customer.exported", "customer.exported"]
    assert all(entry.digest for entry in entries[1:])
    assert {one["field"] for one in again["disclosures"]} == {"name", "phone", "email", "address"}
    assert {one["reason"] for one in again["disclosures"]} == {"first", "second"}
    assert {one["actor"] for one in again["disclosures"]} == {STAFF.name}


def test_a_reader_cannot_have_it(road: Road) -> None:
    customer = road.customer()

    with pytest.raises(Exception, match=r"readonly|query_only|attempt to write|read-only"):
        road.database.read(lambda uow: export(uow, uow.customers.by_id(customer), STAFF, "why", NOW))
