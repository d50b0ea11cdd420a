"""What every kind of chat history comes down to: messages, and lines that are none."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import msgspec

TEXT_LIMIT = 4_096
"""Characters of a message that are read, as in the channels; the rest is cut."""


class Format(StrEnum):
    """The kinds of chat history that can be read."""

    JSONL = "jsonl"
    CSV = "csv"
    TELEGRAM = "telegram"
    WHATSAPP = "whatsapp"


class Silent(StrEnum):
    """Why a message says nothing that could be understood."""

    SYSTEM = "system"  # the messenger speaks: somebody joined, encryption was switched on
    MEDIA = "media"  # a picture, a sticker, a voice message, a deleted message
    EMPTY = "empty"


class ExportError(Exception):
    """The file as a whole cannot be read; the message says why, and never repeats what stands in it."""


class Message(msgspec.Struct, frozen=True):
    """One message. `line` is where it begins, None where a file has no lines; `id`, `chat`, `author` and `at` are None
    when the export does not tell; `silent` is None for one that has a text. `author_id` is the messenger's own name
    for the author."""

    line: int | None
    id: str | None = None
    chat: str | None = None
    author: str | None = None
    author_id: str | None = None
    at: dt.datetime | None = None
    text: str = ""
    silent: Silent | None = None


class Bad(msgspec.Struct, frozen=True):
    """A line, or a message of a file without lines (its ordinal), that cannot be read. `reason` holds no content."""

    line: int
    reason: str


def moment(given: object, zone: dt.tzinfo) -> dt.datetime | None:
    """A time as exports write it: ISO 8601 or seconds (or milliseconds) since 1970; None when it is no such thing."""
    if isinstance(given, str):
        text = given.strip()
        if not text.isdigit():
            return _written(text, zone)
        given = int(text) if len(text) <= 16 else None
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    seconds = given / 1000 if abs(given) > 1e11 else given
    if not 0 < seconds < 7e9:  # this century and the next, as far as chats go
        return None
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def _written(text: str, zone: dt.tzinfo) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return None
    if not 1970 <= found.year < 2200:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)
