"""Signals: a value comes into doubt, and the customer is asked in another way, or a colleague is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.checkins import CheckIns
from bot.signals import Followed, take_signal
from dialogs.effects import CheckInAnswer
from store.signals import SignalKind
from store.tasks import Task, TaskKind
from tests.bot.app_fixture import House
from tests.bot.opened import opened
from tests.store.kit import ACTOR, NOW
from tests.store.road import POLICY, STAFF, Road

DAY = dt.timedelta(days=1)


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    with opened(tmp_path) as made:
        yield made


def signal(road: Road, customer: str, kind: SignalKind, field: str | None, now: dt.datetime = NOW) -> Followed:
    return road.write(lambda uow: take_signal(uow, customer, field, kind, ACTOR, POLICY, now))


def tasks(road: Road, customer: str) -> list[Task]:
    return road.database.read(lambda uow: uow.tasks.of_customer(customer))


@pytest.mark.parametrize(
    ("kind", "field"),
    [(SignalKind.BOUNCED, "email"), (SignalKind.UNREACHABLE, "phone"), (SignalKind.RETURNED, "address")],
)
def test_a_value_in_doubt_stays_live_and_is_asked_about_in_the_chat(road: Road, kind: SignalKind, field: str) -> None:
    customer = road.customer()
    conversation = road.linked(customer)

    followed = signal(road, customer, kind, field)

    record = road.database.read(lambda uow: uow.customers.record(customer))
    assert record[field].to_verify
    assert followed.signal.version == record[field].version
    assert followed.asked == field
    (check_in,) = road.database.read(lambda uow: uow.check_ins.of_customer(customer))
    assert (check_in.field, check_in.conversation, check_in.state) == (field, conversation.id, "planned")


def test_a_value_affirmed_before_the_signal_is_asked_about_again(road: Road) -> None:
    customer = road.customer()
    road.linked(customer)
    first = signal(road, customer, SignalKind.BOUNCED, "email")
    (check_in,) = road.database.read(lambda uow: uow.check_ins.of_customer(customer))
    road.write(lambda uow: uow.check_ins.answer(check_in.id, CheckInAnswer.STILL_RIGHT, NOW))

    again = signal(road, customer, SignalKind.BOUNCED, "email", NOW + DAY)

    assert (first.asked, again.asked) == ("email", "email")


def test_without_a_chat_the_colleague_is_asked_once(road: Road) -> None:
    customer = road.customer(owner="mei")

    first, again = (signal(road, customer, SignalKind.UNREACHABLE, "phone", NOW + n * DAY) for n in range(2))

    assert first.task == again.task is not None
    (task,) = tasks(road, customer)
    assert (task.kind, task.field, task.owner) == (TaskKind.UNREACHABLE, "phone", "mei")
    assert task.due_at - task.created_at == dt.timedelta(hours=48)


def test_a_detail_that_is_not_on_record_leads_to_nothing(road: Road) -> None:
    customer = road.customer(email=None)
    road.linked(customer)

    followed = signal(road, customer, SignalKind.BOUNCED, "email")

    assert (followed.signal.version, followed.asked, followed.task) == (None, None, None)
    assert len(road.database.read(lambda uow: uow.signals.of_customer(customer))) == 1


def test_a_touchpoint_asks_about_what_is_stale_and_doubts_nothing(road: Road) -> None:
    customer = road.customer()
    road.linked(customer)

    early = signal(road, customer, SignalKind.TOUCHPOINT, None)
    late = signal(road, customer, SignalKind.TOUCHPOINT, "address", NOW + 400 * DAY)

    assert early.asked is None
    assert late.asked == "address"
    record = road.database.read(lambda uow: uow.customers.record(customer))
    assert not any(value.to_verify for value in record.values())


def test_what_stays_unconfirmed_for_three_months_is_the_owners_task(road: Road) -> None:
    customer = road.customer(owner="mei")
    signal(road, customer, SignalKind.BOUNCED, "email")
    road.write(lambda uow: uow.tasks.done(tasks_of(uow, customer)[0].id, customer, STAFF, NOW))
    planning = CheckIns(POLICY, lambda: NOW)

    road.write(lambda uow: planning.plan(uow, NOW + 89 * DAY))
    early = tasks(road, customer)
    for _ in range(2):
        road.write(lambda uow: planning.plan(uow, NOW + 91 * DAY))
    open_ = [task for task in tasks(road, customer) if task.done_at is None]

    assert all(task.done_by == "rita" for task in early)
    assert [(task.kind, task.field, task.owner) for task in open_] == [(TaskKind.UNCONFIRMED, "email", "mei")]


def tasks_of(uow, customer):  # type: ignore[no-untyped-def]
    return uow.tasks.of_customer(customer)


def test_a_proven_value_is_nobodys_task(road: Road) -> None:
    customer = road.customer()
    signal(road, customer, SignalKind.BOUNCED, "email")
    road.write(lambda uow: uow.customers.values.proven(uow.customers.record(customer)["email"].version, NOW + DAY))

    road.write(lambda uow: CheckIns(POLICY, lambda: NOW).plan(uow, NOW + 91 * DAY))

    assert [task.kind for task in tasks(road, customer)] == [TaskKind.UNREACHABLE]


def test_a_task_is_done_once_and_by_somebody(road: Road) -> None:
    customer, other = road.customer(), road.customer(no="X1")
    followed = signal(road, customer, SignalKind.UNREACHABLE, "phone")

    results = [
        road.write(lambda uow, whose=whose: uow.tasks.done(followed.task or "", whose, STAFF, NOW))
        for whose in (other, customer, customer)
    ]

    assert results == [False, True, False]


def test_the_api_takes_a_signal_once(home: House) -> None:
    no = home.customer()
    token = home.token("mailer", ["signals"]) | {"Idempotency-Key": "k-1"}
    body = {"customer": no, "field": "address", "kind": "returned"}

    first = home.client.post("/api/v1/signals", json=body, headers=token)
    again = home.client.post("/api/v1/signals", json=body, headers=token)

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert first.json()["to_verify"] is True
    assert first.json()["task"] is not None
    customer = home.app.database.read(lambda uow: uow.customers.by_no(no))
    assert customer is not None
    assert len(home.app.database.read(lambda uow: uow.signals.of_customer(customer.id))) == 1
    acts = [entry.act for entry in home.app.database.read(lambda uow: uow.audit.for_customer(customer.id))]
    assert acts == ["customer.added", "signal.returned", "task.unreachable"]


@pytest.mark.parametrize(
    ("body", "status", "pointers"),
    [
        ({"customer": "CUST202601010001", "field": "address", "kind": "exploded"}, 422, ["/kind"]),
        ({"customer": "CUST202601010001", "kind": "bounced"}, 422, ["/field"]),
        ({"customer": "CUST202601010001", "field": "shoe_size", "kind": "bounced"}, 422, ["/field"]),
        ({"customer": "CUST202601010001", "field": "email", "kind": "bounced", "text": "x"}, 422, [""]),
        ({"field": "email", "kind": "bounced"}, 422, ["/customer"]),
        ({"customer": "CUST999", "field": "email", "kind": "bounced"}, 404, []),
    ],
)
def test_a_signal_that_cannot_be_meant_is_a_problem(
    home: House, body: dict[str, str], status: int, pointers: list[str]
) -> None:
    home.customer()

    answer = home.client.post("/api/v1/signals", json=body, headers=home.token("mailer", ["signals"]))

    assert answer.status_code == status
    assert [error["pointer"] for error in answer.json().get("errors", [])] == pointers


def test_a_signal_needs_its_scope(home: House) -> None:
    body = {"customer": home.customer(), "field": "email", "kind": "bounced"}

    answer = home.client.post("/api/v1/signals", json=body, headers=home.token("crm", ["customers"]))

    assert answer.status_code == 403
