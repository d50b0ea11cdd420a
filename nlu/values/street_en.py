"""Where a street ends and a city begins in "51 lake run dr flowery br": a line of an English address, word by word."""

from __future__ import annotations

import re

import msgspec

from nlu.values.places_en import (
    ALONE,
    CITY_ENDS,
    CITY_STARTS,
    DIRECTIONS,
    HIGHWAYS,
    PREFIXES,
    STREETS,
    UNITS,
    WEAK_STREETS,
)

_WORD = re.compile(r"[^\s,]+")
_ORDINAL = re.compile(r"\d{1,4}(?:st|nd|rd|th)")
_LETTER = re.compile(r"[a-z]")
_STRONG = STREETS - WEAK_STREETS
_ROUTE_NAME = re.compile(r"\d{1,4}[a-z]?|[a-z]{1,2}|([a-z])\1{2}")


class Word(msgspec.Struct, frozen=True):
    """One word without its full stop, and where it stands."""

    text: str
    start: int
    end: int


def words(text: str, start: int, end: int) -> list[Word]:
    """Split a stretch of text into words."""
    return [Word(m.group().strip(".;:()\"'"), m.start(), m.end()) for m in _WORD.finditer(text, start, end)]


def street_end(line: list[Word], *, more: bool) -> int:
    """How many words of `line` (without the house number) are the street; 0 when it holds none for certain.

    `more` tells that nothing after the line can be the city, so that a line without a street word must hold both.
    """
    if end := _highway(line):
        if end < len(line) and line[end].text in {"rd", "road"}:
            end += 1
        return end + 1 if end < len(line) and line[end].text in DIRECTIONS else end
    for find in (_named_saint, _prefixed, _strong, _alone, _ordinal, _weak):
        if end := find(line):
            return _with_direction(line, end)
    if not more:
        return len(line)
    return city_start(line)


def has_street_word(line: list[Word]) -> bool:
    """Whether the words hold a street beyond doubt."""
    return bool(_strong(line) or _highway(line) or (line and line[0].text in ALONE))


def city_start(line: list[Word]) -> int:
    """Where the city begins when it stands last."""
    at = len(line) - 1
    if at > 1 and line[at].text in CITY_ENDS:
        at -= 1
    while at > 1 and line[at - 1].text in CITY_STARTS and line[at - 1].text not in STREETS:
        at -= 1
    return max(at, 0)


def _highway(line: list[Word]) -> int:
    for i, word in enumerate(line[:5]):
        if word.text not in HIGHWAYS:
            continue
        after = line[i + 1].text if i + 1 < len(line) else ""
        if word.text in {"us", "i", "s", "u"} and not re.fullmatch(r"\d{1,4}", after):
            continue
        if word.text in {"county", "country", "state", "farm"}:
            if (
                after in {"road", "rd", "route", "rte", "highway", "hwy", "line"}
                and i + 2 < len(line)
                and _route(line[i + 2])
            ):
                return i + 3
            continue
        if _route(line[i + 1] if i + 1 < len(line) else None) and after not in DIRECTIONS:
            return i + 2
        if _route(line[i + 1] if i + 1 < len(line) else None) and re.fullmatch(r"(?:highway|hwy|route|rte)", word.text):
            return i + 2
        if i > 0 and re.fullmatch(r"\d{1,4}", line[i - 1].text):
            return i + 1
    return 0


def _route(word: Word | None) -> bool:
    return word is not None and _ROUTE_NAME.fullmatch(word.text) is not None and word.text not in UNITS


def _strong(line: list[Word]) -> int:
    for i in range(1, len(line)):
        if line[i].text not in _STRONG:
            continue
        if line[i].text == "run" and i + 1 < len(line) and line[i + 1].text in _STRONG:
            continue
        if (
            line[i].text == "st"
            and i + 2 < len(line)
            and line[i - 1].text in DIRECTIONS
            and line[i + 2].text in _STRONG
        ):
            continue
        return _extended(line, i + 1)
    return 0


def _named_saint(line: list[Word]) -> int:
    """A street of one word before a city that begins with "St": "Esplanade St Kilda"."""
    return 1 if len(line) > 2 and line[0].text in ALONE and line[1].text == "st" else 0


def _prefixed(line: list[Word]) -> int:
    """A street whose kind comes first: "Jalan Besar", "Rue Royale"."""
    if len(line) < 2 or line[0].text not in PREFIXES or _strong(line):
        return 0
    return len(line) if len(line) < 3 else 3 if line[1].text in {"du", "de", "la", "el", "des", "ah"} else 2


def _extended(line: list[Word], end: int) -> int:
    while end < len(line) and line[end].text in _STRONG and line[end].text != "st":
        end += 1
    return end


def _weak(line: list[Word]) -> int:
    found = [i for i in range(1, len(line)) if line[i].text in WEAK_STREETS]
    return found[-1] + 1 if found else 0


def _alone(line: list[Word]) -> int:
    if line and line[0].text in ALONE:
        return 1
    return 2 if len(line) > 1 and line[0].text in DIRECTIONS and line[1].text in ALONE else 0


def _ordinal(line: list[Word]) -> int:
    for i, word in enumerate(line[:3]):
        if _ORDINAL.fullmatch(word.text):
            return i + 1
    return 0


def _with_direction(line: list[Word], end: int) -> int:
    lettered = end < len(line) and line[end - 1].text in {"ave", "avenue"} and _LETTER.fullmatch(line[end].text)
    if end >= len(line) or (line[end].text not in DIRECTIONS and not lettered):
        return end
    word = line[end].text
    if len(word) == 1 and word not in "nsew":
        return end + 1  # Avenue O
    last = end + 1 == len(line)
    short = len(word) == 1 and line[end].end - line[end].start == 1
    if last or short or len(word) > 5 or len(word) == 2 or line[end + 1].text in DIRECTIONS:
        return end + 1
    return end
