"""Conversations for staff with a desk of their own: flagged ones, take over, write, note, hand back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel

from bot import desk
from bot.api.messages import SaidPage, said_out
from bot.api.once import IdempotencyKey, call_of, write_once
from bot.api.problems import Problem, documented
from bot.api.refusals import accepted
from bot.api.shapes import After, In, Limit, Page, Text
from bot.api.tokens import actor_of, holder_with, person_of, reached
from bot.live import CONSOLE
from bot.served import Served, origin_of
from dialogs.access import Permission
from dialogs.effects import Decision
from dialogs.types import Conversation
from store.conversations import ConversationLine, UnknownConversation
from store.staff import Scope, TokenHolder
from store.uow import UnitOfWork

Holder = Annotated[TokenHolder, Depends(holder_with(Scope.CONVERSATIONS))]
Id = Annotated[str, Path(max_length=64)]


class LineOut(BaseModel):
    """A conversation in a list. `flagged` says why a person should look."""

    id: str
    channel: str
    customer: str | None
    stage: str
    owner: str | None
    flagged: str | None
    flagged_at: dt.datetime | None
    language: str
    last_inbound_at: dt.datetime | None


class StandOut(BaseModel):
    """Where a conversation stands after an act."""

    id: str
    stage: str
    owner: str | None
    flagged: str | None


class TextIn(In):
    """Words of a member of staff."""

    text: Text


def line_out(line: ConversationLine) -> LineOut:
    return LineOut(
        id=line.id,
        channel=line.channel,
        customer=line.customer_no,
        stage=line.stage.value,
        owner=line.owner,
        flagged=line.flagged,
        flagged_at=line.flagged_at,
        language=line.language.value,
        last_inbound_at=line.last_inbound_at,
    )


def known(uow: UnitOfWork, id: str) -> Conversation:
    """The conversation, or a 404 problem."""
    try:
        return uow.conversations.by_id(id)
    except UnknownConversation:
        raise Problem(404, "unknown-conversation", "There is no conversation with this id.") from None


def router(app: Served) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(prefix="/conversations", tags=["conversations"])

    def act(
        request: Request,
        holder: TokenHolder,
        key: str | None,
        call: str,
        id: str,
        step: Callable[[UnitOfWork, str, str], Decision],
    ) -> StandOut:
        """Do one thing as the person of this token."""
        name, origin = person_of(holder), origin_of(request)

        def whole(uow: UnitOfWork) -> StandOut:
            known(uow, id)
            accepted(step(uow, name, origin))
            now = known(uow, id)
            return StandOut(id=id, stage=now.stage.value, owner=now.owner, flagged=now.flagged)

        out = write_once(app, holder, key, call, StandOut, whole)
        app.hub.publish((id, CONSOLE))
        return out

    @routes.get("", responses=documented(422))
    def page(
        holder: Holder,
        flagged: Annotated[bool | None, Query(description="Only flagged ones (true), only others (false)")] = None,
        after: After = "",
        limit: Limit = 100,
    ) -> Page[LineOut]:
        """Conversations; flagged ones longest waiting first."""

        def look(uow: UnitOfWork) -> Page[LineOut]:
            found = uow.conversations.page(flagged, after, limit)
            theirs = reached(uow, holder, Permission.CONVERSE)
            items = [line_out(one) for one in found if theirs(one.customer)]
            return Page(items=items, next=found[-1].id if len(found) == limit else None)

        return app.database.read(look)

    @routes.get("/{id}/messages", responses=documented(404, 422))
    def messages(
        request: Request,
        id: Id,
        holder: Holder,
        after: Annotated[int, Query(ge=0, le=2**53)] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 100,
    ) -> SaidPage:
        """What was said in a conversation. That it was read is in the trace."""

        def look(uow: UnitOfWork) -> SaidPage:
            whose, reader = known(uow, id).customer, actor_of(holder, request)
            uow.audit.append("conversation.opened", f"conversation:{id}", reader, app.clock(), customer=whose)
            said = uow.conversations.messages(id, after, limit)
            return SaidPage(items=[said_out(one) for one in said], next=str(said[-1].seq) if said else None)

        return app.database.write(look)

    @routes.post("/{id}/takeover", responses=documented(404, 409))
    def take_over(request: Request, id: Id, holder: Holder, key: IdempotencyKey = None) -> StandOut:
        """Speak instead of the bot. One person at a time."""
        return act(
            request,
            holder,
            key,
            f"takeover {id}",
            id,
            lambda uow, name, origin: desk.take_over(uow, id, name, app.clock(), origin),
        )

    @routes.post("/{id}/handback", responses=documented(404, 409))
    def hand_back(request: Request, id: Id, holder: Holder, key: IdempotencyKey = None) -> StandOut:
        """Let the bot go on where it was."""
        return act(
            request,
            holder,
            key,
            f"handback {id}",
            id,
            lambda uow, name, origin: desk.hand_back(uow, id, name, app.clock(), origin),
        )

    @routes.post("/{id}/messages", responses=documented(404, 409, 422), status_code=201)
    def write(request: Request, id: Id, body: TextIn, holder: Holder, key: IdempotencyKey = None) -> StandOut:
        """Write to the customer, in the customer's own channel."""
        return act(
            request,
            holder,
            key,
            call_of(f"messages {id}", body),
            id,
            lambda uow, name, origin: desk.write(uow, id, name, body.text, app.clock(), origin),
        )

    @routes.post("/{id}/notes", responses=documented(404, 409, 422), status_code=201)
    def note(request: Request, id: Id, body: TextIn, holder: Holder, key: IdempotencyKey = None) -> StandOut:
        """Leave an internal remark; the customer never sees it."""
        return act(
            request,
            holder,
            key,
            call_of(f"notes {id}", body),
            id,
            lambda uow, name, origin: desk.note(uow, id, name, body.text, app.clock(), origin),
        )

    return routes
