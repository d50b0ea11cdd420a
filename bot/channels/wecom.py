"""The WeCom channel: the messages of one application to those who may see it.

That is whom a company reaches by an application: its members, and those of the partner companies it shares the
application with. People outside, on WeChat itself, are reached by an Official Account (`bot.channels.wechat`). There
is no window. Short messages with few choices are cards with buttons; the others list their choices by number.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bot.channels.hooks import Answer, Query
from bot.channels.outbox import UNDELIVERABLE, Outbox, Outgoing, Template, in_pieces
from bot.channels.pace import Pace, paced
from bot.channels.taken import Receive
from bot.channels.weixin_api import RefusedError, Request, WeixinApi
from bot.channels.weixin_crypto import Envelope, NotOursError, check
from bot.channels.weixin_following import Following
from bot.channels.weixin_inbound import read
from bot.channels.weixin_xml import MalformedXmlError, fields_of
from bot.choices import listed
from bot.errors import PermanentDeliveryError, TemporaryDeliveryError
from bot.worker import Work
from store.database import Database

CHANNEL = "wecom"
LONGEST = 2048  # bytes
CARD_TITLE, CARD_TEXT, CARD_BUTTONS, CARD_LABEL, CARD_KEY = 26, 112, 6, 10, 1024
PER_SECOND, PER_CHAT = 30.0, 5.0
SEND = "/cgi-bin/message/send"

UNREACHABLE = frozenset({81013, 40031, 60111, 46004})
OUR_MISTAKE = frozenset({44004, 40008, 40058, 45002})
LIMITS = {45009: 60.0, 45033: 5.0, -1: 5.0}


@dataclass(frozen=True, slots=True)
class WeComSettings:
    """What config.yml says. `title` stands above a card: the company's name."""

    corp_id: str
    agent_id: int
    secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    title: str = ""
    api_base: str = "https://qyapi.weixin.qq.com"


class WeComChannel:
    """Owns the connection to WeCom."""

    def __init__(
        self,
        settings: WeComSettings,
        receive: Receive,
        database: Database,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        *,
        pace: Pace | None = None,
    ) -> None:
        """Raises ValueError for an EncodingAESKey that is none."""
        self._settings = settings
        self._envelope = Envelope(settings.encoding_aes_key, settings.corp_id)
        self._following = Following(CHANNEL, receive, database, clock)
        self._pace = pace or paced(CHANNEL, database, clock, PER_SECOND, PER_CHAT)
        self._api = WeixinApi(CHANNEL, settings.api_base, self._renewal)
        self.outbox = Outbox(CHANNEL, self, database, clock)

    # --- in -------------------------------------------------------------------------------------------------------

    def verify(self, query: Query) -> Answer:
        """WeCom asks whether the address is ours, and whether we can open its envelopes."""
        try:
            opened = self._opened(query, query.get("echostr", ""))
        except NotOursError:
            return Answer(403)
        return Answer(200, opened.decode(errors="replace")[:256])

    async def take(self, query: Query, headers: Mapping[str, str], body: bytes) -> Answer:
        """One message or event, sealed and signed."""
        try:
            fields = fields_of(self._opened(query, fields_of(body).get("Encrypt", "")))
            if fields.get("AgentID") != str(self._settings.agent_id):
                return Answer(200)  # of another application, or of none
            delivered = read(fields, CHANNEL)
        except NotOursError:
            return Answer(403)
        except MalformedXmlError:
            return Answer(400)
        return Answer(200) if await self._following.take(delivered) else Answer(500)

    def _opened(self, query: Query, sealed: str) -> bytes:
        given, timestamp, nonce = (query.get(name, "") for name in ("msg_signature", "timestamp", "nonce"))
        check(given, self._settings.token, timestamp, nonce, sealed)
        return self._envelope.open(sealed)

    # --- out ------------------------------------------------------------------------------------------------------

    def work(self) -> Work:
        """The delivery jobs."""
        return self.outbox.work(self._pace.hold)

    async def freely(self, out: Outgoing) -> None:
        """Send a message as a card, or as text in parts."""
        messages = [_card(out, self._settings.title)] if _fits_a_card(out) else _texts(out)
        await self.outbox.in_parts(out, [partial(self._post, out, message) for message in messages])

    def template(self, out: Outgoing) -> Template:
        """WeCom has no window, and so no templates."""
        return Template.MISSING

    async def by_template(self, out: Outgoing) -> None:
        """Never asked for."""
        raise PermanentDeliveryError(f"{CHANNEL}:template")

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    def _renewal(self, refused: bool) -> Request:
        secret = {"corpid": self._settings.corp_id, "corpsecret": self._settings.secret}
        return Request("/cgi-bin/gettoken", secret)

    async def _post(self, out: Outgoing, message: Mapping[str, Any]) -> None:
        await self._pace.turn(out.chat)
        to = {"touser": out.chat, "agentid": self._settings.agent_id}
        try:
            told = await self._api.post(SEND, {**to, **message})
        except RefusedError as refused:
            self._refused(refused.code)
        else:
            if told.get("invaliduser"):
                raise PermanentDeliveryError(UNDELIVERABLE)

    def _refused(self, code: int) -> None:
        """Say what a refusal means."""
        if code in UNREACHABLE:
            raise PermanentDeliveryError(UNDELIVERABLE)
        if code in OUR_MISTAKE:
            raise PermanentDeliveryError(f"{CHANNEL}:{code}")
        raise TemporaryDeliveryError(f"{CHANNEL}:{code}", LIMITS.get(code))


def _fits_a_card(out: Outgoing) -> bool:
    """Whether nothing of the message would be cut off."""
    buttons = out.said.buttons
    short = all(0 < len(label) <= CARD_LABEL and len(key.encode()) <= CARD_KEY for key, label in buttons)
    return 1 <= len(buttons) <= CARD_BUTTONS and short and len(out.said.text) <= CARD_TEXT


def _card(out: Outgoing, title: str) -> Mapping[str, Any]:
    """A card with a button for each choice; its task id is the message's place in our chat."""
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": title[:CARD_TITLE]},
        "sub_title_text": out.said.text,
        "task_id": f"{out.conversation}-{out.said.seq}",
        "button_list": [{"text": label, "style": 1, "key": key} for key, label in out.said.buttons],
    }
    return {"msgtype": "template_card", "template_card": card}


def _texts(out: Outgoing) -> list[Mapping[str, Any]]:
    pieces = in_pieces(listed(out.said, out.language), LONGEST, lambda text: len(text.encode()))
    return [{"msgtype": "text", "text": {"content": piece}, "safe": 0} for piece in pieces]
