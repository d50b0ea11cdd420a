"""Check-ins ask about stale details only, at a decent hour, and a tap never proves."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.buttons import Verb, pressed
from dialogs.checkin import (
    CheckInTimer,
    Planned,
    Standing,
    answer,
    answer_of,
    ask,
    next_allowed,
    plan,
    quiet,
    stale_fields,
    unanswered,
)
from dialogs.effects import AnswerCheckIn, CheckInAnswer, Decision, Flag, RecordProof, Suppress, Tell, Timer
from dialogs.facts import OnRecord, OpenCheckIn
from dialogs.policy import CheckInPolicy
from dialogs.types import Asked, Question, Term
from nlu.replaced import replaced

NOW = dt.datetime(2026, 3, 3, 15, 0, tzinfo=dt.UTC)  # 09:00 in Chicago, 23:00 in Shanghai
DAY = dt.timedelta(days=1)
POLICY = CheckInPolicy()
ID = "0" * 32
OPEN = OpenCheckIn(ID, "phone", "v-phone")


def _value(field: str, age: int, *, proven: int | None = None, to_verify: bool = False) -> OnRecord:
    proof = None if proven is None else NOW - proven * DAY
    return OnRecord(f"v-{field}", field, "••47", NOW - age * DAY, proof, to_verify)


def _standing(*values: OnRecord, tier: str = "standard", timezone: str = "America/Chicago") -> Standing:
    return Standing("c1", tier, timezone, {value.field: value for value in values})


@pytest.mark.parametrize(
    ("tier", "age", "due"),
    [
        ("vip", 91, True),
        ("vip", 90, False),
        ("standard", 365, True),
        ("standard", 364, False),
        ("dormant", 182, True),
        ("gold", 364, False),  # not listed: as standard
        ("gold", 365, True),
    ],
)
def test_a_tier_has_its_cycle(tier: str, age: int, due: bool) -> None:
    assert bool(stale_fields(_standing(_value("phone", age), tier=tier), POLICY, NOW)) is due


def test_what_counts_is_proof_age_not_the_age_of_the_value() -> None:
    assert not stale_fields(_standing(_value("phone", 2000, proven=10)), POLICY, NOW)


def test_the_most_urgent_field_is_asked_first() -> None:
    standing = _standing(_value("phone", 400), _value("email", 900), _value("address", 5, to_verify=True))

    assert stale_fields(standing, POLICY, NOW) == ("address", "email", "phone")
    assert plan(standing, POLICY, NOW) == Planned("c1", "address", "v-address", "••47", NOW)


def test_a_field_that_is_being_changed_is_not_asked_about() -> None:
    standing = replaced(_standing(_value("phone", 900)), open_fields=frozenset({"phone"}))

    assert plan(standing, POLICY, NOW) is None


def test_a_tap_postpones_the_question_and_proves_nothing() -> None:
    affirmed = replaced(_standing(_value("phone", 900)), affirmed={"phone": NOW - 10 * DAY})
    long_ago = replaced(affirmed, affirmed={"phone": NOW - 365 * DAY})

    assert plan(affirmed, POLICY, NOW) is None
    assert plan(long_ago, POLICY, NOW) is not None
    for said in CheckInAnswer:
        assert not any(isinstance(e, RecordProof) for e in answer(OPEN, said, "c1", "UTC", POLICY, NOW))


def test_at_most_one_in_the_gap() -> None:
    standing = replaced(_standing(_value("phone", 900)), last_asked_at=NOW - 10 * DAY)
    planned = plan(standing, POLICY, NOW)

    assert planned is not None
    assert planned.at == NOW + 20 * DAY


def test_who_opted_out_or_where_check_ins_are_off_nobody_is_asked() -> None:
    standing = _standing(_value("phone", 900))

    assert plan(replaced(standing, suppressed=True), POLICY, NOW) is None
    assert plan(standing, replaced(POLICY, enabled=False), NOW) is None


def test_quiet_hours_are_the_customers() -> None:
    hours = POLICY.quiet_from, POLICY.quiet_until
    assert not quiet(NOW, "America/Chicago", *hours)
    assert quiet(NOW, "Asia/Shanghai", *hours)
    assert next_allowed(NOW, "Asia/Shanghai", POLICY) == dt.datetime(2026, 3, 4, 1, 0, tzinfo=dt.UTC)


def test_equal_bounds_are_no_quiet_hours() -> None:
    assert not quiet(NOW, "UTC", dt.time(9), dt.time(9))


@given(
    st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.sampled_from(["UTC", "Asia/Shanghai", "America/Chicago", "Australia/Lord_Howe"]),
    st.sampled_from([dt.time(20), dt.time(0), dt.time(13, 30)]),
    st.sampled_from([dt.time(9), dt.time(14), dt.time(0)]),
)
def test_the_next_allowed_moment_is_never_quiet_and_never_far(
    now: dt.datetime, timezone: str, start: dt.time, end: dt.time
) -> None:
    policy = replaced(POLICY, quiet_from=start, quiet_until=end)
    at = next_allowed(now, timezone, policy)

    assert not quiet(at, timezone, start, end)
    assert now <= at <= now + dt.timedelta(hours=26)
    assert at == now or at.astimezone(ZoneInfo(timezone)).time() == end


def test_the_question_is_masked_and_has_four_answers() -> None:
    planned = Planned("c1", "phone", "v-phone", "••4417", NOW)
    tell, timer = ask(ID, planned, "conv1", "America/Chicago", POLICY, NOW).effects

    assert isinstance(tell, Tell)
    assert tell.question == Question(Asked.CHECK_IN, ID)
    assert tell.reply.args == {"field": Term("field-phone"), "masked": "••4417"}
    assert [pressed(button.id) for button in tell.reply.buttons] == [
        (Verb.CHECKIN_STILL, ID),
        (Verb.CHECKIN_CHANGED, ID),
        (Verb.CHECKIN_LATER, ID),
        (Verb.CHECKIN_STOP, ID),
    ]
    assert all(len(button.id.encode()) <= 64 for button in tell.reply.buttons)
    assert timer == Timer(CheckInTimer.EXPIRE, ID, NOW + 7 * DAY)


def test_the_question_waits_for_the_end_of_the_quiet_hours() -> None:
    planned = Planned("c1", "phone", "v-phone", "••4417", NOW)

    assert ask(ID, planned, "conv1", "Asia/Shanghai", POLICY, NOW) == Decision(
        effects=(Timer(CheckInTimer.ASK, ID, dt.datetime(2026, 3, 4, 1, 0, tzinfo=dt.UTC)),)
    )


@pytest.mark.parametrize("said", CheckInAnswer)
def test_every_answer_is_kept_and_stops_the_waiting(said: CheckInAnswer) -> None:
    effects = answer(OPEN, said, "c1", "America/Chicago", POLICY, NOW)

    assert effects[0] == AnswerCheckIn(ID, said)
    assert Timer(CheckInTimer.EXPIRE, ID, None) in effects
    assert (Suppress("c1") in effects) == (said is CheckInAnswer.STOP)
    again = [e.due for e in effects if isinstance(e, Timer) and e.kind == CheckInTimer.ASK]
    assert again == [NOW + 3 * DAY if said is CheckInAnswer.LATER else None]


def test_each_button_is_one_answer() -> None:
    answers = [answer_of(verb) for verb in Verb]

    assert [a for a in answers if a is not None] == list(CheckInAnswer)


def test_no_answer_is_a_task_for_a_person() -> None:
    assert unanswered(OPEN, "conv1").effects == (Flag("check_in_unanswered", "phone", "conv1"),)
