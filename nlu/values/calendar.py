"""Dates counted from the message's own day."""

from __future__ import annotations

import calendar
import datetime as dt


def made(year: int, month: int, day: int) -> dt.date | None:
    """The date, or None where the calendar has none."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def months_on(day: dt.date, months: int) -> dt.date:
    """The same day some months on, or the last of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def weekday(today: dt.date, number: int, *, weeks: int) -> dt.date:
    """That weekday (Monday is 0) of this week, or of one some weeks on."""
    return today - dt.timedelta(days=today.weekday()) + dt.timedelta(days=number, weeks=weeks)


def nearest(today: dt.date, month: int | None, day: int, *, past: bool) -> dt.date | None:
    """The nearest such day ahead (today included), or behind where it is told as past; without "
    "a month, of any month."""
    if month is not None:
        years = (today.year, today.year - 1) if past else (today.year, today.year + 1)
        dates = [made(year, month, day) for year in years]
    else:
        steps = (0, -1, -2) if past else (0, 1, 2)
        dates = [
            made(first.year, first.month, day) for step in steps if (first := months_on(today.replace(day=1), step))
        ]
    return next((date for date in dates if date is not None and (date <= today if past else date >= today)), None)
