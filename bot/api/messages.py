"""Messages in, answers out; and what was said later."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, model_validator

from bot.api.problems import Problem, documented
from bot.api.shapes import Ident, In, Text, whole
from bot.api.tokens import holder_with, speaks_for
from bot.desk import speak_as_customer
from bot.limits import Kind
from bot.served import Served
from dialogs.types import ActorKind, Inbound
from store.said import Said
from store.staff import CHANNEL_NAME, Scope, TokenHolder
from store.uow import UnitOfWork

Channel = Annotated[str, Field(pattern=CHANNEL_NAME, description="Yours, such as api or acme-app")]

EARLIEST, LATEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2200, 1, 1, tzinfo=dt.UTC)
"""Further off, "yesterday" or another time zone would leave the calendar."""


class MessageIn(In):
    """One message of a customer. Exactly one of `text`, `button` and `link_token`."""

    channel: Channel
    chat: Ident
    id: Ident = Field(description="Names this message for ever within the chat; the same id again gets the same answer")
    text: Text | None = None
    button: Annotated[str, Field(min_length=1, max_length=64), AfterValidator(whole)] | None = None
    link_token: Annotated[str, Field(min_length=1, max_length=128), AfterValidator(whole)] | None = Field(
        default=None, description="What a deep link of `POST /link-tokens` carried into this chat"
    )
    at: Annotated[AwareDatetime, Field(strict=False, ge=EARLIEST, le=LATEST)] | None = Field(
        default=None, description="When it was written; now if absent"
    )
    locale: Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$")] | None = None

    offer: bool = Field(
        default=False, description="Your own bot answers what does not concern TellOnce: that is left, see `handled`"
    )

    @model_validator(mode="after")
    def one_content(self) -> Self:
        if sum(part is not None for part in (self.text, self.button, self.link_token)) != 1:
            raise ValueError("give exactly one of text, button and link_token")
        return self


class ButtonOut(BaseModel):
    """A tappable answer; send its id as `button`."""

    id: str
    text: str


class ReplyOut(BaseModel):
    """One sentence of the bot. `id` names it in the catalogues; `seq` orders it within the chat."""

    id: str
    text: str
    buttons: list[ButtonOut]
    seq: int


class ConversationOut(BaseModel):
    """Where the conversation stands. `owner` is the member of staff who speaks now."""

    id: str
    stage: str
    owner: str | None


class AnswerOut(BaseModel):
    """What a message was answered. `handled` is false only for an offered message that does not concern TellOnce; then
    nothing of it is kept, and `conversation` is null where there is none yet."""

    handled: bool
    replies: list[ReplyOut]
    conversation: ConversationOut | None


class SaidOut(ReplyOut):
    """A message of a chat, whoever wrote it. `name` is set for members of staff."""

    author: ActorKind
    name: str | None
    at: dt.datetime


class SaidPage(BaseModel):
    """Messages in order. Poll with `?after=` the `next` you got; it is null when there was nothing new."""

    items: list[SaidOut]
    next: str | None


def reply_out(said: Said) -> ReplyOut:
    buttons = [ButtonOut(id=id, text=text) for id, text in said.buttons]
    return ReplyOut(id=said.id, text=said.text, buttons=buttons, seq=said.seq)


def said_out(said: Said) -> SaidOut:
    """With its author; customers and the bot have no name."""
    name = said.author.removeprefix("staff:") if said.author_kind is ActorKind.STAFF else None
    return SaidOut(**reply_out(said).model_dump(), author=said.author_kind, name=name, at=said.at)


def router(app: Served) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(tags=["messages"])

    @routes.post("/messages", responses=documented(409, 422))
    async def receive(
        body: MessageIn, holder: Annotated[TokenHolder, Depends(holder_with(Scope.MESSAGES))]
    ) -> AnswerOut:
        """Say something as a customer, and hear the answer."""
        speaks_for(holder, body.channel)
        await app.limits.require(Kind.CHAT, body.channel, body.chat)
        now = app.clock()
        at = min(body.at.astimezone(dt.UTC), now) if body.at is not None else now
        inbound = Inbound(
            body.channel,
            body.chat,
            body.id,
            at,
            text=body.text,
            button=body.button,
            link_token=body.link_token,
            locale=body.locale,
        )
        if (staff := holder.staff) is not None:
            await run_in_threadpool(
                app.database.write, lambda uow: speak_as_customer(uow, body.channel, body.chat, staff, now)
            )
        said = await (app.offered(inbound) if body.offer else app.receive(inbound))
        found = await run_in_threadpool(app.database.read, lambda uow: uow.conversations.find(body.channel, body.chat))
        if found is None and said is not None:
            raise Problem(503, "no-conversation", "The message could not be placed. Send it again.")
        return AnswerOut(
            handled=said is not None,
            replies=[reply_out(one) for one in said or () if one.author_kind is not ActorKind.CUSTOMER],
            conversation=found and ConversationOut(id=found.id, stage=found.stage.value, owner=found.owner),
        )

    @routes.get("/chats/{channel}/{chat}/messages", responses=documented(404, 422))
    def later(
        channel: Channel,
        chat: Annotated[str, Path(max_length=128)],
        holder: Annotated[TokenHolder, Depends(holder_with(Scope.MESSAGES))],
        after: Annotated[int, Query(ge=0, le=2**53, description="The last `seq` you have")] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 100,
    ) -> SaidPage:
        """What was said in a chat after a message, by anybody."""
        speaks_for(holder, channel)

        def look(uow: UnitOfWork) -> list[Said] | None:
            found = uow.conversations.find(channel, chat)
            return None if found is None else uow.conversations.messages_for_customer(found.id, after, limit)

        said = app.database.read(look)
        if said is None:
            raise Problem(404, "unknown-chat", "Nothing was ever said in this chat.")
        return SaidPage(items=[said_out(one) for one in said], next=str(said[-1].seq) if said else None)

    return routes
