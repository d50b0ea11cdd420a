"""Check-ins against the real store: who is asked, when, and what ends one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.checkins import NOT_NOW, CheckIns, due_now, of_customer, plan_batch, run_now
from bot.timers import Timers
from dialogs.checkin import CheckInTimer
from dialogs.effects import AnswerCheckIn, CheckInAnswer, Suppress
from dialogs.types import Asked, Conversation
from nlu.replaced import replaced
from store.check_ins import CheckIn
from tests.bot.opened import opened, until, working
from tests.fakes import FakeClock
from tests.store.kit import NOW
from tests.store.road import POLICY, Road

LATER = NOW + dt.timedelta(days=400)  # a year and some: 09:30 in UTC, no quiet hour


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    with opened(tmp_path) as made:
        yield made


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(LATER)


def only(road: Road, customer: str) -> CheckIn:
    (check_in,) = road.database.read(lambda uow: uow.check_ins.of_customer(customer))
    return check_in


def planned(road: Road, now: dt.datetime = LATER, **changes: object) -> tuple[str, Conversation, CheckIn]:
    customer = road.customer(**changes)
    conversation = road.linked(customer)
    assert road.write(lambda uow: plan_batch(uow, POLICY, now)).count == 1
    return customer, conversation, only(road, customer)


def ask(road: Road, clock: FakeClock, check_in: CheckIn) -> tuple[str, ...]:
    return road.write(lambda uow: tuple(CheckIns(POLICY, clock).ask(uow, check_in.id)))


def said(road: Road, conversation: Conversation) -> list[str]:
    return road.database.read(lambda uow: [line.id for line in uow.conversations.messages(conversation.id)])


def timer(road: Road, kind: CheckInTimer) -> dt.datetime | None:
    rows = road.rows("SELECT due_at FROM job WHERE kind = 'timer' AND dedup LIKE ?", f"timer:{kind}:%")
    return dt.datetime.fromtimestamp(int(str(rows[0][0])) / 1e6, dt.UTC) if rows else None


async def test_a_stale_detail_is_asked_about_masked_and_waits_for_an_answer(road: Road, clock: FakeClock) -> None:
    customer, conversation, _ = planned(road)

    async with working(road.database, clock, {"check_in": CheckIns(POLICY, clock).work()}):
        await until(lambda: only(road, customer).state == "sent")

    (line,) = road.database.read(lambda uow: uow.conversations.messages(conversation.id))
    assert line.id == "check-in"
    assert "2025550147" not in line.text
    assert "http" not in line.text
    assert len(line.buttons) == 4
    assert road.again(conversation).question.asked is Asked.CHECK_IN
    assert timer(road, CheckInTimer.EXPIRE) == LATER + POLICY.check_in.expires


def test_nobody_is_asked_twice(road: Road, clock: FakeClock) -> None:
    _, conversation, check_in = planned(road)

    assert road.write(lambda uow: plan_batch(uow, POLICY, LATER)).count == 0
    ask(road, clock, check_in)
    assert ask(road, clock, check_in) == ()

    assert said(road, conversation) == ["check-in"]


def test_a_fresh_record_is_left_in_peace(road: Road) -> None:
    road.linked(road.customer())

    assert road.write(lambda uow: plan_batch(uow, POLICY, NOW + dt.timedelta(days=30))).count == 0


def test_quiet_hours_in_the_customers_zone_are_kept(road: Road, clock: FakeClock) -> None:
    customer, conversation, check_in = planned(road, timezone="Asia/Shanghai")
    clock.now = LATER.replace(hour=14)  # 22:00 in Shanghai

    ask(road, clock, check_in)

    assert said(road, conversation) == []
    assert only(road, customer).state == "planned"
    assert timer(road, CheckInTimer.ASK) == LATER.replace(hour=1, minute=0) + dt.timedelta(days=1)  # 09:00 there


@pytest.mark.parametrize("change", [{"owner": "amy"}, {"draft": "one"}])
def test_a_chat_in_which_something_goes_on_is_not_disturbed(
    road: Road, clock: FakeClock, change: dict[str, str]
) -> None:
    _, conversation, check_in = planned(road)
    busy = road.agreed(conversation) if "draft" in change else conversation
    road.effects(replaced(busy, owner=change.get("owner")))

    ask(road, clock, check_in)

    assert said(road, conversation) == []
    assert timer(road, CheckInTimer.ASK) == LATER + NOT_NOW


def test_who_said_stop_after_the_planning_is_not_asked(road: Road, clock: FakeClock) -> None:
    customer, conversation, check_in = planned(road)
    road.effects(conversation, Suppress(customer))

    ask(road, clock, check_in)

    assert said(road, conversation) == []
    assert only(road, customer).state == "expired"


def test_no_answer_is_a_task_for_a_person(road: Road, clock: FakeClock) -> None:
    customer, conversation, check_in = planned(road)
    ask(road, clock, check_in)
    clock.now = LATER + POLICY.check_in.expires

    timers = Timers(POLICY, clock, CheckIns(POLICY, clock))
    road.write(lambda uow: tuple(timers.fire(uow, CheckInTimer.EXPIRE, check_in.id)))

    assert only(road, customer).state == "expired"
    assert road.again(conversation).flagged == "check_in_unanswered"


def test_an_answered_check_in_does_not_expire(road: Road, clock: FakeClock) -> None:
    _, conversation, check_in = planned(road)
    ask(road, clock, check_in)
    road.effects(road.again(conversation), AnswerCheckIn(check_in.id, CheckInAnswer.STILL_RIGHT))

    assert road.write(lambda uow: tuple(CheckIns(POLICY, clock).expire(uow, check_in.id))) == ()
    assert road.again(conversation).flagged is None


def test_the_command_lists_and_then_plans_everybody_who_is_due(road: Road) -> None:
    for number in range(3):
        phone = {"e164": f"+1202555016{number}"}
        customer = road.customer(phone=phone, email=None, no=f"C{number}")
        road.linked(customer, chat=f"chat-{number}")
    told: list[int] = []

    listed = due_now(road.database, POLICY, LATER)
    count = run_now(road.database, POLICY, LATER, told.append)

    assert [line.no for line in listed] == ["C0", "C1", "C2"]
    assert count == 3
    assert told == [3]
    assert due_now(road.database, POLICY, LATER) == []
    assert [check_in.state for check_in in of_customer(road.database, "C1") or []] == ["planned"]
    assert of_customer(road.database, "nobody") is None
