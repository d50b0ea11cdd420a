"""Check-ins: who is due is a matter of proof age, and nobody is asked who must not be."""

from __future__ import annotations

import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from dialogs.checkin import plan
from dialogs.effects import AnswerCheckIn, CheckInAnswer, Suppress
from dialogs.policy import CheckInPolicy
from dialogs.types import Conversation
from nlu.replaced import replaced
from nlu.types import Language, Understanding
from store.check_ins import Due, UnknownCheckIn, due_query
from store.uow import RefusedByDatabaseError
from tests.store.kit import NOW
from tests.store.road import Road, inbound

POLICY = CheckInPolicy(fields=("phone", "address"))
YEAR = dt.timedelta(days=365)


def due(road: Road, later: dt.timedelta = YEAR, policy: CheckInPolicy = POLICY) -> list[Due]:
    road.now = NOW + later
    return road.write(lambda uow: uow.check_ins.due(policy, road.now, 10))


def opened(road: Road) -> tuple[str, Conversation]:
    """A check-in of the only customer that is due."""
    (found,) = due(road)
    planned = plan(found.standing, POLICY, road.now)
    assert planned is not None
    id = road.write(lambda uow: uow.check_ins.open(planned, found.conversation, POLICY, road.now))
    return id, road.write(lambda uow: uow.conversations.by_id(found.conversation))


def test_a_customer_is_due_when_the_proof_is_as_old_as_the_tiers_cycle(road: Road) -> None:
    customers = {tier: road.customer(tier=tier, no=tier) for tier in ("standard", "vip", "dormant", "unheard_of")}
    for tier, customer in customers.items():
        road.linked(customer, f"chat-{tier}")

    def tiers(days: int) -> set[str]:
        return {found.standing.tier for found in due(road, dt.timedelta(days=days))}

    assert tiers(90) == set()
    assert tiers(91) == {"vip"}
    assert tiers(182) == {"vip", "dormant"}
    assert tiers(365) == {"vip", "dormant", "standard", "unheard_of"}


def test_only_stale_fields_count_and_the_plan_takes_the_most_urgent(road: Road) -> None:
    customer = road.customer()
    conversation = road.linked(customer)
    phone = road.version(customer, "phone")
    road.write(lambda uow: uow.customers.values.proven(phone, NOW + dt.timedelta(days=300)))

    (found,) = due(road)

    assert found.conversation == conversation.id
    planned = plan(found.standing, POLICY, road.now)
    assert planned is not None
    assert planned.field == "address"
    assert due(road, policy=CheckInPolicy(fields=("phone",))) == []


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 9, 100])
def test_a_batch_never_splits_a_customer(road: Road, limit: int) -> None:
    for no in ("c1", "c2", "c3"):
        customer = road.customer(no=no)
        road.linked(customer, f"{no}-one")
        road.linked(customer, f"{no}-two")
    road.now, after, seen = NOW + YEAR, "", list[Due]()

    while batch := road.write(lambda uow, after=after: uow.check_ins.due(POLICY, road.now, limit, after)):  # type: ignore[misc]
        after, seen = batch[-1].standing.customer, [*seen, *batch]

    assert sorted(one.no for one in seen) == ["c1", "c2", "c3"]
    assert all(set(one.standing.record) == {"phone", "address"} for one in seen)


def test_sqlite_finds_a_batch_without_sorting_everybody(file: Path) -> None:
    sql, values = due_query(POLICY, NOW, 10, "")

    with sqlite3.connect(file) as driver:
        steps = [step for *_, step in driver.execute(f"EXPLAIN QUERY PLAN {sql}", values)]

    assert steps[0].startswith("SEARCH c USING INDEX")
    assert not [step for step in steps if "TEMP B-TREE" in step]


