"""A server asked without a client around it: one request, and only the beginning of its answer.

So an answer that never ends (a stream) is asked like any other, and a whole table of routes takes seconds.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
from starlette.types import ASGIApp, Message

PATIENCE = 30.0


class Beginning(msgspec.Struct, frozen=True):
    """The status, the headers and the first part of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of an RFC 9457 problem, "" for any other answer."""
        if self.headers.get("content-type") != "application/problem+json":
            return ""
        return str(json.loads(self.body)["type"]).rpartition(":")[2]


async def ask(
    server: ASGIApp,
    method: str,
    path: str,
    headers: Mapping[str, str],
    *,
    form: Mapping[str, str] | None = None,
    body: object = None,
    address: str = "192.0.2.7",
) -> Beginning:
    """Send a request and hang up as soon as the answer has begun."""
    content, kind = b"", None
    if form is not None:
        content, kind = urlencode(form).encode(), "application/x-www-form-urlencoded"
    elif body is not None:
        content, kind = json.dumps(body).encode(), "application/json"
    sent = {"host": "testserver", "content-length": str(len(content)), **headers}
    if kind is not None:
        sent["content-type"] = kind
    plain, _, query = path.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": plain, "raw_path": plain.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": (address, 50000), "server": ("testserver", 80), "state": {},
    }  # fmt: skip
    begun: asyncio.Queue[Message] = asyncio.Queue()
    hung_up = asyncio.Event()
    pending = [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> Message:
        if pending:
            return pending.pop()
        await hung_up.wait()
        return {"type": "http.disconnect"}

    running = asyncio.ensure_future(server(scope, receive, begun.put))
    try:
        async with asyncio.timeout(PATIENCE):
            start = await begun.get()
            first = await begun.get() if "text/event-stream" not in str(start["headers"]) else {}
        hung_up.set()
        async with asyncio.timeout(PATIENCE):
            await running
    finally:
        running.cancel()
    found = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    cookies = tuple(value.decode() for name, value in start["headers"] if name.lower() == b"set-cookie")
    return Beginning(start["status"], found, first.get("body", b""), cookies)
