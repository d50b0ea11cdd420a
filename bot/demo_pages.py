"""The demo phone's page. Mounted in the demo only, and shown to this machine only."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.pages import page
from bot.served import served


def routes() -> list[BaseRoute]:
    """The page and the part of it that renews itself."""
    return [Route("/demo/phone", phone), Route("/demo/phone/messages", messages)]


async def phone(request: Request) -> Response:
    """The whole page."""
    return show(request, "demo_phone.html")


async def messages(request: Request) -> Response:
    """The list alone, asked for every second. 204 when the page has it already."""
    app = served(request)
    latest = app.demo_phone.messages()[:1] if app.demo_phone is not None else ()
    if latest and request.query_params.get("seen") == str(latest[0].serial):
        return Response(status_code=204)
    return show(request, "_demo_messages.html")


def show(request: Request, template: str) -> Response:
    """Codes are shown in clear here, so nobody but this machine may look."""
    app = served(request)
    if app.demo_phone is None or not from_here(request):
        return PlainTextResponse("The demo phone is shown on the machine that runs the demo only.", 403)
    found = app.demo_phone.messages()
    values = {"messages": found, "seen": found[0].serial if found else 0, "company": app.policy.company}
    return page(request, template, values, otherwise=app.policy.language)


def from_here(request: Request) -> bool:
    """Whether the browser runs on this machine (and not behind a proxy that does), and asked for it by a name of ours:
    a foreign page can have its own name lead here."""
    ours = {"localhost", "127.0.0.1", "::1", urlsplit(served(request).config.web.public_url).hostname}
    if (
        request.url.hostname not in ours
        or request.client is None
        or "forwarded" in request.headers
        or "x-forwarded-for" in request.headers
    ):
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return request.client.host == "testclient"
