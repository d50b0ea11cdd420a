"""People on WhatsApp, WeChat and WeCom: what they write, tap and hear, through local servers of those platforms."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import httpx

from tests.stories.chats import QUIET, Heard, id_of, joined
from tests.stories.office import Customer, Office
from tests.stories.receivers import until
from tests.wechat_server import WeixinServer
from tests.whatsapp_server import WhatsAppServer

S = TypeVar("S")
T = TypeVar("T")


class Apart(Generic[S]):
    """A server on a loop of its own."""

    def __init__(self, server: S, loop: asyncio.AbstractEventLoop) -> None:
        self.server, self._loop = server, loop

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        """Run something on the server's loop."""
        return asyncio.run_coroutine_threadsafe(act, self._loop).result(20)


@contextmanager
def apart(made: Callable[[], AbstractAsyncContextManager[S]]) -> Iterator[Apart[S]]:
    """The server for the length of a `with`."""
    opened = Future[tuple[Apart[S], asyncio.Event]]()

    async def serve() -> None:
        async with made() as server:
            over = asyncio.Event()
            opened.set_result((Apart(server, asyncio.get_running_loop()), over))
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    running, over = opened.result(10)

    async def end() -> None:
        over.set()

    try:
        yield running
    finally:
        running.run(end())
        thread.join(10)


@dataclass
class WhatsAppChat:
    """A person on WhatsApp, who came by a link of the company's."""

    here: Apart[WhatsAppServer]
    chat: str
    _from: int = 0

    def _deliver(self, message: dict[str, Any]) -> None:
        self._from = len(self._sent())
        self.here.run(self.here.server.deliver(message))

    def say(self, text: str) -> None:
        self._deliver(self.here.server.text(self.chat, text))

    def tap(self, label: str) -> None:
        id = id_of([("", one.buttons) for one in self._sent()], label)
        self._deliver(self.here.server.tap(self.chat, id, label))

    def _sent(self) -> list[Any]:
        return self.here.server.to(self.chat)

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
        """Open the chat by a link whose text is ready to be sent."""
        self.say(f"/start {office.call('site', 'POST', '/link-tokens', {'customer': customer.no})['token']}")
        self.hear("record")


@dataclass
class WeixinChat:
    """A person on WeChat or WeCom: taps a card's button, or types the number of a choice."""

    server: WeixinServer
    callback: str
    chat: str
    thanks: str  # what the platform is answered
    _from: int = 0

    def _deliver(self, message: str) -> None:
        self._from = len(self.server.to(self.chat))
        query, body = self.server.envelope(message)
        for _ in range(2):  # as the platform does when the answer was late
            answer = httpx.post(self.callback, params=query, content=body.encode(), timeout=5)
            assert (answer.status_code, answer.text) == (200, self.thanks)

    def say(self, text: str) -> None:
        self._deliver(self.server.message(self.chat, Content=text))

    def tap(self, label: str) -> None:
        for sent in reversed(self.server.to(self.chat)):
            if found := [key for key, text in sent.buttons if text == label]:
                card = {"EventKey": found[0], "TaskId": "t", "CardType": "button_interaction"}
                return self._deliver(self.server.event(self.chat, "template_card_event", **card))
            if number := re.search(rf"(\d) {re.escape(label)}(?:，|$)", sent.text):
                return self.say(number[1])
        raise AssertionError(f"no choice {label!r}")

    def _heard(self) -> list[Heard]:
        return [(one.text, one.buttons) for one in self.server.to(self.chat)[self._from :]]

    def hear(self, *signs: str) -> str:
        return until(lambda: joined(self._heard(), signs), lambda: f"{signs} in {self._heard()}")

    def hear_nothing(self) -> None:
        time.sleep(QUIET)
        assert self._heard() == []

    def identify(self, office: Office, customer: Customer) -> None:
        """The QR code, or the link, has said it."""

    def scan(self, office: Office, customer: Customer) -> None:
        """Follow the account by a QR code of the company's."""
        token = office.call("site", "POST", "/link-tokens", {"customer": customer.no})["token"]
        self._deliver(self.server.event(self.chat, "subscribe", EventKey=f"qrscene_{token}"))
        self.hear("档案")

    def arrive(self, office: Office, customer: Customer) -> None:
        """Send the text of a link."""
        self.say(f"/start {office.call('site', 'POST', '/link-tokens', {'customer': customer.no})['token']}")
        self.hear("档案")
