"""The page behind "this wasn't me": reached by a single-use link in a notice.

Opening it changes nothing, since mail scanners open links; only its one button counts. It works without a script, and
says nothing about the customer.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.limits import TooManyError
from bot.live import CONSOLE
from bot.pages import crowded, language_of, page
from bot.served import origin_of, served
from bot.vouching import disown
from bot.wording import say
from store.crypto import new_id

LONGEST = 100
"""More characters than any link of ours has."""


def routes() -> list[Route]:
    """The page and its button."""
    return [Route("/not-me/{token}", look, methods=["GET"]), Route("/not-me/{token}", press, methods=["POST"])]


async def look(request: Request) -> Response:
    """The page with its button, or the word that the link is over."""
    app, token = served(request), request.path_params["token"][:LONGEST]
    try:
        await app.limits.of_address(request)
    except TooManyError as error:
        return crowded(request, error.wait)
    now = app.clock()
    found = await run_in_threadpool(app.database.read, lambda uow: uow.protection.page(token, now))
    return _shown(request, "over" if found is None else "ask", 404 if found is None else 200)


async def press(request: Request) -> Response:
    """Freeze. The link is used up by it."""
    app, token = served(request), request.path_params["token"][:LONGEST]
    try:
        await app.limits.of_address(request)
    except TooManyError as error:
        return crowded(request, error.wait)
    now, origin = app.clock(), origin_of(request)
    conversation = await run_in_threadpool(
        app.database.write, lambda uow: disown(uow, token, new_id(), app.policy, now, origin)
    )
    if conversation is None:
        return _shown(request, "over", 404)
    app.hub.publish((conversation, CONSOLE))
    return _shown(request, "done", 200)


def _shown(request: Request, state: str, status: int) -> Response:
    policy = served(request).policy
    language = language_of(request, policy.language)
    values = {
        "state": state,
        "company": policy.company,
        "heading": say(language, f"not-me-{state}-heading"),
        "sentence": say(language, f"not-me-{state}", company=policy.company),
    }
    shown = page(request, "not_me.html", values, status=status, otherwise=policy.language)
    shown.headers["Cache-Control"] = "no-store"
    shown.headers["X-Robots-Tag"] = "noindex"
    return shown
