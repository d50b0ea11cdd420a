"""The addresses at which messengers deliver. Imports no channel: one that is off is not there, 404."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

WHATSAPP_PATH = "/channels/whatsapp/webhook"
WECHAT_PATH = "/channels/wechat/callback"
WECOM_PATH = "/channels/wecom/callback"

Query = Mapping[str, str]


class Answer(msgspec.Struct, frozen=True):
    """What the messenger is told."""

    status: int
    text: str = ""


class Hook(Protocol):
    """A channel to which the messenger delivers. Both calls answer for everything that may be sent to them."""

    def verify(self, query: Query) -> Answer:
        """The messenger makes sure that the address is ours."""

    async def take(self, query: Query, headers: Mapping[str, str], body: bytes) -> Answer:
        """One delivery. 2xx only after every turn in it is committed: otherwise the messenger comes again."""


def route(path: str, channel: Callable[[], Hook | None]) -> Route:
    """The address of one channel. `channel` gives the running one, None while there is none: 503, it comes again.

    A request carries no cookie and is known by its signature, so it needs no protection against forged forms.
    """

    async def answer(request: Request) -> Response:
        running = channel()
        if running is None:
            return Response(status_code=503)
        if request.method == "POST":
            said = await running.take(request.query_params, request.headers, await request.body())
        else:
            said = running.verify(request.query_params)
        return PlainTextResponse(said.text, said.status)

    return Route(path, answer, methods=["GET", "POST"])
