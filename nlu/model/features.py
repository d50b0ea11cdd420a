"""What the trained weights see of an utterance: words, neighbours, pieces of words, the sentence's shape.

Every feature is a short text, so that an explanation can show it: a word or run of characters as it stands, `~` before
a piece of a word, `#` before a run of the letters that the lexicons gave (`nlu.tagging`), `!` before a rule that read
something, with the scope it stood in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from nlu.cues import Reading
from nlu.types import Language

_WORDS = re.compile(r"[a-z]+(?:['’][a-z]+)*|\d+|[?!@]|[^\x00-\x7f]")
_NUMBERS = re.compile(r"[\d*]+")
_FILLERS = re.compile(r"_+")
_SPACES = re.compile(r"\s+")
_LONG_NUMBER = 6
_PIECE = 4
MOST = 1024
"""Features are read in the first so many characters, and of so many letters."""


def features_of(text: str, tags: str, read: Iterable[Reading], language: Language) -> set[str]:
    """The features of a normalised text, its tags, and what the rules read in it; linear in its length."""
    found = _of_characters(text[:MOST]) if language is Language.ZH else _of_words(text[:MOST])
    shape = "^" + _FILLERS.sub("_", tags[:MOST]) + "$"
    last = len(shape)
    for size in (2, 3, 4):
        found.update(["#" + shape[i : i + size] for i in range(last - size + 1)])
    for one in read:
        found.add("!" + one.rule)
        found.update([f"!{one.rule}/{scope}" for scope in one.scopes])
    return found


def _of_words(text: str) -> set[str]:
    words = [_number(word) if word[0].isdigit() else word.replace("’", "'") for word in _WORDS.findall(text)]
    found = set(words)
    found.update(map(" ".join, pairwise(words)))
    found.update(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
    found.update([f"{one} * {other}" for one, other in zip(words, words[2:], strict=False)])
    if words:
        found.add("^ " + words[0])
        found.add(words[-1] + " $")
    for word in set(words):
        if len(word) >= _PIECE:
            bounded = f"<{word}>"
            found.update(["~" + bounded[i : i + _PIECE] for i in range(len(bounded) - _PIECE + 1)])
    return found


def _of_characters(text: str) -> set[str]:
    plain = "^" + _NUMBERS.sub(lambda digits: _number(digits.group()), _SPACES.sub("", text)) + "$"
    last = len(plain)
    found = set(plain)
    for size in (2, 3, 4):
        found.update([plain[i : i + size] for i in range(last - size + 1)])
    return found


def _number(digits: str) -> str:
    return "9" if len(digits) >= _LONG_NUMBER else "0"
