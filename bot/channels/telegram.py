"""The Telegram channel: messages come in by polling or webhook, go out by `deliver` jobs, one chat after another.

Import this module only when the channel is on: aiogram takes seconds. Its dispatcher is not used, since it confirms an
update before the turn is committed; here the offset moves on only afterwards, so that a crash brings the update again
and the claim recognises it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hmac
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

import msgspec
import structlog
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import (
    AiogramError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramRetryAfter,
)
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError

from bot.channels.pace import Pace, paced
from bot.channels.telegram_hook import WEBHOOK_PATH
from bot.channels.telegram_inbound import CHANNEL, UPDATES, inbound_of
from bot.errors import PermanentDeliveryError, TemporaryDeliveryError
from bot.live import CONSOLE
from bot.worker import Work, Write, nothing
from dialogs.buttons import Verb
from dialogs.effects import Decision, Flag
from dialogs.flags import FlagReason
from dialogs.replies import ReplyId
from dialogs.types import Actor, ActorKind, Inbound
from store.conversations import ClaimConflict, UnknownConversation
from store.database import Database
from store.jobs import Lease
from store.said import Said
from store.uow import UnitOfWork

log = structlog.get_logger(__name__)

LONGEST = 4096
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
BLOCKED = "blocked"
ACTOR = Actor(ActorKind.SYSTEM, "deliver", CHANNEL)
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
T = TypeVar("T")
PATIENCE = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Waits between tries of an update whose turn fails; when the database is gone the last is repeated for ever."""


class TelegramSettings(msgspec.Struct, frozen=True):
    """What config.yml says. `api_base` None is Telegram itself. `webhook_url` is public; None means polling."""

    token: str
    api_base: str | None = None
    webhook_url: str | None = None
    webhook_secret: str | None = None
    poll_seconds: int = 25


class Receive(Protocol):
    """One turn: commits before it returns."""

    def __call__(self, inbound: Inbound, /) -> Awaitable[tuple[Said, ...]]: ...


