"""What WhatsApp is told to send: text, up to three reply buttons, up to ten rows of a list, a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.outbox import in_pieces
from bot.choices import listed
from bot.wording import say
from nlu.types import Language
from store.said import Said

TEXT = 4096
BODY = 1024  # of a message with buttons or rows
BUTTONS, BUTTON_TITLE, BUTTON_ID = 3, 20, 256
ROWS, ROW_TITLE, ROW_TEXT, ROW_ID = 10, 24, 72, 200
PARAMETER = 1024

Payload = Mapping[str, Any]


def messages(said: Said, language: Language) -> list[Payload]:
    """One message of ours as one or more of WhatsApp's, the buttons with the last."""
    fits = _buttons(said.buttons) or _rows(said.buttons, language)
    if fits is None:
        return [text(piece) for piece in in_pieces(listed(said, language), TEXT)]
    *before, last = _with_room(said.text)
    shown = {"type": "interactive", "interactive": {**fits, "body": {"text": last}}}
    return [*map(text, before), shown]


def text(words: str) -> Payload:
    """Plain text."""
    return {"type": "text", "text": {"preview_url": False, "body": words}}


def template_message(name: str, code: str, words: str | None, buttons: Sequence[tuple[str, str]]) -> Payload:
    """An approved template in one of its languages. `words` go into its only variable, None when it has none; each
    of `buttons` is a quick reply of the template in the same order."""
    components: list[Payload] = []
    if words is not None:
        flat = " ".join(words.split())[:PARAMETER]  # a variable may hold neither line ends nor runs of spaces
        components.append({"type": "body", "parameters": [{"type": "text", "text": flat}]})
    for place, (id, _) in enumerate(buttons):
        payload = {"type": "payload", "payload": id}
        components.append({"type": "button", "sub_type": "quick_reply", "index": str(place), "parameters": [payload]})
    shown = {"name": name, "language": {"code": code}, "components": components}
    return {"type": "template", "template": shown}


def _with_room(words: str) -> list[str]:
    """Pieces of which the last is short enough to stand above buttons."""
    pieces = in_pieces(words, TEXT)
    if len(pieces[-1]) > BODY:
        pieces[-1:] = in_pieces(pieces[-1], BODY)
    return pieces


def _buttons(buttons: Sequence[tuple[str, str]]) -> Payload | None:
    if not 1 <= len(buttons) <= BUTTONS or not _fit(buttons, BUTTON_TITLE, BUTTON_ID):
        return None
    replies = [{"type": "reply", "reply": {"id": id, "title": title}} for id, title in buttons]
    return {"type": "button", "action": {"buttons": replies}}


def _rows(buttons: Sequence[tuple[str, str]], language: Language) -> Payload | None:
    if not 1 <= len(buttons) <= ROWS or not _fit(buttons, ROW_TEXT, ROW_ID):
        return None
    rows: list[Payload] = [
        {"id": id, "title": title}
        if len(title) <= ROW_TITLE
        else {"id": id, "title": f"{title[: ROW_TITLE - 1]}…", "description": title}
        for id, title in buttons
    ]
    opens = say(language, "choices-open")
    return {"type": "list", "action": {"button": opens, "sections": [{"title": opens, "rows": rows}]}}


def _fit(buttons: Sequence[tuple[str, str]], title: int, id: int) -> bool:
    """Whether every button is short enough, and none looks like another."""
    short = all(0 < len(label) <= title and len(key.encode()) <= id for key, label in buttons)
    return short and len({label for _, label in buttons}) == len(buttons)
