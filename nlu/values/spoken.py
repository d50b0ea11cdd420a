"""English numbers as they are spoken: "seven four three", "double five", "two seventy"."""

# ruff: noqa: SIM905 - lists of words read better as text

from __future__ import annotations

import re

import msgspec

_DIGIT = {
    "zero": "0",
    "oh": "0",
    "o": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
}
_TEEN = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_REPEAT = {"double": 2, "triple": 3}
_WORDS = "|".join([*(w for w in _DIGIT if w != "o"), *_TEEN, *_TENS, *_REPEAT, "hundred"])
_FIRST = re.compile(r"\b(?:" + _WORDS + r")\b")
_RUN = re.compile(r"\b(?:" + _WORDS + r")(?:(?:[ \-]{1,2}|, ?)(?:" + _WORDS + r"|o|[0-9]{1,4})\b){0,24}")


class SpokenNumber(msgspec.Struct, frozen=True):
    """Digits read from words, and where the words stand."""

    digits: str
    start: int
    end: int


def spoken_numbers(text: str) -> list[SpokenNumber]:
    """Read every run of number words in lower-case text."""
    if _FIRST.search(text) is None:
        return []
    return [SpokenNumber(_read(run.group()), *run.span()) for run in _RUN.finditer(text)]


def _read(words: str) -> str:
    out, times, tens = "", 1, False
    for word in re.split(r"[ ,\-]+", words):
        if word in _REPEAT:
            times = _REPEAT[word]
            continue
        if word == "hundred":
            out, tens = out + "00", False
            continue
        if word in _TENS:
            out, tens, times = out + str((_TENS.index(word) + 2) * 10) * times, True, 1
            continue
        digit = _DIGIT.get(word) or (str(_TEEN.index(word) + 10) if word in _TEEN else word)
        if tens and len(digit) == 1 and digit != "0":
            out = out[:-1] + digit
        else:
            out += digit * times
        times, tens = 1, False
    return out
