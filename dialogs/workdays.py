"""Working time: opening hours on working days, in the review timezone, after the country's official calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from zoneinfo import ZoneInfo

from dialogs.policy import ReviewPolicy

_HORIZON = 3660
"""Days looked ahead before giving up: a calendar without any working day in ten years is a mistake."""


class NoWorkingDayError(ValueError):
    """The calendar holds no working day within ten years: correct review.extra_holidays."""


@lru_cache(maxsize=64)
def _days_off(country: str, year: int) -> frozenset[dt.date]:
    """All weekends and public holidays of one year, less the make-up workdays."""
    import holidays  # takes 0.4 s: only who needs a due time pays

    # A fresh calendar per call: a shared one fills itself while others read it.
    calendar = holidays.country_holidays(country, years=(year, year + 1), expand=False)
    first = dt.date(year, 1, 1)
    days = (first + dt.timedelta(days=n) for n in range((dt.date(year, 12, 31) - first).days + 1))
    return frozenset(day for day in days if not calendar.is_working_day(day))


def is_workday(day: dt.date, review: ReviewPolicy) -> bool:
    """Whether the office is open on `day`; the company's own list wins over the official calendar."""
    if day in review.extra_workdays:
        return True
    return day not in review.extra_holidays and day not in _days_off(review.country, day.year)


def day_length(review: ReviewPolicy) -> dt.timedelta:
    """The working time of one working day."""
    return _since_midnight(review.closes) - _since_midnight(review.opens)


def due(start: dt.datetime, days: int, review: ReviewPolicy) -> dt.datetime:
    """When `days` working days have passed: filed on Friday at 16:00, one working day ends on Monday at 16:00."""
    return after(start, days * day_length(review), review)


def after(start: dt.datetime, working_time: dt.timedelta, review: ReviewPolicy) -> dt.datetime:
    """The moment, UTC, at which so much working time has passed since `start`; outside opening hours none passes."""
    if working_time <= dt.timedelta(0):
        return start.astimezone(dt.UTC)
    left = working_time
    for opens, closes in _openings(start, review):
        begin = max(opens, start)
        if begin + left <= closes:
            return begin + left
        left -= max(closes - begin, dt.timedelta(0))
    raise NoWorkingDayError(f"no working day within {_HORIZON} days of {start.date()}")


def worked(start: dt.datetime, end: dt.datetime, review: ReviewPolicy) -> dt.timedelta:
    """The working time between two moments; nothing when `end` is not later."""
    total = dt.timedelta(0)
    for opens, closes in _openings(start, review):
        if opens >= end:
            break
        total += max(min(closes, end) - max(opens, start), dt.timedelta(0))
    return total


def _openings(start: dt.datetime, review: ReviewPolicy) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Opening hours from the local day of `start` on, as moments in UTC."""
    zone = ZoneInfo(review.timezone)
    first = start.astimezone(zone).date()
    for offset in range(_HORIZON):
        day = first + dt.timedelta(days=offset)
        if is_workday(day, review):
            yield (
                dt.datetime.combine(day, review.opens, zone).astimezone(dt.UTC),
                dt.datetime.combine(day, review.closes, zone).astimezone(dt.UTC),
            )


def _since_midnight(time: dt.time) -> dt.timedelta:
    return dt.timedelta(hours=time.hour, minutes=time.minute, seconds=time.second)
