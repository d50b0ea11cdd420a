"""A small Cloud API on loopback that refuses what WhatsApp refuses and matters here, in its words.

It checks the bearer, the lengths, the buttons and rows, the templates and the 24-hour window, and lets a test play
Meta: sign a delivery and post it, again and again until it is taken.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

TITLES = {131047: "Re-engagement message", 131056: "(Business Account, Consumer Account) pair rate limit hit"}


@dataclass(frozen=True)
class Sent:
    """A message that the bot sent. `buttons` are (id, title)."""

    to: str
    id: str
    kind: str
    text: str
    buttons: tuple[tuple[str, str], ...]
    about: str
    template: str = ""


class Refused(Exception):
    """The answer is an error with this code."""

    def __init__(self, status: int, code: int, details: str) -> None:
        super().__init__(details)
        self.status, self.code, self.details = status, code, details


@dataclass
class WhatsAppServer:
    """Its state is open to the test. `window` is in seconds; `heard` says when each customer last wrote."""

    phone_number_id: str = "106540352242922"
    token: str = "EAAG-test-token"
    app_secret: str = "an-app-secret"
    window: float = 24 * 3600
    clock: Callable[[], float] = time.time
    templates: dict[tuple[str, str], tuple[int, int]] = field(
        default_factory=dict
    )  # (name, language): (words, buttons)
    url: str = ""
    webhook_url: str = ""
    sent: list[Sent] = field(default_factory=list)
    heard: dict[str, float] = field(default_factory=dict)
    refusals: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    script: deque[Refused] = field(default_factory=deque)
    _serial: int = 0

    # --- what a test does -------------------------------------------------------------------------------------------

    def fail(self, status: int, code: int) -> None:
        """The next message is refused so."""
        self.script.append(Refused(status, code, "scripted"))

    def to(self, chat: str) -> list[Sent]:
        """What the bot sent to one customer, in order."""
        return [one for one in self.sent if one.to == chat]

    def message(self, chat: str, **parts: Any) -> dict[str, Any]:
        """A message of a customer; `parts` are its `type` and content."""
        self._serial += 1
        self.heard[chat] = self.clock()
        return {"from": chat, "id": f"wamid.IN{self._serial}", "timestamp": str(int(self.clock())), **parts}

    def text(self, chat: str, words: str) -> dict[str, Any]:
        """A customer writes."""
        return self.message(chat, type="text", text={"body": words})

    def tap(self, chat: str, id: str, title: str = "x") -> dict[str, Any]:
        """A customer taps a reply button, a row of a list, or a quick reply of a template."""
        last = self.to(chat)[-1].kind
        if last == "template":
            return self.message(chat, type="button", button={"payload": id, "text": title})
        kind = "list_reply" if last == "list" else "button_reply"
        return self.message(chat, type="interactive", interactive={"type": kind, kind: {"id": id, "title": title}})

    def delivery(self, *messages: Mapping[str, Any], statuses: tuple[Mapping[str, Any], ...] = ()) -> bytes:
        """The body of a request."""
        value: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "15550783881", "phone_number_id": self.phone_number_id},
        }
        if messages:
            value["contacts"] = [{"profile": {"name": "A"}, "wa_id": one["from"]} for one in messages]
            value["messages"] = list(messages)
        if statuses:
            value["statuses"] = list(statuses)
        change = {"value": value, "field": "messages"}
        return json.dumps(
            {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [change]}]}
        ).encode()

    def failed(self, sent: Sent, code: int) -> dict[str, Any]:
        """What became of a message that was accepted."""
        return {
            "id": sent.id,
            "status": "failed",
            "timestamp": str(int(self.clock())),
            "recipient_id": sent.to,
            "biz_opaque_callback_data": sent.about,
            "errors": [{"code": code, "title": TITLES.get(code, "?"), "error_data": {"details": "…"}}],
        }

    def signature(self, body: bytes) -> str:
        """Meta's."""
        return "sha256=" + hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()

    async def post(self, body: bytes, signature: str | None = None) -> int:
        """Deliver once; returns the status."""
        headers = {
            "X-Hub-Signature-256": self.signature(body) if signature is None else signature,
            "Content-Type": "application/json",
        }
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.webhook_url, data=body, headers=headers) as got,
        ):
            self.statuses.append(got.status)
            return got.status

    async def deliver(self, *messages: Mapping[str, Any]) -> None:
        """Deliver as Meta does: again until it is taken."""
        body = self.delivery(*messages)
        while await self.post(body) != 200:  # noqa: ASYNC110 - Meta has no event either
            await asyncio.sleep(0.05)

    async def until_sent(self, count: int, chat: str, patience: float = 15.0) -> list[Sent]:
        """Wait until so many messages were sent to one customer."""
        async with asyncio.timeout(patience):
            while len(self.to(chat)) < count:  # noqa: ASYNC110 - a test looks
                await asyncio.sleep(0.01)
        return self.to(chat)

    # --- the API ----------------------------------------------------------------------------------------------------

    async def _messages(self, request: web.Request) -> web.Response:
        try:
            if request.headers.get("Authorization") != f"Bearer {self.token}":
                raise Refused(401, 190, "Error validating access token")
            if request.match_info["number"] != self.phone_number_id:
                raise Refused(400, 33, "unsupported post request")
            if self.script:
                raise self.script.popleft()
            body = await request.json()
            sent = self._accept(body)
        except Refused as no:
            self.refusals.append(no.code)
            error = {
                "message": f"(#{no.code}) {TITLES.get(no.code, 'Error')}",
                "type": "OAuthException",
                "code": no.code,
                "error_data": {"messaging_product": "whatsapp", "details": no.details},
                "fbtrace_id": "Az8or2yhqkZfEZ",
            }
            return web.json_response({"error": error}, status=no.status)
        self.sent.append(sent)
        contacts = [{"input": sent.to, "wa_id": sent.to}]
        return web.json_response({"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": sent.id}]})

    def _accept(self, body: dict[str, Any]) -> Sent:
        if body.get("messaging_product") != "whatsapp" or body.get("recipient_type") != "individual":
            raise Refused(400, 100, "messaging_product")
        to, kind, about = body["to"], body["type"], body.get("biz_opaque_callback_data", "")
        _need(len(about) <= 512, "biz_opaque_callback_data")
        self._serial += 1
        id = f"wamid.OUT{self._serial}"
        if kind == "template":
            return self._template(to, id, about, body["template"])
        if self.clock() - self.heard.get(to, 0.0) > self.window:
            raise Refused(400, 131047, "more than 24 hours have passed since the recipient last replied")
        if kind == "text":
            words = body["text"]["body"]
            _need(1 <= len(words) <= 4096, "text.body")
            return Sent(to, id, "text", words, (), about)
        if kind != "interactive":
            raise Refused(400, 131051, "unsupported message type")
        shown = body["interactive"]
        _need(1 <= len(shown["body"]["text"]) <= (1024 if shown["type"] == "button" else 4096), "body.text")
        buttons = _buttons(shown) if shown["type"] == "button" else _rows(shown)
        return Sent(to, id, shown["type"], shown["body"]["text"], buttons, about)

    def _template(self, to: str, id: str, about: str, shown: dict[str, Any]) -> Sent:
        known = self.templates.get((shown["name"], shown["language"]["code"]))
        if known is None:
            raise Refused(404, 132001, "template name does not exist in the translation")
        words: list[str] = []
        buttons: list[tuple[str, str]] = []
        for part in shown.get("components", ()):
            if part["type"] == "body":
                words += [one["text"] for one in part["parameters"]]
            else:
                assert (part["sub_type"], part["index"]) == ("quick_reply", str(len(buttons)))
                buttons.append((part["parameters"][0]["payload"], "x"))
        if len(words) != known[0] or len(buttons) > known[1]:
            raise Refused(400, 132000, "number of parameters does not match")
        if any("\n" in one or "\t" in one or "    " in one or len(one) > 1024 for one in words):
            raise Refused(400, 132018, "parameters cannot have new-line/tab characters or more than 4 spaces")
        return Sent(to, id, "template", " ".join(words), tuple(buttons), about, shown["name"])


