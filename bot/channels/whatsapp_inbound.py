"""Reads what WhatsApp delivers: messages, and what became of ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from bot.channels.taken import link_token_of, readable
from dialogs.types import Attachment, Inbound

CHANNEL = "whatsapp"
ATTACHMENTS = {
    "audio": Attachment.VOICE,
    "image": Attachment.PHOTO,
    "sticker": Attachment.PHOTO,
    "location": Attachment.LOCATION,
    "contacts": Attachment.CONTACT,
    "edit": Attachment.EDITED,
}
WRONG = (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, OSError)
SILENT = frozenset({"reaction", "system", "request_welcome", "revoke"})
"""What is no message of the customer's."""


class Failed(msgspec.Struct, frozen=True):
    """A message of ours did not get through, as WhatsApp says after having accepted it. `about` is what we gave along
    with it."""

    id: str
    chat: str
    at: dt.datetime
    code: int
    about: str


class Delivered(msgspec.Struct, frozen=True):
    """What one request brought, in order. `unread` counts what is not as it should be: it holds up nothing else."""

    messages: tuple[Inbound, ...]
    failed: tuple[Failed, ...]
    unread: int = 0


class MalformedError(ValueError):
    """The body is not what WhatsApp sends."""


def read(body: Any, phone_number_id: str) -> Delivered:
    """What was delivered for our number; anything else in the body is somebody else's. Raises MalformedError."""
    messages: list[Inbound] = []
    failed: list[Failed] = []
    unread = 0
    try:
        values = list(_values(body, phone_number_id))
    except WRONG:
        raise MalformedError("not a delivery of WhatsApp") from None
    for value in values:
        for one in _listed(value, "messages"):
            try:
                messages += filter(None, (_message(one),))
            except WRONG:
                unread += 1
        for one in _listed(value, "statuses"):
            try:
                failed += filter(None, (_failed(one),))
            except WRONG:
                unread += 1
    return Delivered(tuple(messages), tuple(failed), unread)


def _values(body: Any, phone_number_id: str) -> Iterator[Mapping[str, Any]]:
    if body["object"] != "whatsapp_business_account":
        raise ValueError
    for entry in body["entry"]:
        for change in entry["changes"]:
            if (
                change["field"] == "messages"
                and isinstance(change["value"], dict)
                and change["value"]["metadata"]["phone_number_id"] == phone_number_id
            ):
                yield change["value"]


def _message(message: Mapping[str, Any]) -> Inbound | None:
    kind = message["type"]
    if kind in SILENT or "group_id" in message:
        return None
    text, button, token, attachment = _content(message, kind)
    return Inbound(
        channel=CHANNEL,
        chat=_text(message["from"]),
        id=_text(message["id"]),
        at=_moment(message["timestamp"]),
        text=text,
        button=button,
        link_token=token,
        attachment=attachment,
    )


def _content(message: Mapping[str, Any], kind: str) -> tuple[str | None, str | None, str | None, Attachment | None]:
    """Text, button, link token or attachment: exactly one of them."""
    match kind:
        case "text":
            text = readable(_text(message["text"]["body"]))
            token = link_token_of(text)
            return (None, None, token, None) if token is not None else (text, None, None, None)
        case "interactive" if id := message["interactive"].get(message["interactive"]["type"], {}).get("id"):
            return None, readable(_text(id)), None, None
        case "button":  # of a template
            return None, readable(_text(message["button"]["payload"])), None, None
        case "contacts" if (own := _own_card(message)) is not None:
            return own, None, None, None
        case _:
            return None, None, None, ATTACHMENTS.get(kind, Attachment.OTHER)


def _own_card(message: Mapping[str, Any]) -> str | None:
    """The sender's own card, whose number WhatsApp vouches for: a phone number like one that was typed."""
    cards = message["contacts"]
    numbers = {phone.get("wa_id") for card in cards for phone in card.get("phones", ())}
    return f"+{message['from']}" if len(cards) == 1 and numbers == {message["from"]} else None


def _failed(status: Mapping[str, Any]) -> Failed | None:
    if status["status"] != "failed":
        return None
    return Failed(
        _text(status["id"]),
        _text(status["recipient_id"]),
        _moment(status["timestamp"]),
        int(status["errors"][0]["code"]),
        str(status.get("biz_opaque_callback_data", "")),
    )


def _listed(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _moment(seconds: Any) -> dt.datetime:
    return dt.datetime.fromtimestamp(int(seconds), dt.UTC)
