"""The route by which Telegram delivers updates in webhook mode. Does not import aiogram."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

WEBHOOK_PATH = "/channels/telegram/webhook"


class Hooked(Protocol):
    """A channel that takes what was posted and says the HTTP status."""

    async def webhook(self, headers: Mapping[str, str], body: bytes) -> int: ...


def route(channel: Callable[[], Hooked | None]) -> Route:
    """The route to mount. `channel` gives the running channel, None while there is none: Telegram comes again then.

    A request carries no cookie and is known by its secret header, so it needs no protection against forged forms.
    """

    async def take(request: Request) -> Response:
        running = channel()
        if running is None:
            return Response(status_code=503)
        return Response(status_code=await running.webhook(request.headers, await request.body()))

    return Route(WEBHOOK_PATH, take, methods=["POST"])
