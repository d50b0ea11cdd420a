"""A small Bot API server on loopback that enforces what the real one does and matters here.

It refuses what Telegram refuses (long texts, long callback data, stale callback queries, two pollers, polling beside a
webhook), keeps an update until a later offset confirms it, and lets a test play the people on the other side.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


@dataclass(frozen=True)
class Sent:
    """A message that the bot sent. `buttons` are (callback data, text)."""

    chat: int
    id: int
    text: str
    buttons: tuple[tuple[str, str], ...]
    at: float
    shares: tuple[str, ...] = ()  # labels of the keys that send the person's own contact
    takes_away: bool = False  # the keyboard below the chat


class Refused(Exception):
    """The answer is an error with this code, as Telegram words it."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code, self.description, self.retry_after = code, description, retry_after


@dataclass
class TelegramServer:
    """Its state is open to the test. `fail(...)` scripts the next answers; `blocked` chats answer 403."""

    token: str = "42:TEST"
    url: str = ""
    per_chat: float | None = None  # seconds between messages to one chat, None: unlimited
    sent: list[Sent] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    blocked: set[int] = field(default_factory=set)
    webhook_statuses: list[int] = field(default_factory=list)
    webhook_url: str = ""
    webhook_secret: str = ""
    webhook_retry: float = 0.05

    def __post_init__(self) -> None:
        self._updates: deque[dict[str, Any]] = deque()
        self._history: list[dict[str, Any]] = []
        self._serial = 0
        self._message = defaultdict[int, int](int)
        self._script = defaultdict[str, deque[tuple[int | None, Refused]]](deque)
        self._polls = 0
        self._queries: set[str] = set()
        self._last = dict[int, float]()
        self._news = asyncio.Event()
        self._was_sent = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    # --- what a test does -------------------------------------------------------------------------------------------

    def user_sends(self, chat: int, text: str | None = None, *, language: str = "en", **parts: Any) -> int:
        """A person writes to the bot; `parts` are further keys of the message (photo, voice, contact…)."""
        return self._message_update("message", chat, self._next_message(chat), text, language, parts)

    def user_shares(self, chat: int, phone: str, *, of: int | None = None, language: str = "en") -> int:
        """A person sends a contact card: their own as the key of a keyboard does it, or that `of` somebody else."""
        whose = chat if of is None else of
        return self.user_sends(
            chat, language=language, contact={"phone_number": phone, "first_name": "P", "user_id": whose}
        )

    def user_edits(self, chat: int, message: int, text: str, *, language: str = "en") -> int:
        """A person edits a message sent earlier."""
        return self._message_update("edited_message", chat, message, text, language, {"edit_date": int(time.time())})

    def user_taps(self, chat: int, message: int, data: str, *, language: str = "en") -> str:
        """A person taps a button under a message of the bot; returns the callback query's id."""
        query = f"q{self._serial + 1}"
        self._queries.add(query)
        shown = next((sent for sent in self.sent if sent.chat == chat and sent.id == message), None)
        self._push(
            callback_query={
                "id": query,
                "from": self._person(chat, language),
                "message": self._row(chat, message, shown.text if shown else "…"),
                "chat_instance": "1",
                "data": data,
            }
        )
        return query

    def push(self, **update: Any) -> int:
        """Any update, as it is."""
        return self._push(**update)

    def repeat(self, update: int) -> None:
        """Deliver an update once more under the same id, as happens when an offset was never confirmed."""
        again = next(row for row in self._history if row["update_id"] == update)
        self._updates.append(again)
        self._news.set()

    def fail(self, method: str, code: int, *, retry_after: int | None = None, chat: int | None = None) -> None:
        """The next call of `method` (for this chat, if given) is answered with this error."""
        words = {429: "Too Many Requests: retry later", 403: "Forbidden: bot was blocked by the user"}
        error = Refused(code, words.get(code, "Internal Server Error"), retry_after)
        self._script[method.lower()].append((chat, error))

    def to(self, chat: int) -> list[Sent]:
        """What the bot sent to one chat, in order."""
        return [sent for sent in self.sent if sent.chat == chat]

    @property
    def pending(self) -> int:
        """How many updates no later offset has confirmed."""
        return len(self._updates)

    async def until_sent(self, count: int, chat: int | None = None, patience: float = 15.0) -> list[Sent]:
        """Wait until so many messages were sent (to one chat, if given)."""
        async with asyncio.timeout(patience):
            while len(found := self.sent if chat is None else self.to(chat)) < count:
                self._was_sent.clear()
                await self._was_sent.wait()
        return list(found)

    # --- updates ----------------------------------------------------------------------------------------------------

    def _next_message(self, chat: int) -> int:
        self._message[chat] += 1
        return self._message[chat]

    def _person(self, chat: int, language: str) -> dict[str, Any]:
        return {"id": chat, "is_bot": False, "first_name": "P", "language_code": language}

    def _row(self, chat: int, message: int, text: str | None) -> dict[str, Any]:
        row = {"message_id": message, "date": int(time.time()), "chat": {"id": chat, "type": "private"}}
        return row if text is None else row | {"text": text}

    def _message_update(
        self, kind: str, chat: int, message: int, text: str | None, language: str, parts: dict[str, Any]
    ) -> int:
        row = self._row(chat, message, text) | {"from": self._person(chat, language)} | parts
        if text is not None and (command := re.match(r"/[A-Za-z0-9_]{1,32}(?:@\w+)?", text)):
            row["entities"] = [{"type": "bot_command", "offset": 0, "length": len(command[0])}]
        self._push(**{kind: row})
        return message

    def _push(self, **update: Any) -> int:
        self._serial += 1
        row = {"update_id": self._serial, **update}
        self._history.append(row)
        if self.webhook_url:
            task = asyncio.get_running_loop().create_task(self._call_webhook(row))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._updates.append(row)
            self._news.set()
        return self._serial

    async def _call_webhook(self, row: dict[str, Any]) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook_secret} if self.webhook_secret else {}
        async with aiohttp.ClientSession() as session:
            while True:
                async with session.post(self.webhook_url, json=row, headers=headers) as answer:
                    self.webhook_statuses.append(answer.status)
                    if answer.status < 300:
                        return
                await asyncio.sleep(self.webhook_retry)

    # --- methods of the Bot API -------------------------------------------------------------------------------------

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"].lower()
        self.calls.append(method)
        try:
            if request.match_info["token"] != self.token:
                raise Refused(401, "Unauthorized")
            form = {**request.query, **await _form(request)}
            self._scripted(method, form)
            action = getattr(self, f"_do_{method}", None)
            if action is None:
                raise Refused(404, "Not Found")
            return web.json_response({"ok": True, "result": await action(form)})
        except Refused as no:
            answer: dict[str, Any] = {"ok": False, "error_code": no.code, "description": no.description}
            if no.retry_after is not None:
                answer["parameters"] = {"retry_after": no.retry_after}
            return web.json_response(answer, status=no.code)

    def _scripted(self, method: str, form: dict[str, str]) -> None:
        script = self._script[method]
        for entry in script:
            if entry[0] is None or str(entry[0]) == form.get("chat_id"):
                script.remove(entry)
                raise entry[1]

    async def _do_getme(self, form: dict[str, str]) -> Any:
        return {"id": 42, "is_bot": True, "first_name": "TellOnce", "username": "tellonce_bot"}

    async def _do_getupdates(self, form: dict[str, str]) -> Any:
        if self.webhook_url:
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        if self._polls:
            raise Refused(409, "Conflict: terminated by other getUpdates request")
        offset, limit = int(form.get("offset", 0)), int(form.get("limit", 100))
        while self._updates and self._updates[0]["update_id"] < offset:
            self._updates.popleft()
        self._polls += 1
        try:
            if not self._updates:
                self._news.clear()
                await asyncio.wait_for(self._news.wait(), float(form.get("timeout", 0)))
        except TimeoutError:
            return []
        finally:
            self._polls -= 1
        return list(self._updates)[:limit]

    async def _do_setwebhook(self, form: dict[str, str]) -> Any:
        if (secret := form.get("secret_token")) and not SECRET.fullmatch(secret):
            raise Refused(400, "Bad Request: secret token contains illegal characters")
        self.webhook_url, self.webhook_secret = form["url"], secret or ""
        return True

    async def _do_deletewebhook(self, form: dict[str, str]) -> Any:
        self.webhook_url = self.webhook_secret = ""
        return True

    async def _do_sendmessage(self, form: dict[str, str]) -> Any:
        chat = _chat_id(form)
        text = form.get("text", "")
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if chat not in self._message:
            raise Refused(400, "Bad Request: chat not found")
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text) > 4096:
            raise Refused(400, "Bad Request: message is too long")
        markup = form.get("reply_markup")
        shares, takes_away = _below(markup)
        buttons = () if shares or takes_away else _buttons(markup)
        now = time.monotonic()
        if self.per_chat is not None and now - self._last.get(chat, -1e9) < self.per_chat:
            raise Refused(429, "Too Many Requests: retry after 1", 1)
        self._last[chat] = now
        message = self._next_message(chat)
        self.sent.append(Sent(chat, message, text, buttons, now, shares, takes_away))
        self._was_sent.set()
        return self._row(chat, message, text)

    async def _do_answercallbackquery(self, form: dict[str, str]) -> Any:
        query = form.get("callback_query_id", "")
        if query not in self._queries:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self._queries.discard(query)
        self.answered.append(query)
        return True

    async def _do_editmessagereplymarkup(self, form: dict[str, str]) -> Any:
        chat, message = _chat_id(form), int(form.get("message_id", 0))
        for place, sent in enumerate(self.sent):
            if (sent.chat, sent.id) == (chat, message):
                buttons = _buttons(form.get("reply_markup"))
                if buttons == sent.buttons:
                    raise Refused(400, "Bad Request: message is not modified")
                self.sent[place] = Sent(chat, message, sent.text, buttons, sent.at)
                return self._row(chat, message, sent.text)
        raise Refused(400, "Bad Request: message to edit not found")


