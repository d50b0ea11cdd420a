"""Timers against the real store: what no longer applies does nothing, what applies happens once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.checkins import CheckIns
from bot.timers import Timers
from dialogs import silence
from dialogs.checkin import CheckInTimer
from dialogs.deadline import RequestTimer
from dialogs.effects import Apply, Decision, Move, Timer
from dialogs.lifecycle import on_filed
from dialogs.request import ChangeRequest, State
from dialogs.types import Conversation, Silence
from nlu.replaced import replaced
from tests.bot.opened import opened, until, working
from tests.fakes import FakeClock
from tests.store.kit import NOW
from tests.store.road import NEW_PHONE, POLICY, STAFF, Road


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    with opened(tmp_path) as made:
        yield made


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


def timers(clock: FakeClock) -> Timers:
    return Timers(POLICY, clock, CheckIns(POLICY, clock))


def fire(road: Road, clock: FakeClock, kind: str, subject: str) -> tuple[str, ...]:
    return road.write(lambda uow: tuple(timers(clock).fire(uow, kind, subject)))


def due(road: Road) -> dict[str, dt.datetime]:
    """The live timers by kind."""
    rows = road.rows("SELECT dedup, due_at FROM job WHERE kind = 'timer'")
    return {str(name).split(":")[1]: dt.datetime.fromtimestamp(int(str(at)) / 1e6, dt.UTC) for name, at in rows}


def silent(road: Road) -> Conversation:
    """A chat in the middle of a draft, where the customer last wrote now."""
    conversation = road.agreed(road.linked(road.customer()))
    return road.effects(replaced(conversation, last_inbound_at=NOW))


async def test_a_silent_chat_is_nudged_then_parked_then_let_go(road: Road, clock: FakeClock) -> None:
    conversation = silent(road)
    road.effects(conversation, Timer(silence.NUDGE, conversation.id, NOW + POLICY.silence.nudge))

    async with working(road.database, clock, {"timer": timers(clock).work()}):
        clock.now = NOW + POLICY.silence.nudge
        await until(lambda: road.again(conversation).silence is Silence.NUDGED)
        clock.now = NOW + POLICY.silence.park
        await until(lambda: road.again(conversation).silence is Silence.PARKED)
        clock.now = NOW + POLICY.silence.expire
        await until(lambda: road.again(conversation).draft is None)

    said = road.database.read(lambda uow: [line.id for line in uow.conversations.messages(conversation.id)])
    assert said == ["nudge", "parked", "expired"]
    assert due(road) == {}


def test_a_nudge_after_the_customer_wrote_again_waits_longer(road: Road, clock: FakeClock) -> None:
    conversation = silent(road)
    clock.now = NOW + dt.timedelta(minutes=1)

    fire(road, clock, silence.NUDGE, conversation.id)

    assert road.again(conversation).silence is Silence.ACTIVE
    assert due(road)["nudge"] == NOW + POLICY.silence.nudge


def test_a_nudge_in_a_chat_without_a_draft_changes_nothing(road: Road, clock: FakeClock) -> None:
    conversation = road.linked(road.customer())
    clock.forward(3600)

    assert fire(road, clock, silence.NUDGE, conversation.id) == ()
    assert road.again(conversation) == conversation


@pytest.mark.parametrize("kind", [silence.PARK, RequestTimer.REMIND, CheckInTimer.ASK, CheckInTimer.EXPIRE, "unknown"])
def test_a_timer_whose_subject_is_gone_does_nothing(road: Road, clock: FakeClock, kind: str) -> None:
    assert fire(road, clock, kind, "nobody") == ()


def in_review(road: Road) -> ChangeRequest:
    request = road.filed(road.customer())
    road.commit(on_filed(request, POLICY, NOW), actor=STAFF)
    return road.load(request.number)


def test_a_review_is_reminded_and_escalated_and_each_leaves_a_trace(road: Road, clock: FakeClock) -> None:
    request = in_review(road)
    assert set(due(road)) == {RequestTimer.REMIND, RequestTimer.ESCALATE}

    clock.now = due(road)[RequestTimer.REMIND]
    assert fire(road, clock, RequestTimer.REMIND, request.number)
    clock.now = due(road)[RequestTimer.ESCALATE]
    assert fire(road, clock, RequestTimer.ESCALATE, request.number)

    acts = [act for (act,) in road.rows("SELECT act FROM audit_entry ORDER BY id")]
    assert acts[-2:] == ["staff.told.half_time", "staff.told.overdue"]


def test_a_decided_request_is_neither_reminded_nor_escalated(road: Road, clock: FakeClock) -> None:
    request = road.approved(road.filed(road.customer()))
    clock.forward(7 * 86400)

    assert fire(road, clock, RequestTimer.REMIND, request.number) == ()
    assert fire(road, clock, RequestTimer.ESCALATE, request.number) == ()


def scheduled(road: Road) -> ChangeRequest:
    request = road.approved(road.filed(road.customer()))
    later = replaced(request, effective=(NOW + dt.timedelta(days=2)).date())
    road.write(
        lambda uow: uow.run(
            "UPDATE change_request SET effective = ? WHERE number = ?",
            (later.effective.isoformat() if later.effective else None, request.number),
        )
    )
    return road.moved(road.load(request.number), State.SCHEDULED)


def test_a_scheduled_change_is_applied_on_its_day_and_not_before(road: Road, clock: FakeClock) -> None:
    request = scheduled(road)

    fire(road, clock, RequestTimer.APPLY, request.number)
    assert road.load(request.number).state is State.SCHEDULED
    assert RequestTimer.APPLY in due(road)

    clock.forward(2 * 86400)
    fire(road, clock, RequestTimer.APPLY, request.number)
    assert road.load(request.number).state is State.APPLIED

    assert fire(road, clock, RequestTimer.APPLY, request.number) == ()  # once


def test_a_change_of_a_value_that_changed_meanwhile_is_stale(road: Road, clock: FakeClock) -> None:
    request = scheduled(road)
    road.write(lambda uow: uow.run("UPDATE change_request SET against = 'another' WHERE number = ?", (request.number,)))
    clock.forward(2 * 86400)

    fire(road, clock, RequestTimer.APPLY, request.number)

    assert road.load(request.number).state is State.STALE


def test_silence_after_the_receipt_confirms(road: Road, clock: FakeClock) -> None:
    request = road.approved(road.filed(road.customer(), NEW_PHONE))
    moved = replaced(request, state=State.APPLIED)
    road.commit(Decision(effects=(Move(moved, request.state), Apply(moved))), actor=STAFF)

    fire(road, clock, RequestTimer.SYNCED, request.number)
    synced = road.load(request.number)
    assert synced.state is State.SYNCED

    fire(road, clock, RequestTimer.RECEIPT, request.number)
    assert road.load(request.number).state is State.SYNCED
    clock.now = NOW + POLICY.review.receipt_silence
    fire(road, clock, RequestTimer.RECEIPT, request.number)
    assert road.load(request.number).state is State.CONFIRMED
