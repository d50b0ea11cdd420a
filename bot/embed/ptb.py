"""TellOnce inside a Telegram bot that runs on python-telegram-bot.

This file stands alone: it needs python-telegram-bot and httpx and nothing of TellOnce's own packages, so that it can
lie beside a package of yours that is called `bot`. `tellonce embed ptb > tellonce_ptb.py` writes it out.

    application = Application.builder().token(...).build()
    application.add_handler(...)                       # your own
    add_tellonce(application, url="https://tellonce.example", token="...", channel="shop-bot")
    application.run_polling()

Every text of a private chat is offered to TellOnce first. What concerns it (a detail that changed, the change under
way) it answers, and your handlers do not see it; everything else goes on to them. While TellOnce is out of reach your
bot works on; what was said meanwhile is offered later, in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import re
import sqlite3
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Update
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError
from telegram.ext import (
    Application,
    ApplicationHandlerStop,
    BaseHandler,
    CallbackContext,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

__all__ = ["TellOnce", "add_tellonce"]

log = logging.getLogger("tellonce.ptb")

App: TypeAlias = Application[Any, Any, Any, Any, Any, Any]
Context: TypeAlias = CallbackContext[Any, Any, Any, Any]
Json: TypeAlias = dict[str, Any]

PREFIX = "tellonce:"
"""Begins the callback data of our buttons, so that yours are told from them."""
CALLBACK_LIMIT, TEXT_LIMIT, WAITING_LIMIT, LONGEST_TOKEN = 64, 4096, 200, 128
LONGEST_WAIT, SLOWEST_LOOK, GRACE = 60.0, 300.0, 5.0
BACKLOG = dt.timedelta(minutes=2)
LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
AT_REST = frozenset({"idle", "filed"})


class OutOfReach(Exception):
    """TellOnce did not answer, or asked to come again after so many seconds (None: it did not say)."""

    def __init__(self, cause: str, after: float | None = None) -> None:
        super().__init__(cause)
        self.after = after


class Refused(Exception):
    """TellOnce will not take this, now or later."""


@dataclass
class Chat:
    """What is known of one chat. `seq` is the last message that was dealt with, None before it is known; `placed` says
    whether TellOnce has a conversation in it, `busy` counts the updates being offered."""

    seq: int | None = None
    placed: bool = False
    busy: int = 0
    under_way: bool = False
    looked: float = 0.0
    active: float = field(default_factory=time.monotonic)
    waiting: deque[Json] = field(default_factory=deque)
    order: asyncio.Lock = field(default_factory=asyncio.Lock)
    sending: asyncio.Lock = field(default_factory=asyncio.Lock)


class Memory:
    """Up to where each chat was told, in a file, so that a restart neither loses nor repeats."""

    def __init__(self, file: str | Path) -> None:
        self._file = sqlite3.connect(file, isolation_level=None)
        self._file.execute("CREATE TABLE IF NOT EXISTS chat (id INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT")

    def all(self) -> dict[int, int]:
        """Every chat that TellOnce has spoken in."""
        return dict(self._file.execute("SELECT id, seq FROM chat"))

    def keep(self, chat: int, seq: int) -> None:
        """This message was sent."""
        self._file.execute(
            "INSERT INTO chat VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET seq = excluded.seq", (chat, seq)
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class TellOnce:
    """The handlers, and a task that brings what TellOnce says later. `start` and `stop` frame it; `run_polling` and
    `run_webhook` call them by themselves."""

    def __init__(
        self,
        application: App,
        *,
        url: str,
        token: str,
        channel: str,
        memory: str | Path = "tellonce_ptb.db",
        every: float = 3.0,
        timeout: float = 5.0,
    ) -> None:
        self._bot, self._channel, self._every = application.bot, channel, every
        self._api = httpx.AsyncClient(
            base_url=f"{url.rstrip('/')}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=timeout
        )
        self._memory = Memory(memory)
        self._chats = {chat: Chat(seq, placed=True) for chat, seq in self._memory.all().items()}
        self._failures, self._quiet_until = 0, 0.0
        self._loop: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(8)

    def handlers(self) -> list[BaseHandler[Update, Context, None]]:
        """To be added to one group of an Application, before your own handlers."""
        words = filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE & filters.TEXT & ~filters.COMMAND
        return [
            CommandHandler("start", self._on_link, filters.ChatType.PRIVATE, has_args=1),
            MessageHandler(words, self._on_text),
            CallbackQueryHandler(self._on_button, pattern=f"^{PREFIX}"),
        ]

    async def start(self) -> None:
        """Begin to look for what is said later. A second call changes nothing."""
        if self._loop is None:
            self._loop = asyncio.create_task(self._look_on())

    async def stop(self) -> None:
        """End it, and close the connections. What is just being sent is sent to the end, if that takes no longer than
        a few seconds: otherwise it would be sent again."""
        if self._loop is not None:
            self._loop.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE)
        tasks = [*self._tasks, *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._api.aclose()
        self._memory.close()

    # --- in -------------------------------------------------------------------------------------------------------

    async def _on_text(self, update: Update, context: Context) -> None:
        message, chat = update.effective_message, update.effective_chat
        if message is None or chat is None or not message.text:
            return
        if await self._offer(chat.id, update, {"text": message.text, "at": written_at(message.date)}):
            raise ApplicationHandlerStop

    async def _on_link(self, update: Update, context: Context) -> None:
        """`/start TOKEN`: a deep link of TellOnce, or one of yours, which is left."""
        chat, args = update.effective_chat, context.args
        if chat is None or not args:
            return
        if await self._offer(chat.id, update, {"link_token": args[0][:LONGEST_TOKEN], "at": written_at(None)}):
            raise ApplicationHandlerStop

    async def _on_button(self, update: Update, context: Context) -> None:
        query, chat = update.callback_query, update.effective_chat
        if query is None or chat is None or query.data is None:
            return
        try:
            await self._offer(chat.id, update, {"button": query.data.removeprefix(PREFIX), "at": written_at(None)})
        finally:
            with contextlib.suppress(TelegramError):  # only its spinner hangs on it
                await query.answer()
        raise ApplicationHandlerStop

    async def _offer(self, id: int, update: Update, content: Json) -> bool:
        """Whether TellOnce has taken it, or will."""
        await self.start()
        language = update.effective_user.language_code if update.effective_user else None
        body = {"channel": self._channel, "chat": str(id), "id": str(update.update_id), "offer": True, **content}
        if language and LOCALE.fullmatch(language) and len(language) <= 35:
            body["locale"] = language
        chat = self._chats.setdefault(id, Chat())
        chat.active = time.monotonic()
        chat.busy += 1
        try:
            return await self._in_order(id, chat, body)
        finally:
            chat.busy -= 1
            if not (chat.busy or chat.waiting or chat.placed):
                self._chats.pop(id, None)

    async def _in_order(self, id: int, chat: Chat, body: Json) -> bool:
        async with chat.order:
            if chat.waiting or self._is_quiet():
                return self._keep_waiting(chat, body)
            try:
                return await self._deliver(id, chat, body)
            except OutOfReach:
                return self._keep_waiting(chat, body)

    def _keep_waiting(self, chat: Chat, body: Json) -> bool:
        """Offered later. In the middle of a change it is TellOnce's, and your handlers should not answer it."""
        if len(chat.waiting) >= WAITING_LIMIT:
            log.error("a chat has %s messages waiting for TellOnce; the oldest is given up", WAITING_LIMIT)
            chat.waiting.popleft()
        chat.waiting.append(body)
        return chat.under_way or "button" in body

    async def _deliver(self, id: int, chat: Chat, body: Json) -> bool:
        try:
            answer = await self._call("POST", "/messages", json=body)
        except Refused as refusal:
            log.error("TellOnce refused update %s: %s", body["id"], refusal)
            return False
        stands, replies = answer["conversation"], answer["replies"]
        chat.under_way = stands is not None and (stands["stage"] not in AT_REST or stands["owner"] is not None)
        chat.placed = chat.placed or stands is not None
        if stands is not None:
            if chat.seq is None and replies:
                chat.seq = replies[0]["seq"] - 1
            self._in_background(self._tell(id, chat))
        return bool(answer["handled"])

    # --- out ------------------------------------------------------------------------------------------------------

    async def _look_on(self) -> None:
        """Offer what waits; look into each chat, the rarer the longer nothing happened there."""
        while True:
            if not self._is_quiet():
                for id, chat in list(self._chats.items()):
                    if chat.waiting:
                        self._in_background(self._offer_again(id, chat))
                    elif chat.seq is not None and self._is_due(chat):
                        self._in_background(self._tell(id, chat))
            await asyncio.sleep(min(self._every, 1.0))

    def _is_due(self, chat: Chat) -> bool:
        now = time.monotonic()
        rest = min(max(self._every, (now - chat.active) / 20), SLOWEST_LOOK)
        return not chat.sending.locked() and now - chat.looked >= rest

    async def _offer_again(self, id: int, chat: Chat) -> None:
        if chat.order.locked():
            return
        async with chat.order:
            while chat.waiting:
                await self._deliver(id, chat, chat.waiting[0])
                chat.waiting.popleft()

    async def _tell(self, id: int, chat: Chat) -> None:
        """Send what was said in a chat since the last time, in order, each message once."""
        async with chat.sending, self._slots:
            chat.looked = time.monotonic()
            known = chat.seq is not None
            while True:
                path = f"/chats/{self._channel}/{id}/messages"
                page = await self._call("GET", path, params={"after": chat.seq or 0, "limit": 100})
                for said in page["items"]:
                    if known and said["author"] != "customer":
                        await self._send(id, said)
                    chat.seq = int(said["seq"])
                    self._memory.keep(id, chat.seq)
                if page["next"] is None:
                    return

    async def _send(self, id: int, said: Json) -> None:
        text, wait = said["text"], 1.0
        parts = [text[start : start + TEXT_LIMIT] for start in range(0, len(text), TEXT_LIMIT)]
        for place, part in enumerate(parts):
            keys = keyboard(said["buttons"]) if place == len(parts) - 1 else None
            while True:
                try:
                    await self._bot.send_message(
                        id,
                        part,
                        parse_mode=None,  # also where your Defaults say HTML: what a customer typed is no markup
                        reply_markup=keys,
                        link_preview_options=LinkPreviewOptions(is_disabled=True),
                    )
                except RetryAfter as slower:
                    asked = slower.retry_after
                    await asyncio.sleep(asked if isinstance(asked, int | float) else asked.total_seconds())
                except (BadRequest, Forbidden) as refusal:
                    log.error("Telegram refused message %s of a chat: %s", said["seq"], type(refusal).__name__)
                    return
                except NetworkError as trouble:
                    log.warning("Telegram out of reach (%s), again in %.0f s", type(trouble).__name__, wait)
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, LONGEST_WAIT)
                else:
                    break

    # --- TellOnce -------------------------------------------------------------------------------------------------

    async def _call(self, method: str, path: str, **content: Any) -> Json:
        try:
            answer = await self._api.request(method, path, **content)
        except httpx.HTTPError as trouble:
            raise self._out_of_reach(type(trouble).__name__, None) from None
        if answer.status_code in (408, 425, 429) or answer.status_code >= 500:
            raise self._out_of_reach(f"HTTP {answer.status_code}", seconds(answer.headers.get("retry-after")))
        if self._failures:
            log.info("TellOnce answers again")
        self._failures, self._quiet_until = 0, 0.0
        if not answer.is_success:
            raise Refused(f"HTTP {answer.status_code}")
        found: Json = answer.json()
        return found

    def _out_of_reach(self, cause: str, after: float | None) -> OutOfReach:
        """Leave TellOnce alone for a while, longer each time."""
        wait = min(0.5 * 2**self._failures, LONGEST_WAIT) if after is None else after
        self._failures = min(self._failures + 1, 16)
        self._quiet_until = time.monotonic() + wait
        log.warning("TellOnce is out of reach (%s), again in %.1f s", cause, wait)
        return OutOfReach(cause, after)

    def _is_quiet(self) -> bool:
        return time.monotonic() < self._quiet_until

    def _in_background(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            try:
                await work
            except OutOfReach:
                return  # logged; the next look tries again
            except Refused as refusal:
                log.error("TellOnce refused to say what is new in a chat: %s", refusal)
            except TelegramError as trouble:
                log.error("Telegram refused: %s", type(trouble).__name__)

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def add_tellonce(
    application: App,
    *,
    url: str,
    token: str,
    channel: str = "telegram-bot",
    group: int = -1,
    memory: str | Path = "tellonce_ptb.db",
    every: float = 3.0,
) -> TellOnce:
    """Add TellOnce to an Application. `token` is pinned to `channel` (`tellonce staff token … --channel`); `group`
    comes before your own handlers; `memory` is a file of ours; `every` how many seconds apart news is looked for."""
    door = TellOnce(application, url=url, token=token, channel=channel, memory=memory, every=every)
    application.add_handlers(door.handlers(), group=group)
    application.post_init = following(application.post_init, door.start)
    application.post_stop = following(application.post_stop, door.stop)
    return door


def following(
    before: Callable[[App], Coroutine[Any, Any, None]] | None, then: Callable[[], Awaitable[None]]
) -> Callable[[App], Coroutine[Any, Any, None]]:
    """Your own hook, if there is one, and then ours."""

    async def both(application: App) -> None:
        if before is not None:
            await before(application)
        await then()

    return both


def keyboard(buttons: list[dict[str, str]]) -> InlineKeyboardMarkup | None:
    """Short labels side by side, long ones one below the other. A button that Telegram would refuse is left out."""
    row = []
    for button in buttons:
        data = PREFIX + button["id"]
        if len(data.encode()) > CALLBACK_LIMIT:
            log.error("a button is left out: its id is too long for Telegram")
            continue
        row.append(InlineKeyboardButton(button["text"], callback_data=data))
    if not row:
        return None
    short = sum(len(button["text"]) for button in buttons) <= 24
    return InlineKeyboardMarkup([row] if short else [[key] for key in row])


def written_at(date: dt.datetime | None) -> str:
    """When something was written: now, since Telegram's seconds would put a message before the tap that preceded it;
    Telegram's date for what waited there for minutes."""
    now = dt.datetime.now(dt.UTC)
    return (date if date is not None and now - date > BACKLOG else now).isoformat()


def seconds(header: str | None) -> float | None:
    """The seconds of a Retry-After header, at most a minute; None for anything else."""
    try:
        return None if header is None else min(max(float(header), 0.0), LONGEST_WAIT)
    except ValueError:
        return None
