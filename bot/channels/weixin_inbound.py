"""Reads what WeChat and WeCom deliver: the same messages and events, in the same XML."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

import msgspec

from bot.channels.taken import link_token_of, readable
from bot.channels.weixin_xml import MalformedXmlError
from dialogs.types import Attachment, Inbound

LOCALE = "zh_CN"
HELLO = "你好"
SCENE = "qrscene_"
ATTACHMENTS = {"voice": Attachment.VOICE, "image": Attachment.PHOTO, "location": Attachment.LOCATION}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")


class Came(msgspec.Struct, frozen=True):
    """Somebody follows the account; what they say by that comes as an inbound message."""

    inbound: Inbound


class Left(msgspec.Struct, frozen=True):
    """Somebody follows the account no longer."""

    chat: str


Delivered = Inbound | Came | Left


def read(fields: Mapping[str, str], channel: str) -> Delivered | None:
    """What was delivered; None for events that say nothing. Raises MalformedXmlError.

    A message is known by its MsgId, an event, which has none, by its kind, its key and its moment.
    """
    try:
        at = dt.datetime.fromtimestamp(int(fields["CreateTime"]), dt.UTC)
        chat, kind = fields["FromUserName"], fields["MsgType"]
        if not chat:
            raise MalformedXmlError("nobody")
        if kind == "event":
            return _event(fields, Inbound(channel, chat, _event_id(fields), at, locale=LOCALE))
        return _message(fields, kind, Inbound(channel, chat, f"m{fields['MsgId']}", at, locale=LOCALE))
    except (KeyError, ValueError, OverflowError, OSError):
        raise MalformedXmlError("lacks something") from None


def _message(fields: Mapping[str, str], kind: str, inbound: Inbound) -> Inbound:
    if kind != "text":
        return _with(inbound, attachment=ATTACHMENTS.get(kind, Attachment.OTHER))
    text = readable(fields["Content"])
    token = link_token_of(text)
    return _with(inbound, token=token) if token is not None else _with(inbound, text=text)


def _event(fields: Mapping[str, str], inbound: Inbound) -> Delivered | None:
    key = fields.get("EventKey", "")
    match fields["Event"]:
        case "subscribe":
            return Came(_arrival(inbound, key.removeprefix(SCENE)))
        case "SCAN":
            return _arrival(inbound, key)
        case "unsubscribe":
            return Left(inbound.chat)
        case "template_card_event" if key:  # a button of WeCom's
            return _with(inbound, button=key)
        case _:
            return None


def _arrival(inbound: Inbound, scene: str) -> Inbound:
    """A QR code of ours carries a link token; anybody else says hello."""
    return _with(inbound, token=scene) if _TOKEN.fullmatch(scene) else _with(inbound, text=HELLO)


def _with(
    inbound: Inbound,
    *,
    text: str | None = None,
    button: str | None = None,
    token: str | None = None,
    attachment: Attachment | None = None,
) -> Inbound:
    return Inbound(
        inbound.channel,
        inbound.chat,
        inbound.id,
        inbound.at,
        text=text,
        button=button,
        attachment=attachment,
        link_token=token,
        locale=inbound.locale,
    )


def _event_id(fields: Mapping[str, str]) -> str:
    about = fields.get("TaskId", "")
    return f"e{fields['Event']}.{fields['CreateTime']}.{about}.{fields.get('EventKey', '')}"