def _need(truth: bool, what: str) -> None:
    if not truth:
        raise Refused(400, 131009, f"parameter value is not valid: {what}")


def _buttons(shown: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    replies = [one["reply"] for one in shown["action"]["buttons"] if one["type"] == "reply"]
    _need(1 <= len(replies) <= 3, "buttons")
    _need(all(1 <= len(one["title"]) <= 20 and 1 <= len(one["id"]) <= 256 for one in replies), "title or id")
    _need(len({one["title"] for one in replies}) == len(replies), "titles must be unique")
    return tuple((one["id"], one["title"]) for one in replies)


def _rows(shown: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    _need(shown["type"] == "list" and 1 <= len(shown["action"]["button"]) <= 20, "action")
    rows = [row for section in shown["action"]["sections"] for row in section["rows"]]
    _need(1 <= len(rows) <= 10, "rows")
    _need(all(len(section["title"]) <= 24 for section in shown["action"]["sections"]), "section title")
    _need(all(1 <= len(row["title"]) <= 24 and len(row["id"]) <= 200 for row in rows), "row")
    _need(all(len(row.get("description", "")) <= 72 for row in rows), "row description")
    return tuple((row["id"], row.get("description", row["title"])) for row in rows)


@asynccontextmanager
async def whatsapp_server(**settings: Any) -> AsyncIterator[WhatsAppServer]:
    """Run a server on a free port of loopback for the length of a `with`."""
    server = WhatsAppServer(**settings)
    app = web.Application()
    app.router.add_post("/v23.0/{number}/messages", server._messages)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}/v23.0"
    try:
        yield server
    finally:
        await runner.cleanup()
