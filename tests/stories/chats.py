"""One customer's side of a chat, over the API and over Telegram: what they write, tap and hear."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from tests.stories.office import Customer, Office
from tests.stories.receivers import until
from tests.telegram_server import TelegramServer, telegram_server

T = TypeVar("T")
Heard = tuple[str, tuple[tuple[str, str], ...]]
"""A text and its buttons (id, label)."""
QUIET = 1.5
"""Seconds in which a bot that means to speak has spoken, Telegram's pace included."""


class Chat(Protocol):
    """What a story needs of a channel."""

    def say(self, text: str) -> None:
        """Write a message."""

    def tap(self, label: str) -> None:
        """Tap the latest button with this label."""

    def hear(self, *signs: str) -> str:
        """Wait until what came since the last own message holds every sign; returns all of it."""

    def hear_nothing(self) -> None:
        """Nothing comes."""

    def identify(self, office: Office, customer: Customer) -> None:
        """Say who one is, where the bot does not know yet."""


def joined(heard: list[Heard], signs: tuple[str, ...]) -> str | None:
    """Everything heard, once every sign is in it."""
    text = "\n".join(text for text, _ in heard)
    return text if heard and all(sign in text for sign in signs) else None


def id_of(heard: list[Heard], label: str) -> str:
    """The latest button with this label."""
    found = [id for _, buttons in heard for id, text in buttons if text == label]
    assert found, f"no button {label!r} in {heard}"
    return found[-1]


@dataclass
class ApiChat:
    """A chat that an integrator carries over HTTP."""

    office: Office
    chat: str
    locale: str = "en"
    _messages: int = 0
    _seen: int = 0
    _heard: list[Heard] = field(default_factory=list)

    def say(self, text: str) -> None:
        self._send({"text": text})

    def tap(self, label: str) -> None:
        self._send({"button": id_of(self._log(), label)})

    def _send(self, content: dict[str, str]) -> None:
        self._heard.clear()
        self._messages += 1
        body = {"channel": "api", "chat": self.chat, "id": f"m{self._messages}", "locale": self.locale, **content}
        answer = self.office.call("site", "POST", "/messages", body)
        again = self.office.call("site", "POST", "/messages", body)
        assert again["replies"] == answer["replies"], "the same id again gets the same answer"
        self._log()
        assert [text for text, _ in self._heard][: len(answer["replies"])] == [one["text"] for one in answer["replies"]]

    def _log(self) -> list[Heard]:
        """What the chat's log says beyond what was read."""
        page = self.office.call("site", "GET", f"/chats/api/{self.chat}/messages?after={self._seen}")
        for one in page["items"]:
            self._seen = one["seq"]
            if one["author"] != "customer":
                self._heard.append((one["text"], tuple((b["id"], b["text"]) for b in one["buttons"])))
        return self._heard

    def hear(self, *signs: str) -> str:
        return until(lambda: joined(self._log(), signs), lambda: f"{signs} in {self._heard}")

    def hear_nothing(self) -> None:
        assert self._log() == []

    def identify(self, office: Office, customer: Customer) -> None:
        """By customer number, and a code to what is on file; right and wrong numbers get the same answer."""
        self.say(customer.no)
        said = self.hear("6")
        assert customer.phone[-4:] not in said, "before the proof nothing on the record is disclosed"
        self.say(office.gateway.code(customer.phone))


class TelegramThread:
    """The local Bot API server on a loop of its own."""

    def __init__(self, server: TelegramServer, loop: asyncio.AbstractEventLoop) -> None:
        self.server, self._loop = server, loop

    def do(self, act: Callable[[], T]) -> T:
        """Run something on the server's loop."""

        async def run() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(5)


@contextmanager
def telegram() -> Iterator[TelegramThread]:
    """The local Bot API server for the length of a `with`."""
    opened = Future[tuple[TelegramThread, asyncio.Event]]()

    async def serve() -> None:
        async with telegram_server() as server:
            over = asyncio.Event()
            opened.set_result((TelegramThread(server, asyncio.get_running_loop()), over))
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    running, over = opened.result(10)
    try:
        yield running
    finally:
        running.do(over.set)
        thread.join(10)


@dataclass
class TelegramChat:
    """A person on Telegram, who came by a deep link from the company's site."""

    thread: TelegramThread
    chat: int
    locale: str = "en"
    _from: int = 0

    def say(self, text: str) -> None:
        self._from = len(self._sent())
        self.thread.do(lambda: self.thread.server.user_sends(self.chat, text, language=self.locale))

    def tap(self, label: str) -> None:
        sent = [one for one in self._sent() if label in dict(map(reversed, one.buttons))]  # type: ignore[arg-type]
        assert sent, f"no button {label!r} in {self._heard()}"
        data = id_of([("", sent[-1].buttons)], label)
        self._from = len(self._sent())
        query = self.thread.do(lambda: self.thread.server.user_taps(self.chat, sent[-1].id, data, language=self.locale))
        until(lambda: query in self.thread.server.answered, "the button to stop spinning")

    def _sent(self) -> list[Any]:
        return self.thread.server.to(self.chat)

    def _heard(self) -> list[Heard]:
        return [(one.text, one.buttons) for one in self._sent()[self._from :]]

    def hear(self, *signs: str) -> str:
        return until(lambda: joined(self._heard(), signs), lambda: f"{signs} in {self._heard()}")

    def hear_nothing(self) -> None:
        time.sleep(QUIET)
        assert self._heard() == []

    def identify(self, office: Office, customer: Customer) -> None:
        """The deep link has said it."""

    def arrive(self, office: Office, customer: Customer) -> None:
        """Open the chat by a deep link of the company's site."""
        token = office.call("site", "POST", "/link-tokens", {"customer": customer.no})["token"]
        self.say(f"/start {token}")
        self.hear("档案" if self.locale == "zh" else "record")
