"""How well utterances of a labelled corpus are understood."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.corpus import Row
from nlu.model import model_of
from nlu.model.weights import Weights
from nlu.types import ANY, BUILT_IN_FIELDS, Cue, Language, Understanding
from nlu.understand import understand

NOW = dt.datetime(2026, 1, 5, 9, 0, tzinfo=dt.UTC)
_SURE = 1.96
"""Standard deviations to either side of a share that hold it with 95 %."""

SCOPES = ("holder", "polarity", "when")
"""What is said of a change besides its field."""


def measured(rows: Iterable[Row], weights: Mapping[Language, Weights]) -> dict[str, Any]:
    """Figures by language. Detecting counts starts and questions; `scope` is of the cue about the field in question."""
    model = model_of(BUILT_IN_FIELDS, (), weights)
    counts: dict[Language, Counter[str]] = defaultdict(Counter)
    fields: dict[Language, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in rows:
        read = understand(row.text, now=NOW, language=row.language, model=model)
        _count(counts[row.language], row, read)
        _count_fields(fields[row.language], row, {*read.starts, *read.asks})
    return {language.value: _figures(count, fields[language]) for language, count in sorted(counts.items())}


def _count(count: Counter[str], row: Row, read: Understanding) -> None:
    reacted = bool(read.starts or read.asks)
    count["rows"] += 1
    count[row.kind] += 1
    if row.fields:
        count["noticed" if reacted else "missed"] += 1
        count["started"] += bool(read.starts)
    else:
        count["alarms"] += reacted
        count[f"{row.kind} starts"] += bool(read.starts)
    if row.about is not None and (cue := _cue_about(row.about, read.cues)) is not None:
        said = {"holder": cue.holder, "polarity": cue.polarity, "when": cue.when.kind}
        for name in SCOPES:
            if (wanted := getattr(row, name)) is not None:
                count[f"{name} told"] += 1
                count[name] += said[name] == wanted


def _cue_about(field: str, cues: tuple[Cue, ...]) -> Cue | None:
    about = [cue for cue in cues if field in (cue.field, ANY)]
    return max(about, key=lambda cue: cue.confidence, default=None)


def _count_fields(fields: dict[str, Counter[str]], row: Row, said: set[str]) -> None:
    if ANY in row.fields:
        fields[ANY]["hit" if said else "miss"] += 1
        return
    named = said - {ANY}
    for field in row.fields:
        fields[field]["hit" if field in named else "miss"] += 1
    for field in (named if row.fields else said) - set(row.fields):
        fields[field]["extra"] += 1


def _figures(count: Counter[str], fields: Mapping[str, Counter[str]]) -> dict[str, Any]:
    together = sum(fields.values(), Counter[str]())
    return {
        "rows": count["rows"],
        "detect": _f1(count["noticed"], count["alarms"], count["missed"]),
        "field": _f1(together["hit"], together["extra"], together["miss"]),
        "hard false starts": _share(count["hard starts"], count["hard"]),
        "easy false starts": _share(count["easy starts"], count["easy"]),
        "started": _share(count["started"], count["positive"]),
        "scope": {name: _share(count[name], count[f"{name} told"]) for name in SCOPES},
        "by field": {name: _f1(one["hit"], one["extra"], one["miss"]) for name, one in sorted(fields.items())},
    }


def _f1(hit: int, extra: int, miss: int) -> dict[str, Any]:
    """Precision, recall and F1, which is a share of sorts: its interval is that of the share of right decisions."""
    of = 2 * hit + extra + miss
    return {
        "f1": _round(2 * hit, of),
        "±": _margin(2 * hit, of),
        "p": _round(hit, hit + extra),
        "r": _round(hit, hit + miss),
        "n": hit + miss,
    }


def _share(part: int, whole: int) -> dict[str, Any]:
    return {"share": _round(part, whole), "±": _margin(part, whole), "n": whole}


def _round(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _margin(part: int, whole: int) -> float:
    """Half the width of the 95 % interval (Wilson, 1927)."""
    if not whole:
        return 0.0
    share, z = part / whole, _SURE
    return round(z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole), 4)


def told(figures: Mapping[str, Any]) -> Iterator[str]:
    """The figures in lines for a person."""
    for language, one in figures.items():
        yield f"{language}: {one['rows']} utterances of families that were kept from training"
        for name in ("detect", "field"):
            f1 = one[name]
            yield f"  {name:<20} F1 {f1['f1']:.3f} ± {f1['±']:.3f}  P {f1['p']:.3f}  R {f1['r']:.3f}"
        for name in ("hard false starts", "easy false starts", "started"):
            yield f"  {name:<20} {one[name]['share']:.1%} ± {one[name]['±']:.1%} of {one[name]['n']}"
        for name, share in one["scope"].items():
            yield f"  {name:<20} {share['share']:.1%} ± {share['±']:.1%} of {share['n']}"
        for name, f1 in one["by field"].items():
            yield f"    {name:<18} F1 {f1['f1']:.3f} ± {f1['±']:.3f} of {f1['n']}"
