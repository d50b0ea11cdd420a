"""The demo's other system: a small CRM that learns of changes by signed events and shows what it learned."""

from __future__ import annotations

import base64
import json
import secrets
from collections import deque
from pathlib import Path

import msgspec
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.demo_pages import from_here
from bot.pages import page
from nlu.types import Language
from nlu.values.present import present

NAME = "CRM"
EVENTS = "/demo/crm/events"
KEPT = 50


class Learned(msgspec.Struct, frozen=True):
    """One change as the CRM heard of it."""

    customer: str
    field: str
    value: str
    request: str


class DemoCrm:
    """Takes signed events, each once, and keeps the last in memory."""

    def __init__(self, secret: str) -> None:
        self._webhook = Webhook(secret)
        self._learned: deque[Learned] = deque(maxlen=KEPT)
        self._seen: deque[str] = deque(maxlen=1000)

    def routes(self) -> list[BaseRoute]:
        """Where events go in, and the page that shows them."""
        return [Route(EVENTS, self.take, methods=["POST"]), Route("/demo/crm", self.show)]

    async def take(self, request: Request) -> Response:
        """An event; 401 when the signature is not ours or too old, 200 for a repeat too."""
        body = await request.body()
        try:
            self._webhook.verify(body, dict(request.headers))
        except WebhookVerificationError:
            return JSONResponse({"error": "the signature does not fit"}, 401)
        key = request.headers["webhook-id"]
        if key not in self._seen:
            self._seen.append(key)
            self._learned.appendleft(_learned(json.loads(body)["data"]))
        return JSONResponse({"taken": True})

    async def show(self, request: Request) -> Response:
        """The page. It shows values in clear, so nobody but this machine may look."""
        if not from_here(request):
            return PlainTextResponse("The demo's CRM is shown on the machine that runs the demo only.", 403)
        return page(request, "demo/crm.html", {"learned": tuple(self._learned)})


def _learned(told: dict[str, object]) -> Learned:
    field, value = str(told["field"]), told["value"]
    parts = {str(key): str(part) for key, part in value.items()} if isinstance(value, dict) else {}
    chinese = any("\u4e00" <= letter <= "\u9fff" for part in parts.values() for letter in part)
    shown = present(field, parts, language=Language.ZH if chinese else Language.EN)
    return Learned(str(told["customer"]), field, shown, str(told["request"]))


def secret_in(path: Path) -> str:
    """The secret both sides sign with, made at the first start."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())
    return path.read_text().strip()
