"""English expressions of time."""

# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

import datetime as dt
import re

from nlu.types import Span, WhenKind
from nlu.values.calendar import made, months_on, nearest, weekday

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_COUNT = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "couple of": 2,
    "a couple of": 2,
    "few": 3,
    "a few": 3,
}
_N = r"(\d{1,3}|a couple of|couple of|a few|few|an?|one|two|three|four|five|six)"
_ISO = re.compile(r"\b((?:19|20)\d{2})-(\d{1,2})-(\d{1,2})\b")
_DAY_MONTH = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b\.?,?(?: ((?:19|20)\d{{2}}))?(?! (?:st|"
    rf"street|rd|road|ave|avenue|ln|lane|dr|drive|way|ct|court|close|place|crescent)\b)"
)
_MONTH_DAY = re.compile(rf"\b({_MONTH})\.? (?:the )?(\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d),?(?: ((?:19|20)\d{{2}}))?")
_THE_DAY = re.compile(
    r"\b(?:on|from|by|since|starting|effective|as of|until|of) the (\d{1,2})(?:st|nd|rd|th)\b(?! "
    r"(?:floor|fl|street|st|avenue|ave|of)\b)"
)
_OF_MONTH = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th) of (this|next|last) month\b")
_IN_MONTH = re.compile(
    rf"\b(?:in|from|starting|since|until|effective|end of) (?:early |late |mid[ \-])?({_MONTH})\b(?: "
    rf"((?:19|20)\d{{2}}))?"
)
_AHEAD = re.compile(rf"\bin {_N} (day|week|month|year)s?\b|\b{_N} (day|week|month|year)s? (?:from now|later)\b")
_AGO = re.compile(rf"\b{_N} (day|week|month|year)s? (?:ago|back)\b")
_WEEKDAY = re.compile(
    rf"\b(?:(last|next|this|on|from|since|by|starting)(?: (?:next|this|last))?) ({'|'.join(_DAYS)})\b"
)
_NEXT = re.compile(r"\b(?:next|the coming|the following) (week|month|year)\b")
_NAMED = re.compile(
    r"\b(yesterday|today|tomorrow|the day after tomorrow|right now|immediately|effective immediately)\b"
)
_END_OF = re.compile(r"\b(?:at the |by the |the )?end of (?:the |this )(week|month|year)\b")
_PAST = re.compile(
    r"\b(?:last (?:week|month|year|weekend|night|spring|summer|autumn|fall|winter)|(?:the )?other "
    r"day|recently|earlier (?:this|last) (?:week|month|year)|a while ago|"
    r"(?:i|we|have|'?ve|has|had) (?:\w+ )?just|just (?:moved|changed|got|switched|relocated)|already "
    r"(?:moved|changed))\b"
)
_FUTURE = re.compile(
    r"\b(?:soon|this weekend|in the (?:near )?future|(?:i|we|she|he|they)(?:'ll| will| am going "
    r"to| are going to|'m going to|'re going to|'m moving| am moving|'re moving| are moving) (?:be "
    r")?(?:mov|relocat|chang|switch|get)\w*)\b"
)
_TEMPORARY = re.compile(
    rf"\b(?:temporar(?:y|ily)|for the time being|for now\b|for a (?:while|bit|short time)|short[- "
    rf"]term|for (?:the )?(?:next )?(?:{_N} )?(?:day|week|month|fortnight)s?|"
    r"for the (?:summer|winter|holidays|season|semester|term)|while i(?:'m| am) (?:away|abroad|"
    r"travelling|traveling|on holiday|on vacation)|only until|just until|until (?:i|we) (?:get|"
    r"come|am|are|return))\b"
)
_TOLD_PAST = re.compile(
    r"\b(?:moved|changed|switched|got|relocated|was|were|since|already|started|went|has|have|ago|left|married)\b"
)


def temporary_en(text: str) -> Span | None:
    """Where the text says that the change is for a while only."""
    match = _TEMPORARY.search(text)
    return match.span() if match else None