def _chat_id(form: dict[str, str]) -> int:
    try:
        return int(form["chat_id"])
    except (KeyError, ValueError):
        raise Refused(400, "Bad Request: chat_id is empty") from None


def _buttons(markup: str | None) -> tuple[tuple[str, str], ...]:
    if not markup:
        return ()
    try:
        rows = json.loads(markup)["inline_keyboard"]
    except (ValueError, KeyError, TypeError):
        raise Refused(400, "Bad Request: can't parse reply keyboard markup JSON object") from None
    buttons = tuple((button.get("callback_data", ""), button.get("text", "")) for row in rows for button in row)
    for data, text in buttons:
        if not text or not 1 <= len(data.encode()) <= 64:
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return buttons


def _below(markup: str | None) -> tuple[tuple[str, ...], bool]:
    """The keyboard below the chat: what shares a contact, and whether it is taken away."""
    read = json.loads(markup) if markup else {}
    keys = [key for row in read.get("keyboard", ()) for key in row]
    if any(not isinstance(key, dict) or not key.get("text") for key in keys):
        raise Refused(400, "Bad Request: can't parse reply keyboard markup JSON object")
    return tuple(key["text"] for key in keys if key.get("request_contact")), bool(read.get("remove_keyboard"))


async def _form(request: web.Request) -> dict[str, str]:
    if request.content_type == "application/json":
        body = await request.json()
        return {key: value if isinstance(value, str) else json.dumps(value) for key, value in body.items()}
    return {key: str(value) for key, value in (await request.post()).items()}


@asynccontextmanager
async def telegram_server(**settings: Any) -> AsyncIterator[TelegramServer]:
    """Run a server on a free port of loopback for the length of a `with`."""
    server = TelegramServer(**settings)
    app = web.Application()
    app.router.add_route("*", "/bot{token}/{method}", server._call)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    try:
        yield server
    finally:
        for task in list(server._tasks):
            task.cancel()
        await runner.cleanup()
