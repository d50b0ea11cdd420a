"""Likely duplicates: found with their reasons, masked, and without reading everybody's record."""

from __future__ import annotations

import pytest

from nlu.types import Value
from store import duplicates
from store.duplicates import Duplicate, Why, find_duplicates
from tests.store.kit import NOW
from tests.store.road import ADDRESS, EMAIL, NAME, PHONE, Road

OTHER: dict[str, Value] = {
    "name": {"full": "Zed Yarrow"},
    "phone": {"e164": "+12025550111"},
    "email": {"email": "zed@example.org"},
    "address": {"street": "Far Road", "number": "9", "city": "Ogden", "postcode": "84401"},
}


def found(road: Road, customer: str, proposed: dict[str, Value] | None = None) -> tuple[Duplicate, ...]:
    return road.database.read(lambda uow: find_duplicates(uow, customer, proposed))


def why(one: Duplicate) -> list[tuple[Why, str]]:
    return [(reason.why, reason.field) for reason in one.reasons]


def test_the_same_contact_is_an_exact_duplicate_and_masked(road: Road) -> None:
    customer = road.customer(no="C1")
    road.customer(no="C2", **OTHER | {"phone": PHONE})

    (one,) = found(road, customer)

    assert (one.no, one.exact, why(one)) == ("C2", True, [(Why.SAME, "phone")])
    assert set(one.masked) == {"name", "phone"}
    assert not any(secret in str(one) for secret in ("5550147", "Yarrow", "Zed"))


def test_a_name_nearly_the_same_at_the_same_place_is_told_with_how_near(road: Road) -> None:
    customer = road.customer(no="C1", name={"full": "Ada Lovelace"})
    road.customer(no="C2", **OTHER | {"name": {"full": "Ada Lovelase"}, "address": ADDRESS})

    (one,) = found(road, customer)

    assert not one.exact
    assert (Why.SAME_PLACE, "address") in why(one)
    (alike,) = [reason for reason in one.reasons if reason.why is Why.NAME_ALIKE]
    assert alike.percent == 92


@pytest.mark.parametrize(
    "shared",
    [
        {"name": NAME},  # many have it
        {"address": ADDRESS},  # a family
        {"phone": {"e164": "+442025550147"}},  # digits that end alike
        {},
    ],
)
def test_one_thing_alike_is_not_enough(road: Road, shared: dict[str, Value]) -> None:
    customer = road.customer(no="C1")
    road.customer(no="C2", **OTHER | shared)

    assert found(road, customer) == ()


def test_names_in_another_order_and_a_mailbox_elsewhere_are_two(road: Road) -> None:
    customer = road.customer(no="C1", name={"full": "Ana López"}, email={"email": "ana.lopez@example.com"})
    road.customer(no="C2", **OTHER | {"name": {"full": "LOPEZ Ana"}, "email": {"email": "analopez@example.org"}})

    (one,) = found(road, customer)

    assert why(one) == [(Why.SAME_MAILBOX, "email"), (Why.SAME_NAME, "name")]


def test_a_value_that_is_proposed_is_looked_for_in_place_of_the_old_one(road: Road) -> None:
    customer = road.customer(no="C1")
    road.customer(no="C2", **OTHER)

    assert found(road, customer) == ()
    assert [one.no for one in found(road, customer, {"email": OTHER["email"]})] == ["C2"]


def test_a_value_that_is_closed_is_nobodys_any_more(road: Road) -> None:
    customer = road.customer(no="C1")
    other = road.customer(no="C2", **OTHER | {"phone": PHONE})
    request = road.filed(other)

    road.write(lambda uow: uow.customers.values.close(other, "phone", NOW, request.number))

    assert found(road, customer) == ()
    assert road.rows("SELECT 1 FROM value_block JOIN value_version ON id = version WHERE valid_to IS NOT NULL") == []


def test_a_key_that_crowds_share_is_passed_over(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "CANDIDATES", 2)
    customer = road.customer(no="C1", email=None)
    for number in range(3):
        road.customer(no=f"K{number}", **OTHER | {"phone": PHONE})

    assert found(road, customer) == ()


def test_nobody_else_is_read(road: Road) -> None:
    customer = road.customer(no="C1")
    for number in range(5):
        road.customer(no=f"K{number}", **OTHER)
    opened: list[str] = []

    def look(uow):  # type: ignore[no-untyped-def]
        open_ = uow.seal.open
        uow.seal.open = lambda key, *rest: opened.append(key.holder) or open_(key, *rest)
        return find_duplicates(uow, customer)

    road.database.read(look)

    assert set(opened) == {customer}
    assert EMAIL  # the customer's own record is what is read
