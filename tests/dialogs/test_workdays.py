"""Working days are working time within opening hours, not multiples of 24 hours."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.policy import ReviewPolicy
from dialogs.workdays import NoWorkingDayError, after, day_length, due, is_workday, worked
from nlu.replaced import replaced

CHICAGO = ZoneInfo("America/Chicago")
SHANGHAI = ZoneInfo("Asia/Shanghai")
US = ReviewPolicy(timezone="America/Chicago", country="US")
CN = ReviewPolicy(timezone="Asia/Shanghai", country="CN")


def _us(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=CHICAGO)


def _cn(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("filed", "days", "expected"),
    [
        ("2026-03-06 16:00", 1, "2026-03-09 16:00"),  # Friday afternoon → Monday; the clocks change in between
        ("2026-03-03 10:30", 1, "2026-03-04 10:30"),
        ("2026-03-03 22:00", 1, "2026-03-04 18:00"),  # at night: counts from the next opening
        ("2026-03-03 05:00", 1, "2026-03-03 18:00"),  # before opening
        ("2026-03-07 12:00", 1, "2026-03-09 18:00"),  # on a Saturday
        ("2026-03-03 10:30", 2, "2026-03-05 10:30"),
        ("2026-12-24 16:00", 1, "2026-12-28 16:00"),  # Christmas is a Friday
        ("2026-07-02 16:00", 1, "2026-07-06 16:00"),  # 4 July observed on Friday the 3rd
        ("2026-03-03 18:00", 1, "2026-03-04 18:00"),  # at closing time nothing is left of the day
    ],
)
def test_due_in_the_united_states(filed: str, days: int, expected: str) -> None:
    assert due(_us(filed), days, US) == _us(expected)


@pytest.mark.parametrize(
    ("filed", "days", "expected"),
    [
        ("2025-01-24 16:00", 1, "2025-01-26 16:00"),  # Sunday 26 January 2025 is a make-up workday
        ("2025-01-27 16:00", 1, "2025-02-05 16:00"),  # Spring Festival: 28 January to 4 February
        ("2026-09-30 17:00", 2, "2026-10-09 17:00"),  # National Day: 1 to 7 October
        ("2026-10-09 17:00", 1, "2026-10-10 17:00"),  # Saturday 10 October 2026 makes up
    ],
)
def test_due_in_china_counts_make_up_workdays(filed: str, days: int, expected: str) -> None:
    assert due(_cn(filed), days, CN) == _cn(expected)


def test_the_companys_own_calendar_wins() -> None:
    shut = replaced(US, extra_holidays=frozenset({dt.date(2026, 3, 9)}))
    extra = replaced(US, extra_workdays=frozenset({dt.date(2026, 3, 7), dt.date(2026, 12, 25)}))

    assert due(_us("2026-03-06 16:00"), 1, shut) == _us("2026-03-10 16:00")
    assert due(_us("2026-03-06 16:00"), 1, extra) == _us("2026-03-07 16:00")
    assert is_workday(dt.date(2026, 12, 25), extra)


def test_result_is_in_utc() -> None:
    assert due(_us("2026-03-03 10:30"), 1, US).tzinfo is dt.UTC


def test_worked_counts_only_opening_hours() -> None:
    assert worked(_us("2026-03-06 16:00"), _us("2026-03-09 10:00"), US) == dt.timedelta(hours=3)
    assert worked(_us("2026-03-06 19:00"), _us("2026-03-09 08:00"), US) == dt.timedelta(0)
    assert worked(_us("2026-03-09 10:00"), _us("2026-03-06 10:00"), US) == dt.timedelta(0)


def test_no_working_time_is_now() -> None:
    now = _us("2026-03-07 12:00")

    assert after(now, dt.timedelta(0), US) == now


def test_a_calendar_without_working_days_is_reported() -> None:
    first = dt.date(2026, 1, 1)
    shut = replaced(US, extra_holidays=frozenset(first + dt.timedelta(days=n) for n in range(4000)))

    with pytest.raises(NoWorkingDayError):
        due(_us("2026-03-03 10:00"), 1, shut)


moments = st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2027, 12, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001 - hypothesis adds the zone
spans = st.timedeltas(dt.timedelta(0), dt.timedelta(hours=60))


@given(moments, spans, st.sampled_from([US, CN, ReviewPolicy()]))
def test_working_time_measured_back_is_the_working_time_given(
    start: dt.datetime, span: dt.timedelta, review: ReviewPolicy
) -> None:
    assert worked(start, after(start, span, review), review) == span


@given(moments, spans, spans, st.sampled_from([US, CN]))
def test_a_stopped_clock_goes_on_with_what_was_left(
    start: dt.datetime, first: dt.timedelta, second: dt.timedelta, review: ReviewPolicy
) -> None:
    halfway = after(start, first, review)

    assert after(halfway, second, review) == after(start, first + second, review) or second == dt.timedelta(0)


@given(moments, st.integers(1, 5), st.sampled_from([US, CN]))
def test_due_is_never_outside_opening_hours(start: dt.datetime, days: int, review: ReviewPolicy) -> None:
    local = due(start, days, review).astimezone(ZoneInfo(review.timezone))

    assert is_workday(local.date(), review)
    assert review.opens <= local.time() <= review.closes
    assert worked(start, due(start, days, review), review) == days * day_length(review)
