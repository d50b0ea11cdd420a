"""What makes the pages follow by themselves: server-sent events, ended with the session.

The hub only says that something happened; what is shown is read from the store, so a lost signal costs a delay.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from bot.console.lines import lines_of
from bot.console.permissions import Agent, Anybody
from bot.console.screen import actor_of, show
from bot.limits import TooManyError
from bot.live import CONSOLE
from bot.served import Served
from bot.signin import NeedsSignIn, SignedIn, staff_of
from dialogs.types import Conversation
from store.conversations import UnknownConversation
from store.said import Said
from store.uow import UnitOfWork

PATIENCE = 20.0
"""Seconds after which a stream looks by itself; also what keeps proxies from closing it."""

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def event(data: str = "", *, name: str = "", id: str = "") -> str:
    """One server-sent event. Without a name its data is put into the page as it is."""
    head = (f"id: {id}\n" if id else "") + (f"event: {name}\n" if name else "")
    return head + "".join(f"data: {line}\n" for line in (data.splitlines() or [""])) + "\n"


def stream(events: AsyncIterator[str]) -> StreamingResponse:
    """The answer that goes on."""
    return StreamingResponse(events, media_type="text/event-stream", headers=HEADERS)


async def still_here(request: Request) -> bool:
    """Whether the session goes on; a stream does not outlive it."""
    try:
        await staff_of(request)
    except NeedsSignIn:
        return False
    except TooManyError:  # which is said to whoever asks for a page
        return True
    return True


async def news(app: Served, request: Request) -> AsyncIterator[str]:
    """An event "news" whenever something in the console may look different; one at once, for what happened between the
    drawing of the page (or a break of the line) and now."""
    async with aclosing(app.hub.listen(CONSOLE, PATIENCE)) as signals:  # type: ignore[type-var]  # an async generator
        async for _ in signals:
            if not await still_here(request):
                return
            yield event(name="news")


async def talk(app: Served, request: Request, staff: SignedIn, id: str, after: int) -> AsyncIterator[str]:
    """New messages of one conversation as they are said, and an event "state" when it stands otherwise."""
    version = -1
    async with aclosing(app.hub.listen(id, PATIENCE)) as signals:  # type: ignore[type-var]  # an async generator
        async for _ in signals:
            if not await still_here(request):
                return
            said, conversation = await run_in_threadpool(app.database.read, partial(look, id=id, after=after))
            if said:
                after = said[-1].seq
                yield event(drawn(app, request, staff, said, conversation), id=str(after))
            if conversation.version != version:
                version = conversation.version
                yield event(name="state")
            if not said:
                yield ": here\n\n"


def look(uow: UnitOfWork, id: str, after: int) -> tuple[list[Said], Conversation]:
    """What was said since, and where the conversation stands."""
    return uow.conversations.messages(id, after), uow.conversations.by_id(id)


def drawn(app: Served, request: Request, staff: SignedIn, said: list[Said], conversation: Conversation) -> str:
    """The messages as they are put into the page."""
    lines = lines_of(said, conversation.language, earlier=())
    body = show(app, request, staff, "console/_lines.html", {"lines": lines, "one": conversation}).body
    return bytes(body).decode()


def followed(app: Served, staff: SignedIn, id: str, uow: UnitOfWork) -> None:
    """In the trace: this person reads along. Raises UnknownConversation."""
    customer = uow.conversations.by_id(id).customer
    uow.audit.append("conversation.followed", f"conversation:{id}", actor_of(staff), app.clock(), customer=customer)


def router(app: Served) -> APIRouter:
    """The streams."""
    routes = APIRouter()

    @routes.get("/console/live")
    async def everything(request: Request, staff: Anybody) -> StreamingResponse:
        """For lists."""
        return stream(news(app, request))

    @routes.get("/console/conversations/{id}/stream")
    async def conversation(
        request: Request,
        id: Annotated[str, Path(max_length=64)],
        staff: Agent,
        after: Annotated[int, Query(ge=0, le=2**53)] = 0,
        last_event_id: Annotated[str, Header()] = "",
    ) -> StreamingResponse:
        """For one conversation, from a message on."""
        try:
            await run_in_threadpool(app.database.write, partial(followed, app, staff, id))
        except UnknownConversation:
            raise HTTPException(404) from None
        seen = int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < 16 else after
        return stream(talk(app, request, staff, id, seen))

    return routes
