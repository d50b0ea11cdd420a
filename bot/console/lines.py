"""What was said, as staff read it: who, when, what; taps and attachments in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

import msgspec

from bot.catalogues import load_catalogues
from dialogs.buttons import button, pressed
from dialogs.types import ActorKind, Attachment
from nlu.types import Language
from store.said import Said


class Line(msgspec.Struct, frozen=True):
    """One message. `kind`: customer, bot or staff; `what`: text, tap, or the kind of an attachment."""

    seq: int
    kind: str
    author: str
    what: str
    text: str
    offered: tuple[str, ...]
    at: dt.datetime


def lines_of(said: Iterable[Said], language: Language, earlier: Iterable[Said] = ()) -> tuple[Line, ...]:
    """The messages in order. A tap is named by the label its button had, which may stand in an earlier message."""
    labels: dict[str, str] = {id: label for one in earlier for id, label in one.buttons}
    lines = []
    for one in said:
        labels.update(one.buttons)
        lines.append(line_of(one, labels, language))
    return tuple(lines)


def line_of(one: Said, labels: Mapping[str, str], language: Language) -> Line:
    """One message as it is shown."""
    offered = tuple(label for _, label in one.buttons)
    match one.author_kind:
        case ActorKind.CUSTOMER:
            what, text = heard(one.text, labels, language)
            return Line(one.seq, "customer", "", what, text, (), one.at)
        case ActorKind.STAFF:
            return Line(one.seq, "staff", one.author, "text", one.text, (), one.at)
        case ActorKind.BOT | ActorKind.SYSTEM:
            return Line(one.seq, "bot", "", "text", one.text, offered, one.at)


def heard(text: str, labels: Mapping[str, str], language: Language) -> tuple[str, str]:
    """What a customer sent: text, a tap by its label, or the kind of something that was not kept."""
    if not (text.startswith("[") and text.endswith("]")):
        return "text", text
    inner = text[1:-1]
    if inner in labels:
        return "tap", labels[inner]
    if inner in tuple(Attachment) or inner == "link":
        return inner, ""
    known = pressed(inner)
    if known is None:
        return "text", text
    try:
        return "tap", load_catalogues()[language].format(button(*known).label, {})
    except LookupError:  # a company's own field, and its button is not among the messages shown
        return "tap", known[1]
