"""`tellonce parse`: one JSON object a line in, one line out, in order."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from nlu.explain import explained
from nlu.model import Model
from nlu.types import BUILT_IN_FIELDS, Ask, Candidate, Cue, Expects, Language, Understanding
from nlu.understand import understand


class ParseLineError(ValueError):
    """A line that cannot be read; the message names the line and what is wrong with it."""


class _Line(msgspec.Struct, frozen=True):
    id: object
    text: str
    language: Language | None
    expects: Expects
    region: str
    now: datetime


def parse_stream(
    lines: Iterable[str], out: Callable[[str], object], model: Model, now: datetime, *, explain: bool = False
) -> int:
    """Understand every line and hand each answer to `out`, newline included; return how many there were. With
    `explain` each answer also says which words and rules decided.

    `now` counts where a line gives none. Raises ParseLineError at the first line that cannot be read.
    """
    count = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        item = _read(line, number, now)
        understanding = understand(
            item.text,
            expects=item.expects,
            region=item.region,
            now=item.now,
            language=item.language,
            model=model,
        )
        answer = {"id": item.id} | shown(understanding)
        if explain:
            answer["explain"] = explained(item.text, understanding.language, model)
        out(json.dumps(answer, ensure_ascii=False) + "\n")
        count += 1
    return count


def parse_bytes(
    lines: Iterable[bytes], out: Callable[[str], object], model: Model, now: datetime, *, explain: bool = False
) -> int:
    """The same for lines that have yet to be decoded; a line that is not UTF-8 is a malformed one."""
    return parse_stream(map(_decoded, lines, itertools.count(1)), out, model, now, explain=explain)


def _decoded(line: bytes, number: int) -> str:
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise ParseLineError(f"line {number}: not UTF-8 (byte {error.start + 1})") from None


def shown(understanding: Understanding) -> dict[str, Any]:
    """An understanding in the stable form of the design, part 15."""
    return {
        "lang": understanding.language.value,
        "acts": sorted(act.value for act in understanding.acts),
        "starts": list(understanding.starts),
        "asks": list(understanding.asks),
        "cues": [_cue(cue) for cue in understanding.cues],
        "values": [_value(candidate) for candidate in understanding.candidates],
        "alarms": sorted(alarm.value for alarm in understanding.alarms),
    }


def _cue(cue: Cue) -> dict[str, Any]:
    return {
        "field": cue.field,
        "operation": cue.operation.value,
        "holder": cue.holder.value,
        "polarity": cue.polarity.value,
        "when": {"kind": cue.when.kind.value, "date": cue.when.date.isoformat() if cue.when.date else None},
        "confidence": cue.confidence,
        "span": list(cue.span),
    }


def _value(candidate: Candidate) -> dict[str, Any]:
    told: dict[str, Any] = {
        "field": candidate.field,
        "raw": candidate.raw,
        "span": list(candidate.span),
        "value": dict(candidate.value),
        "missing": list(candidate.missing),
    }
    if candidate.problem is not None:
        told["problem"] = candidate.problem.value
    if candidate.role != "new":
        told["role"] = candidate.role
    return told


def _read(line: str, number: int, now: datetime) -> _Line:
    try:
        item = json.loads(line)
    except ValueError as error:
        raise ParseLineError(f"line {number}: not JSON ({error})") from None
    except RecursionError:
        raise ParseLineError(f"line {number}: not JSON that can be read (nested too deeply)") from None
    if not isinstance(item, dict):
        raise ParseLineError(f"line {number}: expected a JSON object")
    if not isinstance(item.get("text"), str):
        raise ParseLineError(f'line {number}: "text" must be a string')
    return _Line(
        id=item.get("id"),
        text=item["text"],
        language=_language(item.get("lang"), number),
        expects=_expects(item.get("expects"), number),
        region=_region(item.get("region"), number),
        now=_moment(item.get("now"), number) or now,
    )


def _language(given: object, number: int) -> Language | None:
    if given is None:
        return None
    if isinstance(given, str) and given[:2].lower() in tuple(Language):
        return Language(given[:2].lower())
    raise ParseLineError(f'line {number}: "lang" must be one of {", ".join(Language)}')


def _expects(given: object, number: int) -> Expects:
    if given is None:
        return Expects()
    if isinstance(given, str):
        if given in (Ask.YES_NO, Ask.CODE, Ask.CUSTOMER_NUMBER, Ask.WHICH_FIELD):
            return Expects(ask=Ask(given))
        return Expects(ask=Ask.SLOT, field=given)
    raise ParseLineError(f'line {number}: "expects" must be the name of a field, such as {BUILT_IN_FIELDS[0]}')


def _region(given: object, number: int) -> str:
    if given is None:
        return "US"
    if isinstance(given, str) and len(given) == 2 and given.isalpha():
        return given.upper()
    raise ParseLineError(f'line {number}: "region" must be a country code of two letters')


def _moment(given: object, number: int) -> datetime | None:
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(str(given))
    except ValueError:
        raise ParseLineError(f'line {number}: "now" must be an ISO 8601 time') from None
    if not 1900 <= moment.year < 2200:  # further off, "yesterday" or another time zone would leave the calendar
        raise ParseLineError(f'line {number}: "now" must lie between the years 1900 and 2200')
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