def vague_en(text: str) -> tuple[WhenKind, Span] | None:
    """A past or future that names no date."""
    if match := _PAST.search(text):
        return WhenKind.PAST, match.span()
    if match := _FUTURE.search(text):
        return WhenKind.FUTURE, match.span()
    return None


def dated_en(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    """The date a text names, and where."""
    for read in (_calendar_date, _day_only, _relative, _weekday):
        if (found := read(text, today)) is not None and found[0] is not None:
            return found
    return None


def _past(text: str, at: int) -> bool:
    told = _TOLD_PAST.search(text, max(0, at - 40), at + 8) is not None
    return told and not re.search(r"\b(?:from|starting|effective|will)\b", text[max(0, at - 12) : at + 8])


def _calendar_date(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    if (match := _ISO.search(text)) and (date := made(int(match[1]), int(match[2]), int(match[3]))):
        return date, match.span()
    if match := _OF_MONTH.search(text):
        first = months_on(today.replace(day=1), {"this": 0, "next": 1, "last": -1}[match[2]])
        return _with(made(first.year, first.month, int(match[1])), match)
    if match := _DAY_MONTH.search(text):
        return _with(_month_day(text, match, match[2], int(match[1]), match[3], today), match)
    if match := _MONTH_DAY.search(text):
        return _with(_month_day(text, match, match[1], int(match[2]), match[3], today), match)
    if match := _IN_MONTH.search(text):
        return _with(_month_day(text, match, match[1], 1, match[2], today), match)
    return None


def _month_day(
    text: str, match: re.Match[str], month: str, day: int, year: str | None, today: dt.date
) -> dt.date | None:
    number = _MONTHS.index(month[:3]) + 1
    if year:
        return made(int(year), number, day)
    return nearest(today, number, day, past=_past(text, match.start() + 1))


def _with(date: dt.date | None, match: re.Match[str]) -> tuple[dt.date, Span] | None:
    return (date, match.span()) if date is not None else None


def _day_only(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    match = _THE_DAY.search(text)
    if match is None:
        return None
    return _with(
        nearest(today, None, int(match[1]), past=_past(text, match.start() + 1) or match.group().startswith("since")),
        match,
    )


def _relative(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    if match := _NAMED.search(text):
        step = {"yesterday": -1, "tomorrow": 1, "the day after tomorrow": 2}.get(match[1], 0)
        return today + dt.timedelta(days=step), match.span()
    if match := _AHEAD.search(text):
        return _stepped(today, match[1] or match[3], match[2] or match[4], 1), match.span()
    if match := _AGO.search(text):
        return _stepped(today, match[1], match[2], -1), match.span()
    if match := _NEXT.search(text):
        return _first_of_next(today, match[1]), match.span()
    if match := _END_OF.search(text):
        return _first_of_next(today, match[1]) - dt.timedelta(days=1), match.span()
    return None


def _stepped(today: dt.date, count: str, unit: str, sign: int) -> dt.date:
    number = (_COUNT.get(count) or int(count)) * sign
    if unit in {"day", "week"}:
        return today + dt.timedelta(days=number * (7 if unit == "week" else 1))
    return months_on(today, number * (12 if unit == "year" else 1))


def _first_of_next(today: dt.date, unit: str) -> dt.date:
    if unit == "week":
        return weekday(today, 0, weeks=1)
    return months_on(today.replace(day=1), 1) if unit == "month" else dt.date(today.year + 1, 1, 1)


def _weekday(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    match = _WEEKDAY.search(text)
    if match is None:
        return None
    number = _DAYS.index(match[2])
    ahead = (number - today.weekday()) % 7 or 7
    if "last" in match.group() or match[1] == "since" or _past(text, match.start() + 1):
        return today - dt.timedelta(days=7 - ahead if ahead != 7 else 7), match.span()
    if "next" in match.group():
        return weekday(today, number, weeks=1), match.span()
    return today + dt.timedelta(days=ahead), match.span()
