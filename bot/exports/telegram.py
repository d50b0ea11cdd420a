"""Telegram Desktop's result.json: one chat, or the full export with every chat in it. Read as a stream."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

import ijson  # type: ignore[import-untyped]  # it brings no types
from ijson.common import JSONError, ObjectBuilder  # type: ignore[import-untyped]  # likewise

from bot.exports.message import Bad, ExportError, Message, Silent, moment
from bot.exports.source import Source

MESSAGES = frozenset(
    {("messages", "[]"), ("chats", "list", "[]", "messages", "[]"), ("left_chats", "list", "[]", "messages", "[]")}
)
"""Where messages are: in the export of one chat, and in the full one."""

CHAT_IDS = frozenset({("id",), ("chats", "list", "[]", "id"), ("left_chats", "list", "[]", "id")})
NAMED = 6
"""How deep names are kept: no message lies deeper."""

DEPTH_LIMIT = 64
EVENTS = 50_000
"""Parts of one message that are read; one with more is a bad one."""

STRING_LIMIT = 4 * 2**20
MEDIA = ("photo", "file", "media_type", "location_information", "contact_information", "poll", "sticker_emoji")


class _TooLong(Exception):
    """A single piece of text is longer than can be held."""


class _Bounded:
    """The bytes, as long as no text between two quotes grows beyond all measure."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._since = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes. Raises _TooLong."""
        chunk = self._file.read(size)
        first = chunk.find(b'"')
        if first < 0:
            self._since += len(chunk)
        else:
            self._since = len(chunk) - chunk.rfind(b'"')
        if self._since > STRING_LIMIT:
            raise _TooLong
        return chunk


def read_telegram(source: Source, zone: dt.tzinfo) -> Iterator[Message | Bad]:
    """Every message. Raises ExportError, after what could be read, when the file is cut off or no such file."""
    count = 0
    try:
        with source.open() as file:
            for record, chat in _records(file):
                count += 1
                yield Bad(count, "too large for a message") if record is None else _message(count, record, chat, zone)
    except _TooLong:
        raise ExportError(f"holds a text longer than {STRING_LIMIT // 2**20} MiB after message {count}") from None
    except JSONError as error:
        if "premature EOF" in str(error) or "Incomplete" in str(error):
            raise ExportError(f"is cut off: the JSON ends after message {count}") from None
        raise ExportError(f"is not valid JSON after message {count}") from None
    except UnicodeDecodeError:
        raise ExportError(f"is not UTF-8 after message {count}") from None
    if count == 0:
        raise ExportError("holds no messages; is it Telegram Desktop's result.json?")


def _records(file: BinaryIO) -> Iterator[tuple[dict[str, Any] | None, str | None]]:
    """Each message as it stands with the id of its chat; None for one that is too large."""
    chat: str | None = None
    place = Place()
    builder: Any = None
    begun, parts = 0, 0
    for event, value in ijson.basic_parse(_Bounded(file)):
        path = place.after(event, value)
        if builder is None:
            if event == "start_map" and path in MESSAGES:
                builder, begun, parts = ObjectBuilder(), place.depth, 0
                builder.event(event, value)
            elif path in CHAT_IDS and event in ("number", "string"):
                chat = str(value)
            continue
        parts += 1
        if parts <= EVENTS:
            builder.event(event, value)
        if event == "end_map" and place.depth < begun:
            yield (builder.value if parts <= EVENTS else None), chat
            builder = None


class Place:
    """Where in the JSON the last event was, told only as deep as messages lie. Raises ExportError when it is nested as
    nothing is that Telegram writes."""

    def __init__(self) -> None:
        self.depth = 0
        self._names: list[str] = []

    def after(self, event: str, value: object) -> tuple[str, ...]:
        """The names of the members on the way, "[]" within a list."""
        match event:
            case "start_map" | "start_array":
                path = tuple(self._names)
                self.depth += 1
                if self.depth > DEPTH_LIMIT:
                    raise ExportError(f"is nested more than {DEPTH_LIMIT} deep")
                if self.depth <= NAMED:
                    self._names.append("[]" if event == "start_array" else "")
                return path
            case "end_map" | "end_array":
                if self.depth <= NAMED:
                    self._names.pop()
                self.depth -= 1
            case "map_key":
                if self.depth <= NAMED:
                    self._names[-1] = str(value)
            case _:
                pass
        return tuple(self._names)


def _message(count: int, record: dict[str, Any], chat: str | None, zone: dt.tzinfo) -> Message | Bad:
    if record.get("type", "message") != "message":
        return Message(None, _text(record.get("id")), chat, silent=Silent.SYSTEM)
    try:
        text = plain(record.get("text", ""))
    except TypeError:
        return Bad(count, "the text is no text")
    silent = None
    if not text.strip():
        silent = Silent.MEDIA if any(name in record for name in MEDIA) else Silent.EMPTY
    return Message(
        line=None,
        id=_text(record.get("id")),
        chat=chat,
        author=_text(record.get("from")),
        author_id=_text(record.get("from_id")),
        at=moment(record.get("date_unixtime"), zone) or moment(record.get("date"), zone),
        text=text,
        silent=silent,
    )


def plain(text: object) -> str:
    """A text that may be a list of pieces, some of them links, mentions and the like. Raises TypeError."""
    pieces = text if isinstance(text, list) else [text]
    return "".join(map(_piece, pieces))


def _piece(piece: object) -> str:
    said = piece.get("text", "") if isinstance(piece, dict) else piece
    if not isinstance(said, str):
        raise TypeError
    return said


def _text(given: object) -> str | None:
    return str(given)[:128] if isinstance(given, str | int | Decimal) and not isinstance(given, bool) else None