class TelegramChannel:
    """Owns the connection to Telegram. `run` until cancelled or `stop`; `work` is for the worker."""

    def __init__(
        self,
        settings: TelegramSettings,
        receive: Receive,
        database: Database,
        clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        *,
        pace: Pace | None = None,
        patience: Sequence[float] = PATIENCE,
    ) -> None:
        if settings.webhook_url is not None and not settings.webhook_secret:
            raise ValueError("a Telegram webhook needs channels.telegram.webhook_secret")
        self._settings, self._receive, self._database = settings, receive, database
        self._clock, self._pace, self._patience = clock, pace or paced("telegram", database, clock, 30.0, 1.0), patience
        api = PRODUCTION if settings.api_base is None else TelegramAPIServer.from_base(settings.api_base)
        self._bot = Bot(settings.token, session=AiohttpSession(api=api, timeout=15))
        self._said_already: dict[int, int] = {}
        self.username: str | None = None

    # --- in -------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Set up the webhook, or poll for ever. Telegram's own troubles are waited out."""
        await self._persist(self._set_up)
        offset = 0
        while self._settings.webhook_url is None:
            updates = await self._persist(partial(self._poll, offset))
            await self._take(updates)
            offset = max((update.update_id + 1 for update in updates), default=offset)

    async def close(self) -> None:
        """Close the connections; call it after `run` was cancelled and the worker stopped."""
        await self._bot.session.close()

    async def webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        """One update delivered by Telegram; returns the HTTP status. 200 only after the turn is committed."""
        given = next((value for name, value in headers.items() if name.lower() == SECRET_HEADER), "")
        if not hmac.compare_digest(given.encode(), (self._settings.webhook_secret or "").encode()):
            return 401
        if not self._settings.webhook_secret:
            return 404
        try:
            update = Update.model_validate_json(body)
        except ValidationError:
            return 400
        return 200 if await self._turn(update) else 500

    async def _set_up(self) -> None:
        self.username = (await self._bot.get_me()).username
        if self._settings.webhook_url is None:
            await self._bot.delete_webhook(drop_pending_updates=False)
        else:
            await self._bot.set_webhook(
                self._settings.webhook_url, secret_token=self._settings.webhook_secret, allowed_updates=UPDATES
            )

    async def _poll(self, offset: int) -> list[Update]:
        seconds = self._settings.poll_seconds
        return await self._bot.get_updates(
            offset, timeout=seconds, allowed_updates=UPDATES, request_timeout=seconds + 10
        )

    async def _persist(self, call: Callable[[], Awaitable[T]]) -> T:
        wait = 0.5
        while True:
            try:
                return await call()
            except (AiogramError, OSError) as trouble:
                wait = min(60.0, wait * 2)
                asked = trouble.retry_after if isinstance(trouble, TelegramRetryAfter) else wait
                log.warning("telegram.unreachable", error=type(trouble).__name__, wait=asked)
                await asyncio.sleep(asked)

    async def _take(self, updates: Iterable[Update]) -> None:
        """Chats side by side, the messages of one chat in order."""
        chats: dict[str, list[Update]] = defaultdict(list)
        for update in updates:
            inbound = inbound_of(update)
            if inbound is not None:
                chats[inbound.chat].append(update)
        await asyncio.gather(*(self._take_in_order(mine) for mine in chats.values()))

    async def _take_in_order(self, updates: Iterable[Update]) -> None:
        for update in updates:
            tries = 0
            while not await self._turn(update, give_up=tries >= len(self._patience)):
                await asyncio.sleep(self._patience[min(tries, len(self._patience) - 1)])
                tries += 1

    async def _turn(self, update: Update, give_up: bool = False) -> bool:
        """True when the update is dealt with. One that fails again and again while the database is well is recorded
        and left, so that it does not keep all chats waiting for ever."""
        inbound = inbound_of(update)
        if inbound is None:
            return True
        try:
            await self._receive(inbound)
        except ClaimConflict:
            log.warning("telegram.claim_conflict", update=update.update_id)
        except (OperationalError, InterfaceError) as accident:
            log.error("telegram.turn_failed", update=update.update_id, error=type(accident).__name__)
            return False
        except Exception as accident:
            log.error("telegram.turn_failed", update=update.update_id, error=type(accident).__name__, left=give_up)
            return give_up
        if update.callback_query is not None:
            await self._answer(update.callback_query.id)
        return True

    async def _answer(self, query: str) -> None:
        """Stop the button's spinner. Nothing hangs on it."""
        try:
            await self._bot.answer_callback_query(query)
        except (AiogramError, OSError) as trouble:
            log.info("telegram.not_answered", error=type(trouble).__name__)

    # --- out ------------------------------------------------------------------------------------------------------

    def work(self) -> Work:
        """`deliver` jobs. An outage of Telegram may last most of a day before a message is parked."""
        return Work(
            self.deliver,
            slots=32,
            spare=16,
            attempts=100,
            longest_wait=600.0,
            gave_up=self._gave_up,
            hold=self._pace.hold,
        )

    async def deliver(self, lease: Lease) -> Write:
        """Send one message of a chat."""
        conversation, seq = str(lease.payload["conversation"]), int(lease.payload["seq"])

        def load(uow: UnitOfWork) -> tuple[str, list[Said]]:
            chat = uow.conversations.by_id(conversation).chat
            return chat, uow.conversations.messages_for_customer(conversation, seq - 1, 1)

        try:
            chat, messages = await asyncio.to_thread(self._database.read, load)
        except UnknownConversation:
            return nothing
        for said in messages:
            if said.seq == seq:
                await self._send(lease.id, chat, said)
        return nothing

    async def _send(self, job: int, chat: str, said: Said) -> None:
        parts = [said.text[start : start + LONGEST] for start in range(0, len(said.text), LONGEST)]
        first = self._said_already.pop(job, 0)
        for place, text in enumerate(parts[first:], first):
            buttons = said.buttons if place == len(parts) - 1 else ()
            try:
                await self._send_part(chat, text, buttons, said.id)
            except TemporaryDeliveryError:
                if place:
                    self._said_already[job] = place  # what was sent of a long text is not sent again
                raise

    async def _send_part(self, chat: str, text: str, buttons: Sequence[tuple[str, str]], sentence: str) -> None:
        await self._pace.turn(chat)
        try:
            await self._bot.send_message(
                int(chat),
                text,
                reply_markup=keyboard(buttons, sentence),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except TelegramRetryAfter as slower:
            self._pace.refused(chat, slower.retry_after)
            raise TemporaryDeliveryError("telegram:429", slower.retry_after) from None
        except TelegramForbiddenError:
            raise PermanentDeliveryError(BLOCKED) from None
        except (TelegramBadRequest, TelegramMigrateToChat) as refusal:
            raise PermanentDeliveryError(f"telegram:{type(refusal).__name__}") from None
        except (TelegramAPIError, AiogramError, OSError) as trouble:
            raise TemporaryDeliveryError(f"telegram:{type(trouble).__name__}") from None

    def _gave_up(self, uow: UnitOfWork, lease: Lease, error: str) -> Iterable[str]:
        """The customer blocked the bot: a person should look, and find another way."""
        conversation = str(lease.payload["conversation"])
        if error != BLOCKED:
            return ()
        flag = Flag(FlagReason.NO_REACHABLE_CONTACT, None, conversation)
        uow.commit(Decision(effects=(flag,)), ACTOR, self._clock())
        return (conversation, CONSOLE)


Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove
ENDS_SHARING = frozenset({ReplyId.LINKED})
"""After this the button that shares one's number is taken away."""


def keyboard(buttons: Sequence[tuple[str, str]], sentence: str = "") -> Keyboard | None:
    """Short labels side by side, long ones one below the other. A button that shares one's own number exists only on
    the keyboard below the chat, and there the others are words that are sent."""
    if any(id == Verb.CONTACT_SHARE for id, _ in buttons):
        keys = [[KeyboardButton(text=text, request_contact=id == Verb.CONTACT_SHARE)] for id, text in buttons]
        return ReplyKeyboardMarkup(keyboard=keys, resize_keyboard=True, one_time_keyboard=True)
    if not buttons:
        return ReplyKeyboardRemove() if sentence in ENDS_SHARING else None
    row = [InlineKeyboardButton(text=text, callback_data=id) for id, text in buttons]
    short = sum(len(text) for _, text in buttons) <= 24
    return InlineKeyboardMarkup(inline_keyboard=[row] if short else [[button] for button in row])


__all__ = ["CHANNEL", "WEBHOOK_PATH", "TelegramChannel", "TelegramSettings"]
