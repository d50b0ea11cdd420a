"""Values of a company's own fields: by its pattern, or the choice that is named."""

from __future__ import annotations

import re

from nlu.custom import Learned
from nlu.normalise import folded
from nlu.patterns import LONGEST_VALUE
from nlu.types import Candidate, Problem, Span

_LONGEST_READ = 600
_START = re.compile(r"(?<![a-z0-9])[a-z0-9\u4e00-\u9fff]|(?<=[\u4e00-\u9fff])[a-z0-9]|[\u4e00-\u9fff]", re.IGNORECASE)
_SEPARATORS = frozenset(" -·.•_")
_LONGEST_ANSWER = 48


def find_custom(
    raw: str, text: str, fields: tuple[Learned, ...], *, bold: frozenset[str], expected: str | None
) -> list[Candidate]:
    """Find values of the fields in `bold`, and of any field whose pattern tells by itself; `expected` is the field that
    was asked for, of which a wrong answer is a problem."""
    found: list[Candidate] = []
    for field in fields:
        hints = field.telling or any(field.contexts.values())
        if field.name not in bold and not hints:
            continue
        one = _matched(raw, field) if field.pattern is not None else _chosen(raw, text, field)
        if one is None and field.name == expected:
            one = _wrong(raw, field)
        if one is not None:
            found.append(one)
    return found


def _matched(raw: str, field: Learned) -> Candidate | None:
    written = folded(raw[:_LONGEST_READ])
    if field.pattern is None:
        return None
    span = _first(field.pattern, written)
    if span is not None:
        return Candidate(field.name, raw[slice(*span)], span, {"value": _standard(written[slice(*span)], field)})
    kept = [at for at, char in enumerate(written) if char not in _SEPARATORS]
    joined = "".join(written[at] for at in kept)
    if (inner := _first(field.pattern, joined)) is None:
        return None
    span = (kept[inner[0]], kept[inner[1] - 1] + 1)
    if span[0] and written[span[0] - 1].isalnum() and written[span[0]].isascii():
        return None
    return Candidate(field.name, raw[slice(*span)], span, {"value": _standard(joined[slice(*inner)], field)})


def _first(pattern: re.Pattern[str], text: str) -> Span | None:
    """Where the pattern first stands as a whole word."""
    for start in _START.finditer(text):
        match = pattern.match(text, start.start(), start.start() + LONGEST_VALUE)
        if match is None or match.end() == match.start():
            continue
        end = match.end()
        if end < len(text) and text[end].isascii() and text[end].isalnum() and text[end - 1].isalnum():
            continue
        return match.span()
    return None


def _standard(written: str, field: Learned) -> str:
    """In capitals where the pattern, as the company wrote it, is of capitals."""
    upper = written.upper()
    strict = field.pattern is not None and re.fullmatch(field.pattern.pattern, upper) is not None
    return upper if strict else written


def _chosen(raw: str, text: str, field: Learned) -> Candidate | None:
    read = text[:_LONGEST_READ]
    best: tuple[int, int, str] | None = None
    for said, value in field.choices:
        at = read.rfind(said)
        if at < 0 or not _whole(read, at, at + len(said)):
            continue
        if best is None or (at > best[0] and at >= best[1]):
            best = (at, at + len(said), value)
    if best is None:
        return None
    return Candidate(field.name, raw[best[0] : best[1]], (best[0], best[1]), {"value": best[2]})


def _whole(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    inside = (before.isascii() and before.isalnum() and text[start].isascii()) or (
        after.isascii() and after.isalnum() and text[end - 1].isascii() and after != "s"
    )
    return not inside


def _wrong(raw: str, field: Learned) -> Candidate | None:
    """An answer that is clearly meant as the value and is none."""
    answer = raw.strip()
    if not answer or len(answer) > _LONGEST_ANSWER or answer.endswith(("?", "？")):
        return None
    if field.pattern is not None and not any(map(str.isdigit, answer)):
        return None
    start = len(raw) - len(raw.lstrip())
    span = (start, start + len(answer))
    return Candidate(field.name, answer, span, {"partial": answer}, ("value",), Problem.INVALID)
