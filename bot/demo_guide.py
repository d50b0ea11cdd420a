"""The demo's front page: who can be played, and where everything is."""

from __future__ import annotations

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channels.webchat_id import fresh_cookie, set_cookie
from bot.guards import same_origin
from bot.pages import page
from bot.served import Served, served
from store.uow import UnitOfWork


class Person(msgspec.Struct, frozen=True):
    """An invented customer."""

    no: str
    name: str
    locale: str


def routes() -> list[BaseRoute]:
    """The page, and the way into a chat."""
    return [Route("/demo", show), Route("/demo/chat", play, methods=["POST"])]


async def show(request: Request) -> Response:
    """Who can be played."""
    everybody = await run_in_threadpool(served(request).database.read, people)
    return page(request, "demo/guide.html", {"people": everybody})


async def play(request: Request) -> Response:
    """Open a new chat, linked to the chosen customer as a company's app would do it."""
    app = served(request)
    if not same_origin(request.headers, app.config.web.public_url):
        return Response("Forbidden", 403)
    no = str((await request.form()).get("customer", ""))
    token = await run_in_threadpool(link_token, app, no)
    if token is None:
        return RedirectResponse("/demo", 303)
    response = RedirectResponse(f"/chat?link={token}", 303)
    set_cookie(response, fresh_cookie(app.database), app.config.web.public_url)
    return response


def link_token(app: Served, no: str) -> str | None:
    """A deep-link token for the customer with this number; None when there is none."""
    now, lifetime = app.clock(), app.policy.link_token_lifetime

    def act(uow: UnitOfWork) -> str | None:
        found = uow.customers.by_no(no)
        return None if found is None else uow.customers.link_token(found.id, now, lifetime)

    return app.database.write(act)


def people(uow: UnitOfWork) -> list[Person]:
    """The invented customers, by number. Only the demo shows names like this."""
    shown = []
    for customer in uow.customers.page("", 50):
        version = uow.customers.record(customer.id)["name"].version
        name = uow.customers.value_of(version).value["full"]
        shown.append(Person(customer.no, name, customer.locale))
    return shown
