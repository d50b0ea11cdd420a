"""Patterns that companies write for fields of their own: checked to be cheap before any message is read with them.

Python's engine tries paths one after another, so a pattern is as dear as it has paths. They are counted here, and a
pattern with many is refused; what is left cannot be made slow by any message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import _constants as sre  # type: ignore[attr-defined] # what the engine itself reads patterns into
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

LONGEST_PATTERN = 200
LONGEST_VALUE = 64
MOST_PATHS = 2000

_ONE = frozenset({sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN, sre.AT, sre.CATEGORY})


class UnsafePatternError(ValueError):
    """The pattern cannot be used; the message says why."""


def checked(pattern: str) -> re.Pattern[str]:
    """The pattern, ready to match. Raises UnsafePatternError for one that is wrong, matches nothing, or may be slow."""
    if not pattern or len(pattern) > LONGEST_PATTERN:
        raise UnsafePatternError(f"should have 1 to {LONGEST_PATTERN} characters")
    try:
        read = parser.parse(pattern)
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError):
        raise UnsafePatternError("is no regular expression") from None
    if _paths(read) > MOST_PATHS:
        raise UnsafePatternError("may be slow: bound its repetitions, and repeat nothing that repeats or has choices")
    if compiled.fullmatch("") is not None:
        raise UnsafePatternError("matches an empty text")
    return compiled


def _paths(items: Iterable[tuple[Any, Any]]) -> int:
    """In how many ways the engine may walk through these parts, at most; more than MOST_PATHS is as good as many."""
    paths = 1
    for kind, what in items:
        paths = min(paths * _of(kind, what), MOST_PATHS + 1)
    return paths


def _of(kind: Any, what: Any) -> int:
    if kind in _ONE:
        return 1
    if kind is sre.BRANCH:
        return sum(_paths(branch) for branch in what[1])
    if kind is sre.SUBPATTERN:
        return _paths(what[3])
    if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        least, most, body = what
        most = min(int(most), LONGEST_VALUE)
        inner = _paths(body)
        if inner == 1:
            return int(max(most - least + 1, 1))
        paths = 0
        for count in range(min(least, most), most + 1):
            paths = min(paths + inner**count, MOST_PATHS + 1)
        return paths
    raise UnsafePatternError("should do without look-around, back-references and conditions")
