"""The WeChat channel: an Official Account (service account). Messages come in by callback, go out by its customer
service interface.

A callback wants its answer within five seconds, so it only says "success"; what the bot says follows by delivery jobs.
An account may write freely for 48 hours after the customer has, and only so many messages; later a template goes out,
or the message waits (`bot.channels.outbox`). There are no buttons: choices are numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog

from bot.channels.hooks import Answer, Query
from bot.channels.outbox import (
    UNDELIVERABLE,
    Outbox,
    Outgoing,
    Template,
    TemplateKind,
    WindowClosedError,
    in_pieces,
)
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

log = structlog.get_logger(__name__)

CHANNEL = "wechat"
WINDOW = dt.timedelta(hours=48)
FRESH = dt.timedelta(minutes=10)
LONGEST = 2048  # bytes
PER_SECOND, PER_CHAT = 50.0, 5.0
SEND = "/cgi-bin/message/custom/send"
TEMPLATE = "/cgi-bin/message/template/send"
SUBSCRIPTION = "/cgi-bin/message/subscribe/bizsend"

CLOSED = frozenset({45015, 45047, 43004, 48002})
NO_TEMPLATE = frozenset({40036, 40037, 41006, 43101, 43107, 47003, 48001})
UNREACHABLE = frozenset({40003})
OUR_MISTAKE = frozenset({44004, 45002, 40008})
LIMITS = {45009: 3600.0, 45011: 60.0, -1: 5.0}


@dataclass(frozen=True, slots=True)
class WeChatTemplate:
    """A template of the account. It only gives notice: `values` are fixed words. `path` sends it."""

    id: str
    values: Mapping[str, str] = field(default_factory=dict)
    path: str = TEMPLATE


@dataclass(frozen=True, slots=True)
class WeChatSettings:
    """What config.yml says. `encoding_aes_key` None: messages come in plain."""

    app_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str | None = field(default=None, repr=False)
    api_base: str = "https://api.weixin.qq.com"
    templates: Mapping[TemplateKind, WeChatTemplate] = field(default_factory=dict)


class WeChatChannel:
    """Owns the connection to WeChat."""

    def __init__(
        self,
        settings: WeChatSettings,
        receive: Receive,
        database: Database,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        *,
        pace: Pace | None = None,
    ) -> None:
        """Raises ValueError for an EncodingAESKey that is none."""
        key = settings.encoding_aes_key
        self._settings, self._clock = settings, clock
        self._envelope = None if key is None else Envelope(key, settings.app_id)
        self._following = Following(CHANNEL, receive, database, clock)
        self._pace = pace or paced(CHANNEL, database, clock, PER_SECOND, PER_CHAT)
        self._api = WeixinApi(CHANNEL, settings.api_base, self._renewal)
        self.outbox = Outbox(CHANNEL, self, database, clock, WINDOW)

    # --- in -------------------------------------------------------------------------------------------------------

    def verify(self, query: Query) -> Answer:
        """WeChat asks whether the address is ours."""
        try:
            check(query.get("signature", ""), self._settings.token, query.get("timestamp", ""), query.get("nonce", ""))
        except NotOursError:
            return Answer(403)
        return Answer(200, query.get("echostr", "")[:256])

    async def take(self, query: Query, headers: Mapping[str, str], body: bytes) -> Answer:
        """One message or event; believed only with WeChat's signature and, where a key is set, only sealed."""
        try:
            delivered = read(fields_of(self._opened(query, body)), CHANNEL)
        except NotOursError:
            return Answer(403)
        except MalformedXmlError:
            return Answer(400)
        return Answer(200, "success") if await self._following.take(delivered) else Answer(500)

    def _opened(self, query: Query, body: bytes) -> bytes:
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if self._envelope is None:
            check(query.get("signature", ""), self._settings.token, timestamp, nonce)
            self._must_be_fresh(timestamp)
            return body
        sealed = fields_of(body).get("Encrypt", "")
        check(query.get("msg_signature", ""), self._settings.token, timestamp, nonce, sealed)
        return self._envelope.open(sealed)

    def _must_be_fresh(self, timestamp: str) -> None:
        """A plain message is not covered by its signature: one that was seen elsewhere shall not serve for long."""
        if not timestamp.isdecimal() or abs(self._clock().timestamp() - int(timestamp[:12])) > FRESH.total_seconds():
            raise NotOursError("timestamp")

    # --- out ------------------------------------------------------------------------------------------------------

    def work(self) -> Work:
        """The delivery jobs."""
        return self.outbox.work(self._pace.hold)

    async def freely(self, out: Outgoing) -> None:
        """Send a message as text, in parts where it is long."""
        pieces = in_pieces(listed(out.said, out.language), LONGEST, lambda text: len(text.encode()))
        texts = [{"msgtype": "text", "text": {"content": piece}} for piece in pieces]
        await self.outbox.in_parts(out, [partial(self._post, SEND, out, text) for text in texts])

    def template(self, out: Outgoing) -> Template:
        """A template gives notice, where there is one."""
        return Template.NOTICE if out.kind in self._settings.templates else Template.MISSING

    async def by_template(self, out: Outgoing) -> None:
        """Send the template."""
        template = self._settings.templates[out.kind]
        values = {name: {"value": value} for name, value in template.values.items()}
        try:
            await self._post(template.path, out, {"template_id": template.id, "data": values})
        except PermanentDeliveryError as refused:
            if str(refused) == UNDELIVERABLE:
                raise
            raise WindowClosedError from None

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    def _renewal(self, refused: bool) -> Request:
        """The stable token: other processes of ours, and other programs, do not lose theirs by it."""
        asked = {"grant_type": "client_credential", "appid": self._settings.app_id, "secret": self._settings.secret}
        return Request("/cgi-bin/stable_token", {}, {**asked, "force_refresh": refused})

    async def _post(self, path: str, out: Outgoing, message: Mapping[str, Any]) -> None:
        await self._pace.turn(out.chat)
        try:
            await self._api.post(path, {"touser": out.chat, **message})
        except RefusedError as refused:
            self._refused(out, refused.code)

    def _refused(self, out: Outgoing, code: int) -> None:
        """Say what a refusal means."""
        cause = f"{CHANNEL}:{code}"
        if code in CLOSED:
            raise WindowClosedError
        if code in UNREACHABLE:
            raise PermanentDeliveryError(UNDELIVERABLE)
        if code in NO_TEMPLATE | OUR_MISTAKE:
            log.error("wechat.refused", code=code, template=out.kind)
            raise PermanentDeliveryError(cause)
        raise TemporaryDeliveryError(cause, LIMITS.get(code))
