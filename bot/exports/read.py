"""Which kind of history a file is, told from its content, and the messages in it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping

import msgspec

from bot.exports.message import Bad, ExportError, Format, Message
from bot.exports.source import Source
from bot.exports.table import columns_of, delimiter_of, read_csv, read_jsonl
from bot.exports.telegram import read_telegram
from bot.exports.whatsapp import looks_like, read_whatsapp

LOOKED_AT = 30


class Reading(msgspec.Struct, frozen=True):
    """How a file is read. `zone` counts where a time names none; `american` where month and day cannot be told apart;
    `columns` is what the operator said of the names of columns."""

    zone: dt.tzinfo
    american: bool = False
    columns: Mapping[str, str] = msgspec.field(default_factory=dict)


def read(source: Source, kind: Format, how: Reading) -> Iterator[Message | Bad]:
    """Every message and every bad line, in order. Raises ExportError, at the latest where the file breaks off."""
    match kind:
        case Format.JSONL:
            return read_jsonl(source, how.zone, how.columns)
        case Format.CSV:
            return read_csv(source, how.zone, how.columns)
        case Format.TELEGRAM:
            return read_telegram(source, how.zone)
        case Format.WHATSAPP:
            return read_whatsapp(source, how.zone, american=how.american)


def guess(source: Source, columns: Mapping[str, str]) -> Format:
    """The kind of history. Raises ExportError when it cannot be told."""
    head = source.head.lstrip()
    lines = head.splitlines()
    if any(looks_like(line) for line in lines[:LOOKED_AT]):
        return Format.WHATSAPP
    if head.startswith("{"):
        return Format.TELEGRAM if _is_telegram(lines[0], head) else Format.JSONL
    if head.startswith("["):
        raise ExportError("is a JSON list; write one JSON object a line instead")
    try:
        columns_of(_names(lines[0]), columns)
    except ExportError:
        raise ExportError(f"is no history that can be told by its content; say --format {'|'.join(Format)}") from None
    return Format.CSV


def _is_telegram(first: str, head: str) -> bool:
    """A whole object in the first line is a line of its own, unless it holds chats itself."""
    try:
        record = json.loads(first)
    except (ValueError, RecursionError):
        return '"messages"' in head or '"chats"' in head or '"personal_information"' in head
    return isinstance(record.get("messages", record.get("chats")), list | dict)


def _names(line: str) -> list[str]:
    return [name.strip().strip('"') for name in line.split(delimiter_of(line))]
