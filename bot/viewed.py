"""That somebody looked: every page, list and search that a person or another system opens is in the trail, with where
they came from, before it is shown. What cannot be written down is not shown (rule 6).

A page that asks again by itself for what it shows leaves nothing more: it bears a mark, by which it is known that this
very address was written down for this session. A header would not do, since whoever wants to read unseen could send it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Mapping
from hmac import compare_digest
from urllib.parse import parse_qsl

import msgspec
import structlog
from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from bot.reach import customer_in
from bot.served import Served, served
from dialogs.types import Actor
from store.conversations import UnknownConversation
from store.indexes import Index
from store.uow import UnitOfWork

log = structlog.get_logger()

OF_THEIR_OWN = (
    "/console/conversations/{id}",
    "/console/conversations/{id}/stream",
    "/console/requests/{number}",
    "/conversations/{id}/messages",
    "/customers/{no}/export",
)
"""Routes that write down themselves what was read; those of the API without its prefix."""

HASHES = ("/audit/checkpoints", "/audit/consistency")
"""Routes that show hashes and nothing else, to witnesses that ask again and again."""

NO_SEARCH = frozenset({"after", "before", "limit", "lang", "show", "done", "number"})
"""What may stand in the address of a list without choosing who is in it."""

MARKED = re.compile(r"(?:^|&)seen=([0-9a-f]{64})$")


class UntracedError(Exception):
    """That somebody looks could not be written down, so there is nothing to see now. Try again."""


class Look(msgspec.Struct, frozen=True):
    """What is looked at: the route, the names in its path, and what is behind the question mark."""

    route: str
    path: Mapping[str, str]
    query: str


def look_of(request: Request) -> Look:
    """The look that a request is."""
    route = request.scope["route"].path.removeprefix("/api/v1")  # which newer versions of FastAPI leave out
    return Look(route, request.path_params, request.url.query)


async def write_down(request: Request, actor: Actor, session: str = "") -> None:
    """Write a GET down. `session` is that of a person in the console, "" for a token. Raises UntracedError."""
    look, app = look_of(request), served(request)
    if request.method != "GET" or look.route in OF_THEIR_OWN or look.route in HASHES:
        return
    try:
        if not await run_in_threadpool(follows, app, request, session):
            await asyncio.wrap_future(app.database.submit(lambda uow: add_entry(uow, look, actor, app.clock())))
    except Exception as accident:  # whatever it was: without the entry there is no view
        raise untraced(accident) from accident


def write_form_down(request: Request, actor: Actor) -> None:
    """The same for a form that is answered with what it stood beside. Raises UntracedError."""
    look, app = look_of(request), served(request)
    try:
        app.database.write(lambda uow: add_entry(uow, look, actor, app.clock()))
    except Exception as accident:  # as above
        raise untraced(accident) from accident


def untraced(accident: Exception) -> UntracedError:
    """What to raise instead, once the log says why."""
    log.error("view_refused", cause=type(accident).__name__)
    return UntracedError()


def add_entry(uow: UnitOfWork, look: Look, actor: Actor, now: dt.datetime) -> None:
    """The entry. What was searched for is only committed to, and a name that nothing has is not repeated."""
    customer = customer_in(uow, look.route, look.path)
    if "no" in look.path:
        uow.audit.append("customer.viewed", f"customer:{customer or 'unknown'}", actor, now, customer=customer)
    elif "number" in look.path:
        number = look.path["number"] if customer is not None else "unknown"
        uow.audit.append("request.viewed", f"request:{number}", actor, now, customer=customer)
    elif "/conversations/{id}" in look.route:
        uow.audit.append("conversation.viewed", f"conversation:{known(uow, look)}", actor, now, customer=customer)
    elif searched := searched_for(look.query):
        uow.audit.append("list.searched", f"list:{kind_of(look)}", actor, now, digest=commitment(uow, look, searched))
    else:
        uow.audit.append("list.viewed", f"list:{kind_of(look)}", actor, now)


def known(uow: UnitOfWork, look: Look) -> str:
    """The conversation's id, when there is one."""
    try:
        return uow.conversations.by_id(look.path["id"]).id
    except UnknownConversation:
        return "unknown"


def kind_of(look: Look) -> str:
    """What is listed."""
    name = look.route.removeprefix("/console").split("/")[1]
    return "requests" if name == "change-requests" else name


def searched_for(query: str) -> tuple[tuple[str, str], ...]:
    """The part of an address that chooses who is in the list."""
    return tuple((name, value) for name, value in sorted(parse_qsl(query)) if name not in NO_SEARCH | {"seen"})


def commitment(uow: UnitOfWork, look: Look, searched: tuple[tuple[str, str], ...]) -> str:
    """A keyed hash: whoever has the keys can tell whether this was it, and nobody can try all numbers there are."""
    parts = (part for pair in searched for part in pair)
    return uow.keyring.index(Index.BODY, "searched", kind_of(look), *parts).hex()


def following(app: Served, session: str, address: str) -> str:
    """An address of the console at which a page that this session has opened asks for news of itself."""
    return f"{address}{'&' if '?' in address else '?'}seen={app.database.read(lambda uow: mark(uow, session, address))}"


def follows(app: Served, request: Request, session: str) -> bool:
    """Whether a page asks by itself, at an address that it was given."""
    query = request.url.query
    if not session or (found := MARKED.search(query)) is None:
        return False
    rest = query[: found.start()]
    address = f"{request.url.path}?{rest}" if rest else request.url.path
    return compare_digest(app.database.read(lambda uow: mark(uow, session, address)), found[1])


def mark(uow: UnitOfWork, session: str, address: str) -> str:
    """The mark of an address in a session."""
    return uow.keyring.index(Index.TOKEN, "following", session, address).hex()
