"""What a scan writes: a row for each message with cues, and a summary that a person can read."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from bot.scan import Summary

COLUMNS = ("file", "line", "id", "chat", "author", "at", "lang", "starts", "asks", "cues")
BAD_SHOWN = 20
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Out(Protocol):
    """Where text goes."""

    def write(self, text: str, /) -> object: ...


def json_rows(out: Out) -> Callable[[dict[str, Any]], object]:
    """Writes rows as JSON Lines."""
    return lambda row: out.write(json.dumps(row, ensure_ascii=False) + "\n")


def csv_rows(out: Out, *, with_authors: bool, with_text: bool) -> Callable[[dict[str, Any]], object]:
    """Writes rows as CSV, lists as JSON within their cells. No cell is a formula when a spreadsheet opens it."""
    columns = [name for name in COLUMNS if with_authors or name not in ("chat", "author")]
    writer = csv.writer(out)
    writer.writerow([*columns, *(("text", "values") if with_text else ())])
    return lambda row: writer.writerow([cell(value) for value in row.values()])


def cell(value: object) -> str:
    """A value as a cell of CSV."""
    if isinstance(value, list):
        plain = value if all(isinstance(one, str) for one in value) else None
        return " ".join(plain) if plain is not None else json.dumps(value, ensure_ascii=False)
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def told(summary: Summary, unseen: Iterable[str]) -> Iterator[str]:
    """The summary, line by line."""
    yield f"messages    {summary.messages:>9,}"
    if summary.staff:
        yield f"  of staff  {summary.staff:>9,}"
    for kind, count in sorted(summary.silent.items()):
        yield f"  {kind:<9} {count:>9,}"
    yield f"read        {summary.read:>9,}  ({_listed(summary.languages.most_common()) or 'none'})"
    yield f"with cues   {summary.found:>9,}  ({_share(summary.found, summary.read)})"
    yield f"  would have started a change     {summary.would_start:>7,}"
    yield f"  would have asked first          {summary.would_ask:>7,}"
    if summary.fields:
        yield ""
        yield f"{'field':<16}{'cues':>8}{'starts':>8}{'asks':>8}"
        for name, count in summary.fields.most_common():
            yield f"{name:<16}{count:>8,}{summary.starts[name]:>8,}{summary.asks[name]:>8,}"
    if summary.months:
        yield ""
        yield f"{'month':<10}{'caught':>8}"
        for month, counts in sorted(summary.months.items()):
            yield f"{month:<10}{counts.total():>8,}  {_listed(counts.most_common())}"
    yield from _trouble(summary, unseen)


def _trouble(summary: Summary, unseen: Iterable[str]) -> Iterator[str]:
    if summary.cut:
        yield f"{summary.cut:,} messages were longer than can be read; their end was left out"
    if summary.bad:
        yield ""
        yield f"{summary.bad:,} bad lines were left out:"
        for file, bad in summary.bad_lines[:BAD_SHOWN]:
            yield f"  {file}:{bad.line}: {bad.reason}"
        if summary.bad > BAD_SHOWN:
            yield f"  … and {summary.bad - BAD_SHOWN:,} more"
    for name in unseen:
        yield f"nobody is named {name}: check --staff"
    for file, reason in summary.broken:
        yield f"{file}: {reason}"


def _listed(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"