def test_the_chat_last_written_in_is_the_one(road: Road) -> None:
    customer = road.customer()
    chats = {name: road.linked(customer, name).id for name in ("first", "last", "never")}
    for name, at in (("first", 5), ("last", 9), ("never", None)):
        sql = "UPDATE conversation SET last_inbound_at = ? WHERE id = ?"
        road.write(lambda uow, name=name, at=at, sql=sql: uow.run(sql, (at, chats[name])))  # type: ignore[misc]

    (found,) = due(road)

    assert found.conversation == chats["last"]


def test_of_chats_nobody_wrote_in_the_first_by_id_is_the_one(road: Road) -> None:
    customer = road.customer()
    chats = [road.linked(customer, name).id for name in ("one", "two", "three")]
    road.write(lambda uow: uow.run("UPDATE conversation SET last_inbound_at = NULL"))

    (found,) = due(road)
    alone = road.write(lambda uow: uow.check_ins.of_one(customer))

    assert alone is not None
    assert found.conversation == alone.conversation == min(chats)


def test_a_value_in_doubt_is_due_at_once(road: Road) -> None:
    customer = road.customer()
    road.linked(customer)
    road.write(lambda uow: uow.run("UPDATE value_version SET doubted_at = 0 WHERE field = 'phone'"))

    (found,) = due(road, dt.timedelta(0))

    assert found.standing.record["phone"].to_verify


def test_a_customer_without_a_linked_chat_is_not_asked(road: Road) -> None:
    road.customer()

    assert due(road) == []


def test_a_chat_in_which_a_person_speaks_is_left_alone(road: Road) -> None:
    conversation = road.linked(road.customer())
    road.effects(replaced(conversation, owner="rita"))

    assert due(road) == []


def test_who_opted_out_is_not_asked(road: Road) -> None:
    customer = road.customer()
    conversation = road.linked(customer)

    road.effects(conversation, Suppress(customer))

    assert due(road) == []


def test_a_field_with_an_open_request_is_not_asked_about(road: Road) -> None:
    road.filed(road.customer(address=None))

    assert due(road) == []


def test_nobody_has_two_open_check_ins_nor_two_within_the_gap(road: Road) -> None:
    customer = road.customer()
    road.linked(customer)
    id, conversation = opened(road)

    assert due(road) == []
    first = road.write(lambda uow: uow.check_ins.planned(id))[0]
    with pytest.raises(RefusedByDatabaseError):
        road.write(lambda uow: uow.check_ins.open(first, conversation.id, POLICY, road.now))
    road.write(lambda uow: uow.check_ins.expire(id))
    assert due(road) == []
    assert len(due(road, YEAR + POLICY.gap + dt.timedelta(seconds=1))) == 1


def test_still_right_makes_a_value_affirmed_and_never_proven(road: Road) -> None:
    customer = road.customer()
    road.linked(customer)
    id, conversation = opened(road)

    road.effects(conversation, AnswerCheckIn(id, CheckInAnswer.STILL_RIGHT))

    (check_in,) = road.write(lambda uow: uow.check_ins.of_customer(customer))
    assert (check_in.state, check_in.answer) == ("answered", CheckInAnswer.STILL_RIGHT)
    (version,) = road.write(lambda uow: uow.customers.history(customer, check_in.field))
    assert version.affirmed_at == road.now
    assert version.proven_at is None


def test_later_leaves_the_check_in_open(road: Road) -> None:
    road.linked(road.customer())
    id, conversation = opened(road)
    road.write(lambda uow: uow.check_ins.sent(id, road.now))

    road.effects(conversation, AnswerCheckIn(id, CheckInAnswer.LATER))

    assert road.write(lambda uow: uow.check_ins.by_id(id)).state == "planned"


def test_an_open_check_in_is_a_fact_of_its_customer(road: Road) -> None:
    road.linked(road.customer())
    id, conversation = opened(road)

    found = road.write(lambda uow: uow.facts(conversation, inbound(), Understanding(Language.EN), road.now))

    assert found.check_in is not None
    assert found.check_in.id == id


def test_an_unknown_check_in_is_an_error(road: Road) -> None:
    with pytest.raises(UnknownCheckIn):
        road.write(lambda uow: uow.check_ins.by_id("none"))
