"""Histories of one record a message: JSON Lines, and CSV with a header."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from bot.exports.message import Bad, ExportError, Message, Silent, moment
from bot.exports.source import LINE_LIMIT, Source, lines_of
from bot.exports.telegram import plain

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "message", "body", "content", "msg", "内容", "消息", "消息内容", "文本", "聊天内容"),
    "author": ("author", "from", "sender", "name", "user", "username", "发送人", "发送者", "发言人", "昵称", "姓名"),
    "author_id": ("from_id", "author_id", "sender_id", "user_id", "用户id", "发送者id"),
    "id": ("id", "message_id", "msg_id", "messageid", "消息id", "编号"),
    "at": (
        "date_unixtime",
        "at",
        "time",
        "timestamp",
        "date",
        "datetime",
        "created_at",
        "sent_at",
        "ts",
        "时间",
        "日期",
        "发送时间",
    ),
    "chat": ("chat", "conversation", "chat_id", "conversation_id", "session_id", "thread_id", "会话", "会话id"),
}
"""What a part of a message is called in exports, the likeliest first."""

DELIMITERS = (",", "\t", ";")
ID_LENGTH = 128


def columns_of(names: list[str], given: Mapping[str, str]) -> dict[str, str]:
    """Which name of the file stands for which part; `given` is what the operator said. Raises ExportError."""
    lowered = {name.strip().lower(): name for name in reversed(names)}
    found = {}
    for part, known in COLUMNS.items():
        if part in given:
            if given[part].strip().lower() not in lowered:
                raise ExportError(f"has no column for {part} of the name that was given")
            found[part] = lowered[given[part].strip().lower()]
        elif (name := next((name for name in known if name in lowered), None)) is not None:
            found[part] = lowered[name]
    if "text" not in found:
        raise ExportError("has no column that holds the text; name it with --column text=NAME")
    return found


def read_jsonl(source: Source, zone: dt.tzinfo, given: Mapping[str, str]) -> Iterator[Message | Bad]:
    """One JSON object a line."""
    columns: dict[str, str] | None = None
    for line in lines_of(source):
        if isinstance(line, Bad):
            yield line
            continue
        number, text = line
        if not text.strip():
            continue
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            yield Bad(number, "not JSON, or cut off")
            continue
        if not isinstance(record, dict):
            yield Bad(number, "not a JSON object")
            continue
        try:
            if columns is None or columns["text"] not in record:  # lines of other kinds may be mixed in
                columns = columns_of([str(name) for name in record], given)
        except ExportError:
            yield Bad(number, "has no text")
            continue
        yield _message(number, {part: record.get(name) for part, name in columns.items()}, zone)


def read_csv(source: Source, zone: dt.tzinfo, given: Mapping[str, str]) -> Iterator[Message | Bad]:
    """A header, and a record a row; a text may span lines. Raises ExportError without a header."""
    csv.field_size_limit(LINE_LIMIT)
    bad: list[Bad] = []
    reader = csv.reader(_texts(source, bad), delimiter=delimiter_of(source.head), strict=True)
    try:
        header = next(reader, [])
    except csv.Error:
        raise ExportError("is not a CSV file") from None
    columns = columns_of(header, given)
    places = {part: header.index(name) for part, name in columns.items()}
    while True:
        begins = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error:
            yield Bad(begins, "not a row of CSV, or cut off")
            continue
        yield from bad
        bad.clear()
        if row is None:
            return
        if not row:
            continue
        if len(row) != len(header):
            yield Bad(begins, f"{len(row)} cells where the header has {len(header)}")
            continue
        yield _message(begins, {part: row[place] for part, place in places.items()}, zone)


def delimiter_of(head: str) -> str:
    """What parts the names in the first line."""
    first = head.partition("\n")[0]
    return max(DELIMITERS, key=lambda one: (first.count(one), -DELIMITERS.index(one)))


def _texts(source: Source, bad: list[Bad]) -> Iterator[str]:
    for line in lines_of(source):
        if isinstance(line, Bad):
            bad.append(line)
            yield "\n"  # so that the reader still counts right
            continue
        yield line[1] + "\n"


def _message(number: int, parts: Mapping[str, Any], zone: dt.tzinfo) -> Message | Bad:
    text = parts.get("text")
    try:
        text = "" if text is None else plain(text)
    except TypeError:
        return Bad(number, "the text is no text")
    return Message(
        line=number,
        id=_short(parts.get("id")),
        chat=_short(parts.get("chat")),
        author=_short(parts.get("author")),
        author_id=_short(parts.get("author_id")),
        at=moment(parts.get("at"), zone),
        text=text,
        silent=None if text.strip() else Silent.EMPTY,
    )


def _short(given: object) -> str | None:
    """An id or a name; None for what is neither."""
    if isinstance(given, dict):  # {"user": {"name": …}}
        given = next(chain((given[name] for name in ("name", "id") if name in given), (None,)))
    if given is None or given == "" or isinstance(given, bool | list | dict):
        return None
    return str(given)[:ID_LENGTH]
