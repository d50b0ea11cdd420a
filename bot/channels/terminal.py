"""The terminal channel: a chat at the prompt, on the same turn as every other channel."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections.abc import Callable

from bot.app import App
from bot.live import CONSOLE
from dialogs.types import ActorKind, Inbound
from store.said import Said
from store.uow import UnitOfWork

CHANNEL = "terminal"
PROMPT = "> "
PATIENCE = 1.0
TEXT_LIMIT = 4096


class Terminal:
    """One chat. `show` writes a line, `ask` reads one and raises EOFError at the end."""

    def __init__(self, app: App, show: Callable[[str], None], ask: Callable[[str], str]) -> None:
        self._app, self._show, self._ask = app, show, ask
        self._chat = secrets.token_hex(16)
        self._seen = 0
        self._buttons: tuple[tuple[str, str], ...] = ()
        self._phone_seen = 0
        self._showing = asyncio.Lock()

    async def run(self, link_token: str | None) -> None:
        """Talk until the end of input."""
        if link_token is not None:
            now = self._app.clock()
            await self._say(Inbound(CHANNEL, self._chat, secrets.token_hex(8), now, link_token=link_token))
        news = asyncio.create_task(self._watch())
        try:
            while (line := await self._next()) is not None:
                text = "".join(letter for letter in line if letter.isprintable() or letter.isspace()).strip()
                if len(text) > TEXT_LIMIT:
                    self._show(f"(that was longer than {TEXT_LIMIT} characters and was not sent)")
                elif text:
                    await self._say(self._inbound(text))
        finally:
            news.cancel()

    async def _next(self) -> str | None:
        """The next line; None at the end. A thread of its own waits for it, which nobody waits for at Ctrl-C."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str | None] = loop.create_future()

        def settle(line: str | None) -> None:
            if not answer.done():
                answer.set_result(line)

        def read() -> None:
            try:
                line: str | None = self._ask(PROMPT)
            except (EOFError, OSError, ValueError):  # also an end: the input was closed under us
                line = None
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle, line)

        threading.Thread(target=read, name="terminal", daemon=True).start()
        return await answer

    def _inbound(self, line: str) -> Inbound:
        """A number in brackets taps the button of that number; everything else is what the customer wrote."""
        id, now = secrets.token_hex(8), self._app.clock()
        if line.startswith("[") and line.endswith("]") and line[1:-1].isdecimal():
            index = int(line[1:-1]) - 1
            if 0 <= index < len(self._buttons):
                return Inbound(CHANNEL, self._chat, id, now, button=self._buttons[index][0])
        return Inbound(CHANNEL, self._chat, id, now, text=line)

    async def _say(self, inbound: Inbound) -> None:
        await self._app.receive(inbound)
        await self._show_what_is_new()

    async def _watch(self) -> None:
        async for _ in self._app.hub.listen(CONSOLE, PATIENCE):
            await self._show_what_is_new()

    async def _show_what_is_new(self) -> None:
        async with self._showing:
            await asyncio.to_thread(self._show_news)

    def _show_news(self) -> None:
        for said in self._app.database.read(self._new):
            if said.seq > self._seen:
                self._seen = said.seq
                if said.author_kind is not ActorKind.CUSTOMER:
                    self._show_message(said)
        self._show_phone()

    def _new(self, uow: UnitOfWork) -> list[Said]:
        found = uow.conversations.find(CHANNEL, self._chat)
        return [] if found is None else uow.conversations.messages_for_customer(found.id, self._seen)

    def _show_message(self, said: Said) -> None:
        who = f"{said.author}: " if said.author_kind is ActorKind.STAFF else ""
        self._show(f"{who}{said.text}")
        if said.buttons:
            self._buttons = said.buttons
            self._show("  " + "  ".join(f"[{n}] {label}" for n, (_, label) in enumerate(said.buttons, 1)))

    def _show_phone(self) -> None:
        """In the demo, what arrives on the customer's phone is shown here too."""
        if self._app.demo_phone is None:
            return
        for message in reversed(self._app.demo_phone.messages()):
            if message.serial > self._phone_seen:
                self._phone_seen = message.serial
                self._show(f"  ({message.address}: {message.text})")
