"""The WhatsApp channel, over Meta's Cloud API: messages come in by webhook, go out by delivery jobs.

A request is believed only under Meta's signature. Outside of 24 hours after the customer's last message WhatsApp lets
nothing but an approved template through (`bot.channels.outbox`). Much of what fails is told later, by another request:
each message carries the place it has in our chat, and so finds its way back.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import structlog

from bot.channels.hooks import Answer, Query
from bot.channels.outbox import UNDELIVERABLE, Outbox, Outgoing, Template, TemplateKind, WindowClosedError
from bot.channels.pace import Pace, paced
from bot.channels.taken import Receive, take_all
from bot.channels.whatsapp_inbound import CHANNEL, Failed, MalformedError, read
from bot.channels.whatsapp_message import PARAMETER, messages, template_message
from bot.choices import listed
from bot.errors import PermanentDeliveryError, TemporaryDeliveryError
from bot.worker import Work
from dialogs.types import Inbound
from nlu.types import Language
from store.conversations import ClaimConflict, UnknownConversation
from store.database import Database
from store.uow import UnitOfWork

if TYPE_CHECKING:  # a quarter of a second: only the first message pays for it
    import httpx

log = structlog.get_logger(__name__)

SIGNATURE = "x-hub-signature-256"
WINDOW = dt.timedelta(hours=24)
PER_SECOND, PER_CHAT = 80.0, 5.0

CLOSED = frozenset({131047, 470})
NOT_NOW = frozenset({131049, 131050, 130472})  # Meta, or the customer, takes no such template at the moment
NO_TEMPLATE = frozenset(range(132000, 132017)) | {132068, 132069}
UNREACHABLE = frozenset({131026, 131021, 131030, 130497})
PAIR_LIMIT = 131056
LIMITS = {130429: 5.0, 80007: 60.0, 4: 60.0, 131048: 600.0}
OUR_MISTAKE = frozenset({100, 33, 131008, 131009, 131051})


@dataclass(frozen=True, slots=True)
class WhatsAppTemplate:
    """An approved template. `codes` are its languages as WhatsApp names them. `text`: it has one variable, for the
    sentence itself. `buttons`: it has quick replies, in the order of the message's own buttons."""

    name: str
    codes: Mapping[Language, str]
    text: bool = False
    buttons: bool = False


@dataclass(frozen=True, slots=True)
class WhatsAppSettings:
    """What config.yml says."""

    phone_number_id: str
    token: str = field(repr=False)
    app_secret: str = field(repr=False)
    verify_token: str = field(repr=False)
    api_base: str = "https://graph.facebook.com/v23.0"
    templates: Mapping[TemplateKind, WhatsAppTemplate] = field(default_factory=dict)


