"""WhatsApp's "Export chat" text, in the many ways in which telephones write a date."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import msgspec

from bot.exports.message import Bad, Message, Silent
from bot.exports.source import Source, lines_of
from nlu.replaced import replaced

HALVES = "上午|下午|凌晨|清晨|早上|中午|晚上|傍晚"
HEADER = re.compile(
    r"^[\u200e\u200f\ufeff]*(?P<open>\[)?"
    r"(?P<a>\d{1,4})(?P<sep>[./\-年])\s?(?P<b>\d{1,2})[./\-月]\s?(?P<c>\d{1,4})日?,?\s+"
    rf"(?P<zh>{HALVES})?\s?(?P<hour>\d{{1,2}})[:.](?P<minute>\d{{2}})(?:[:.](?P<second>\d{{2}}))?"
    r"\s?(?P<half>[AaPp]\.?\s?[Mm]\.?)?"
    r"(?(open)\]|\s[-–])\s(?P<rest>.*)$"
)
AUTHOR = re.compile(r"^[\u200e\u200f~\s]*(?P<author>[^:\n]{1,100}?):(?:\s(?P<text>.*))?$", re.DOTALL)
MEDIA = re.compile(
    r"^\u200e?(?:<[^<>\n]{2,60}>|\[[^\[\]\n]{1,20}\]|null"
    r"|(?:image|video|audio|sticker|GIF|document|Contact card|voice message) omitted"
    r"|[^\n]{0,80}(?:图像|图片|照片|视频|音频|贴图|表情|文件|文档|GIF|联系人名片)(?:已)?(?:被)?(?:省略|忽略)"
    r"|(?:You deleted this message|This message was deleted)\.?|(?:您|你)删除了(?:本条|此|这条)(?:消息|信息)。?"
    r"|此(?:消息|信息)已(?:被)?删除。?"
    r"|\S+\.\w{2,5} \((?:file attached|文件附件|附件)\))\s*$",
    re.IGNORECASE,
)
EDITED = re.compile(r"\s*\u200e?<(?:This message was edited|此(?:消息|信息)已(?:被)?编辑)>\s*$")
LINES = 200
"""Lines of one message that are kept."""


class Dates(msgspec.Struct, frozen=True):
    """How the file writes dates where year, month and day cannot be told apart by themselves."""

    day_first: bool


def looks_like(line: str) -> bool:
    """Whether a line begins a message."""
    return HEADER.match(line) is not None


def dates_of(source: Source, *, american: bool) -> Dates:
    """Look through the file until a number above twelve tells day from month; `american` where none does."""
    for line in lines_of(source, told=lambda count: None):
        if isinstance(line, Bad) or (found := HEADER.match(line[1])) is None or len(found["a"]) == 4:
            continue
        if found["sep"] == ".":
            return Dates(day_first=True)
        if int(found["a"]) > 12:
            return Dates(day_first=True)
        if int(found["b"]) > 12:
            return Dates(day_first=False)
    return Dates(day_first=not american)


def read_whatsapp(source: Source, zone: dt.tzinfo, *, american: bool = False) -> Iterator[Message | Bad]:
    """Every message; lines that begin none belong to the one before."""
    dates = dates_of(source, american=american)
    open_: Message | None = None
    more: list[str] = []
    for line in lines_of(source):
        if isinstance(line, Bad):
            yield line
            continue
        number, text = line
        if (found := HEADER.match(text)) is None:
            if open_ is None:
                if text.strip():
                    yield Bad(number, "belongs to no message")
            elif len(more) < LINES:
                more.append(text)
            continue
        if open_ is not None:
            yield _whole(open_, more)
        open_, more = None, []
        at = _moment(found, dates, zone)
        if at is None:
            yield Bad(number, "the date is none")
            continue
        open_ = _begun(number, found["rest"], at)
    if open_ is not None:
        yield _whole(open_, more)


def _begun(number: int, rest: str, at: dt.datetime) -> Message:
    said = AUTHOR.match(rest)
    if said is None:
        return Message(number, at=at, silent=Silent.SYSTEM)
    return Message(number, author=said["author"].strip(" \u200e\u202a\u202c"), at=at, text=said["text"] or "")


def _whole(message: Message, more: list[str]) -> Message:
    """The message with its further lines, and whether it says anything. What begins with a left-to-right mark was
    written by the app, not by a person."""
    if message.silent is not None:
        return message
    text = EDITED.sub("", "\n".join((message.text, *more)))
    if not text.strip(" \n\u200e\u200f"):
        return replaced(message, text="", silent=Silent.EMPTY)
    if MEDIA.match(text):
        return replaced(message, text="", silent=Silent.MEDIA)
    if text.startswith("\u200e"):
        return replaced(message, text="", silent=Silent.SYSTEM)
    return replaced(message, text=text)


def _moment(found: re.Match[str], dates: Dates, zone: dt.tzinfo) -> dt.datetime | None:
    first, second, third = (int(found[part]) for part in "abc")
    if len(found["a"]) == 4:
        year, month, day = first, second, third
    elif dates.day_first:
        day, month, year = first, second, third
    else:
        month, day, year = first, second, third
    year += 2000 if year < 100 else 0
    hour = _hour(int(found["hour"]), found["half"], found["zh"])
    try:
        return dt.datetime(year, month, day, hour, int(found["minute"]), int(found["second"] or 0), tzinfo=zone)
    except ValueError:
        return None


def _hour(hour: int, half: str | None, zh: str | None) -> int:
    """The hour of the day; out of range when it is none."""
    if half:
        return hour % 12 + (12 if half[0] in "pP" else 0)
    match zh:
        case "下午" | "傍晚":
            return hour % 12 + 12 if hour <= 12 else hour
        case "晚上":
            return 0 if hour == 12 else (hour + 12 if hour < 12 else hour)
        case "中午":
            return hour + 12 if hour < 6 else hour
        case "上午" | "凌晨" | "清晨" | "早上":
            return hour % 12 if hour <= 12 else hour
        case _:
            return hour
