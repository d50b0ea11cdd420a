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
_IN_YEAR = re.compile(r"\b(?:in|since|back in) ((?:19|20)\d{2})\b")
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
_NEXT = re.compile(r"\b(?:next|nxt|the coming|the following|from next) (week|wk|month|year|yr)\b")
_NAMED = re.compile(
    r"\b(yesterday|today|tomorrow|the day after tomorrow|right now|immediately|effective immediately)\b"
)
_END_OF = re.compile(r"\b(?:at the |by the |the )?end of (?:the |this )(week|month|year)\b")
_SEASON = r"(?:spring|summer|autumn|fall|winter|easter|christmas|xmas|thanksgiving)"
_DONE = (
    r"(?:\w{2,12}ed|got|gotten|been|bought|sold|left|lost|found|took|taken|given|gave|put|set|made|had|sent|split|quit|"
    r"wed|become|became|begun|began|shut|cut|went|gone|come|came)"
)
"""A verb in the past, roughly: what -ed and the commonest irregular forms tell."""
_PAST = re.compile(
    r"\b(?:last (?:week|wk|month|year|yr|weekend|night|nite|quarter|spring|summer|autumn|fall|winter|easter|christmas|"
    rf"xmas|{_MONTH})|(?:the )?other (?:day|week|month)|recently|lately|"
    r"earlier (?:this|last|in the) (?:week|month|year)|"
    r"(?:a while|ages|years|months|weeks|days|ages and ages|some time|not (?:too |that )?long) (?:ago|back)|"
    r"(?:a|\d{1,3}|one|two|three|four|five|six|few|couple of) (?:fortnight|decade|wk|yr|mth|hour)s? (?:ago|back)|"
    rf"(?:only |have |has |'ve |i |we )?just (?:recently )?{_DONE}|"
    r"already(?! (?:have|has|up to|right|correct|there|on (?:it|there|file)))|yday|"
    r"since (?:then|last|before|the (?:summer|spring|autumn|fall|winter|wedding|divorce|move|new year)|my (?:wedding|"
    rf"divorce|marriage|move)|(?:i|we) (?:have |last )?{_DONE}|{_SEASON}|{_MONTH}|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:19|20)\d\d|"
    r"(?:a|\d|two|three) (?:weeks?|months?|years?))|long ago|newly (?:married|wed|divorced)|back in (?:the )?\w+)\b"
)
_PAST_SEASON = re.compile(
    rf"\b{_DONE} (?:[\w'-]+ ){{0,6}}(?:this|in the|over the|at the|at|in|at the end of the) (?:(?:early|late) )?"
    rf"(?:{_SEASON}|week|month|year|weekend|holidays|term|new year)\b"
)
_PAST_HINTS = tuple("last |other |recently|lately|earlier|ago|back|just|already|yday|since|newly".split("|"))
_SEASONS = tuple(
    "spring summer autumn fall winter easter christmas xmas thanksgiving week month year weekend holidays term".split()
)
_FUTURE_HINTS = tuple(
    "soon|this weekend|tonight|future|next|new year|year end|month end|"
    "nxt|some day|someday|one day|later|upcoming|due to|about to|plan|inten|"
    "hoping|looking|ll |gonna|will be|going to|moving|relocating|"
    "retiring|leaving|changing|switching|emigrating|rebranding|merging|downsizing|married|when i|when we".split("|")
)
_TEMPORARY_HINTS = tuple(
    "temporar|for |short|til|just|only|summer|winter|this week|all week|month|while|term|meantime".split("|")
)
_FUTURE = re.compile(
    r"\b(?:soon|this weekend|tonight|in the (?:near )?future|in future|next (?:spring|summer|autumn|fall|winter|"
    r"quarter|term|semester|season|payroll|payday|bill|time|weekend|fortnight)|"
    r"in the new year|(?:at )?(?:year|month) end|"
    r"nxt (?:wk|week|month|yr|year)|one day|some ?day|later (?:this|on|in)|upcoming|due to|about to|"
    r"(?:plan|planning|intend|intending|hoping|looking) (?:to|on|at) (?:mov|relocat|chang|switch|get|retir|marr|ditch|"
    r"leav|emigrat|swap|buy|sell)\w*|"
    r"(?:i|we|she|he|they|it|who)(?:'ll| will|ll| am going to| are going to| is going to|'m going to|'re going to|"
    r"'s going to|'m gonna|'re gonna|m gonna| gonna)(?: be| need| have| get)? ?(?:mov|relocat|chang|switch|get|retir|"
    r"marr|leav|tak|start|hav|los|becom|need|a )\w*|"
    r"(?:i'?m|i am|we'?re|we are|be|my \w+ is|who'?s|person) (?:\w+ )?(?:moving|relocating|retiring|leaving|changing|"
    r"switching|emigrating|rebranding|merging|downsizing)|"
    r"will be (?:\w+ )?(?:changing|moving|switching|different|changed|switched|relocating|closed|terminated|leaving)|"
    r"(?:getting|be) married|(?:emigrating|relocating|retiring|moving house|moving abroad)|"
    r"when (?:i|we) (?:move|retire|marry|relocate|leave))\b"
)
_UNTIL = (
    r"(?<!not )(?<!yet )(?<!moving )\b(?:until|til|till) (?!now\b|then\b|today\b|recently\b|lately\b|"
    r"yesterday\b|i (?:moved|changed)\b|you\b|it\b)"
)
_TEMPORARY = re.compile(
    rf"\b(?:temporar(?:y|ily)|for the time being|for now\b|for a (?:while|bit|short time|few)|short[- ]term|"
    rf"for (?:the |those |these |this )?(?:next |coming |rest of the )?(?:{_N} )?(?:day|week|wk|month|fortnight)s?"
    r"(?! ago)\b(?! (?:now|already)\b)|"
    r"for the (?:duration|summer|winter|holidays|season|semester|term|trip|stay)|"
    r"(?:just|only) (?:for|until|till|til)|for that (?:period|time)|"
    r"(?:this|all) (?:summer|winter|week) (?:only|please)?(?=$|[.,!])|"
    r"(?:\d{1,2}|two|three|four|six) months? (?:in|at|abroad)|"
    r"while (?:(?:i'?m|i am|we'?re|we are) (?:away|abroad|in|at|"
    r"on (?:holiday|vacation|leave)|out of|over|"
    r"travell?ing|staying|there|overseas|deployed|seconded|posted)|away|abroad|overseas|"
    r"on holiday|travelling|traveling|(?:my|our|the) \w+ (?:is|are|gets))|"
    r"on (?:an? )?\d{1,2}[- ](?:week|month) (?:secondment|placement|posting|assignment|stay)|"
    rf"term[- ]time|until further notice)\b|{_UNTIL}"
)
_TOLD_PAST = re.compile(rf"\b(?:{_DONE}|was|were|since|already|has|have|ago|did|told|spoke|ran|rang|gone|'ve)\b")
_TOLD_FUTURE = re.compile(
    r"\b(?:from|starting|effective|will|'ll|going to|gonna|i'?m \w+ing|we'?re \w+ing|until|till|til|need to|can you|"
    r"in the middle|getting|due)\b"
)