class WhatsAppChannel:
    """Owns the connection to WhatsApp."""

    def __init__(
        self,
        settings: WhatsAppSettings,
        receive: Receive,
        database: Database,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        *,
        pace: Pace | None = None,
    ) -> None:
        self._settings, self._receive, self._database, self._clock = settings, receive, database, clock
        self._pace = pace or paced(CHANNEL, database, clock, PER_SECOND, PER_CHAT)
        self.outbox = Outbox(CHANNEL, self, database, clock, WINDOW)

    # --- in -------------------------------------------------------------------------------------------------------

    def verify(self, query: Query) -> Answer:
        """Meta asks whether the address is ours."""
        given = query.get("hub.verify_token", "").encode()
        right = hmac.compare_digest(given, self._settings.verify_token.encode())
        if query.get("hub.mode") != "subscribe" or not right:
            return Answer(403)
        return Answer(200, query.get("hub.challenge", "")[:256])

    async def take(self, query: Query, headers: Mapping[str, str], body: bytes) -> Answer:
        """What Meta delivers, believed only with the signature over the very bytes."""
        given = next((value for name, value in headers.items() if name.lower() == SIGNATURE), "")
        right = hmac.new(self._settings.app_secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(given.encode(), f"sha256={right}".encode()):
            return Answer(401)
        try:
            delivered = read(json.loads(body), self._settings.phone_number_id)
        except (MalformedError, ValueError, RecursionError):
            return Answer(400)
        if delivered.unread:
            log.warning("whatsapp.unread", count=delivered.unread)
        done = await take_all(self._receive, delivered.messages)
        for failed in delivered.failed:
            done = await self._note(failed) and done
        return Answer(200 if done else 500)

    async def _note(self, failed: Failed) -> bool:
        """Remember that a message did not get through; False when that failed, so that Meta tells it again."""
        log.warning("whatsapp.failed", code=failed.code)
        try:
            await asyncio.wrap_future(self._database.submit(partial(self._write, failed=failed)))
        except ClaimConflict:
            return True
        except Exception as accident:
            log.error("whatsapp.status_failed", error=type(accident).__name__)
            return False
        return True

    def _write(self, uow: UnitOfWork, failed: Failed) -> None:
        conversation, _, seq = failed.about.partition("/")
        if not seq.isdecimal():
            return
        told = Inbound(CHANNEL, failed.chat, f"failed:{failed.id}", failed.at, text="failed")
        if uow.conversations.claim(told, self._clock()) is not None:
            return  # told before
        try:
            here = uow.conversations.by_id(conversation)
        except UnknownConversation:
            return
        if here.channel != CHANNEL or here.chat != failed.chat:
            return
        if failed.code in UNREACHABLE:
            self.outbox.unreachable(uow, conversation)
        else:
            self.outbox.keep(uow, conversation, int(seq))

    # --- out ------------------------------------------------------------------------------------------------------

    def work(self) -> Work:
        """The delivery jobs."""
        return self.outbox.work(self._pace.hold)

    async def freely(self, out: Outgoing) -> None:
        """Send a message as it is, in parts where it is long."""
        parts = messages(out.said, out.language)
        await self.outbox.in_parts(out, [partial(self._post, out, part) for part in parts])

    def template(self, out: Outgoing) -> Template:
        """What the template for this occasion is good for."""
        template = self._settings.templates.get(out.kind)
        if template is None or out.language not in template.codes:
            return Template.MISSING
        whole = template.text and len(listed(out.said, out.language)) <= PARAMETER
        return Template.WHOLE if whole else Template.NOTICE

    async def by_template(self, out: Outgoing) -> None:
        """Send the template."""
        template = self._settings.templates[out.kind]
        buttons = out.said.buttons if template.buttons else ()
        told = out.said.text if buttons else listed(out.said, out.language)
        words = told if template.text else None
        code = template.codes[out.language]
        await self._post(out, template_message(template.name, code, words, buttons))

    async def close(self) -> None:
        """Close the connections."""
        if "_client" in self.__dict__:
            await self._client.aclose()

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        import httpx

        bearer = {"Authorization": f"Bearer {self._settings.token}"}
        return httpx.AsyncClient(timeout=15, follow_redirects=False, headers=bearer)

    async def _post(self, out: Outgoing, message: Mapping[str, Any]) -> None:
        import httpx

        await self._pace.turn(out.chat)
        about = f"{out.conversation}/{out.said.seq}"
        to = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": out.chat}
        url = f"{self._settings.api_base}/{self._settings.phone_number_id}/messages"
        try:
            answer = await self._client.post(url, json={**to, "biz_opaque_callback_data": about, **message})
        except httpx.HTTPError as trouble:
            raise TemporaryDeliveryError(f"whatsapp:{type(trouble).__name__}") from None
        if answer.is_success:
            return
        code = _code(answer)
        if message["type"] == "template" and code in NO_TEMPLATE | OUR_MISTAKE:
            log.error("whatsapp.template_refused", code=code, template=out.kind)
            raise WindowClosedError
        self._refused(out, answer.status_code, code)

    def _refused(self, out: Outgoing, status: int, code: int) -> None:
        """Say what a refusal means."""
        cause = f"whatsapp:{status}:{code}"
        if code in CLOSED | NOT_NOW:
            raise WindowClosedError
        if code in UNREACHABLE:
            raise PermanentDeliveryError(UNDELIVERABLE)
        if code == PAIR_LIMIT:
            wait = float(4 ** min(out.attempts, 5))  # as the platform asks: 4, 16, 64 seconds…
            self._pace.refused(out.chat, wait)
            raise TemporaryDeliveryError(cause, wait)
        if code in LIMITS:
            raise TemporaryDeliveryError(cause, LIMITS[code] * min(out.attempts, 12))
        if code in OUR_MISTAKE:
            raise PermanentDeliveryError(cause)
        raise TemporaryDeliveryError(cause)  # an expired token or a locked account heals when a person acts


def _code(answer: httpx.Response) -> int:
    try:
        return int(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return 0
