"""Server-sent events: new messages and news appear by themselves, and end with the session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bot.live import CONSOLE
from bot.server import make_server
from dialogs.types import Inbound
from tests.bot.app_fixture import House
from tests.bot.console_fixture import Desk, desk

PATIENCE = 30.0  # the first request builds the console, which a busy machine does slowly


class Stream:
    """An answer that goes on, read from outside."""

    def __init__(self) -> None:
        self.status = 0
        self.type = ""
        self.text = ""
        self.ended = False
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.type = dict(message["headers"])[b"content-type"].decode()
        else:
            self.text += message.get("body", b"").decode()
            self.ended = not message.get("more_body", False)

    async def until(self, word: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while word not in self.text:  # noqa: ASYNC110 - a test looks
                await asyncio.sleep(0.005)


@asynccontextmanager
async def listening(home: House, who: Desk, path: str, query: str = "", **headers: str) -> AsyncIterator[Stream]:
    """Ask a server of this loop for a stream; leave at the end."""
    stream = Stream()
    sent = who.cookie | headers
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("10.0.0.7", 1),
        "server": ("testserver", 80),
    }
    task = asyncio.create_task(make_server(home.app)(scope, stream.receive, stream.send))  # type: ignore[arg-type]
    try:
        yield stream
    finally:
        stream.gone.set()
        await asyncio.wait_for(task, PATIENCE)


async def say(home: House, id: str, text: str) -> str:
    """A message of a customer; returns the conversation's id."""
    await home.app.receive(Inbound("webchat", "c1", id, home.clock(), text=text))
    found = home.app.database.read(lambda uow: uow.conversations.find("webchat", "c1"))
    assert found is not None
    return found.id


async def test_a_new_message_appears_in_the_open_conversation(home: House) -> None:
    mei = desk(home, "mei", "agent")
    id = await say(home, "m1", "hello")

    async with listening(home, mei, f"/console/conversations/{id}/stream", "after=0") as stream:
        await stream.until("hello")
        await say(home, "m2", "is <b>anybody</b> there?")
        await stream.until("is &lt;b&gt;anybody")

    assert stream.status == 200
    assert stream.type.startswith("text/event-stream")
    assert "event: state" in stream.text
    assert stream.text.count("hello") == 1


async def test_a_reconnect_goes_on_after_the_last_message_that_arrived(home: House) -> None:
    mei = desk(home, "mei", "agent")
    id = await say(home, "m1", "hello")
    last = home.app.database.read(lambda uow: uow.conversations.last_messages(id))[-1].seq

    async with listening(
        home, mei, f"/console/conversations/{id}/stream", "after=0", **{"Last-Event-ID": str(last)}
    ) as stream:
        await stream.until("event: state")
        await say(home, "m2", "a second word")
        await stream.until("a second word")

    assert "hello" not in stream.text


async def test_lists_hear_that_something_happened(home: House) -> None:
    mei = desk(home, "mei", "agent")

    async with listening(home, mei, "/console/live") as stream:
        await stream.until("event: news")
        first, stream.text = stream.text, ""
        await say(home, "m1", "I want to talk to a person")
        await stream.until("event: news")

    assert first.count("event: news") == 1, "what happened before the line was there is looked up at once"
    assert "talk to a person" not in stream.text


async def test_a_stream_ends_with_the_session(home: House) -> None:
    mei = desk(home, "mei", "agent")

    async with listening(home, mei, "/console/live") as stream:
        await stream.until("event: news")
        stream.text = ""
        home.app.database.write(lambda uow: uow.sessions.close(mei.token))
        home.app.hub.publish((CONSOLE,))
        async with asyncio.timeout(PATIENCE):
            while not stream.ended:  # noqa: ASYNC110 - a test looks
                await asyncio.sleep(0.005)

    assert "event: news" not in stream.text