def temporary_en(text: str) -> Span | None:
    """Where the text says that the change is for a while only."""
    match = _TEMPORARY.search(text) if _some(_TEMPORARY_HINTS, text) else None
    return match.span() if match else None


def vague_en(text: str) -> tuple[WhenKind, Span] | None:
    """A past or future that names no date."""
    if _some(_PAST_HINTS, text) and (match := _PAST.search(text)):
        return WhenKind.PAST, match.span()
    if _some(_SEASONS, text) and (match := _PAST_SEASON.search(text)):
        return WhenKind.PAST, match.span()
    if _some(_FUTURE_HINTS, text) and (match := _FUTURE.search(text)):
        return WhenKind.FUTURE, match.span()
    return None


def _some(hints: tuple[str, ...], text: str) -> bool:
    """Whether one of the words is there at all: patterns that cannot match are not tried."""
    return any(hint in text for hint in hints)


def dated_en(text: str, today: dt.date) -> tuple[dt.date, Span] | None:
    """The date a text names, and where."""
    for read in (_calendar_date, _day_only, _relative, _weekday):
        if (found := read(text, today)) is not None and found[0] is not None:
            return found
    return None


def _past(text: str, at: int) -> bool:
    """Whether the words around a time speak of what has happened."""
    begin = max(text.rfind(".", 0, at), text.rfind("?", 0, at), at - 70, 0)
    told = list(_TOLD_PAST.finditer(text, begin, at + 8))
    ahead = list(_TOLD_FUTURE.finditer(text, begin, at + 8))
    return bool(told) and (not ahead or told[-1].start() > ahead[-1].end())


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
    if (match := _IN_YEAR.search(text)) and int(match[1]) != today.year:
        return _with(made(int(match[1]), 1, 1), match)
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
