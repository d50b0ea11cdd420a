"""Requests from outside the chat, disputes, and freezes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request
from pydantic import AwareDatetime, BaseModel, Field

from bot import vouching
from bot.api import conversations
from bot.api.once import IdempotencyKey, call_of, write_once
from bot.api.problems import Problem, documented
from bot.api.refusals import accepted
from bot.api.requests import Number, RequestOut, known, request_out
from bot.api.shapes import Ident, In, Page, Reason, Text
from bot.api.tokens import holder_with, reached
from bot.api.vouching import InPersonIn, NumberOut, VouchedIn, act_of, number_out, unreadable, vouched_of
from bot.live import CONSOLE
from bot.served import Served
from dialogs.access import Permission
from dialogs.effects import Decision
from dialogs.lost_contact import InPerson, Place, callable_numbers
from dialogs.offline import Received, Way
from store.staff import Scope, TokenHolder
from store.uow import UnitOfWork

Agent = Annotated[TokenHolder, Depends(holder_with(Scope.CONVERSATIONS))]
Decider = Annotated[TokenHolder, Depends(holder_with(Scope.DECIDE))]
Guardian = Annotated[TokenHolder, Depends(holder_with(Scope.DECIDE, permission=Permission.PROTECT))]


class OfflineIn(In):
    """What came in at the counter, on the hotline or by letter, and how you made sure who asked."""

    customer: Annotated[Ident, Field(description="The customer number")]
    field: Ident
    text: Text
    way: Literal["counter", "hotline", "letter"]
    received_at: Annotated[AwareDatetime, Field(strict=False)]
    proof: VouchedIn


class ReasonIn(In):
    """Why."""

    reason: Reason = ""


class RevertIn(In):
    """Where the customer is asked: in a conversation you speak in, or seen in person with a signed form."""

    conversation: Annotated[str, Field(max_length=64)] | None = None
    proof: InPersonIn | None = None


class FreezeOut(BaseModel):
    """A record that nothing is applied to until a person has looked."""

    id: str
    customer: str
    request: str
    at: dt.datetime


def customer_id(uow: UnitOfWork, no: str) -> str:
    """The customer's id, or a 404 problem."""
    found = uow.customers.by_no(no)
    if found is None or found.status == "erased":
        raise Problem(404, "unknown-customer", "There is no customer with this number.")
    return found.id


def router(app: Served) -> APIRouter:
    """The endpoints."""
    routes = APIRouter()

    def published(out: RequestOut) -> RequestOut:
        app.hub.publish((out.conversation, CONSOLE))
        return out

    @routes.get("/customers/{no}/callback-numbers", tags=["change requests"], responses=documented(404))
    def numbers(no: Annotated[str, Path(max_length=128)], holder: Agent) -> Page[NumberOut]:
        """The numbers on file for thirty days or more, masked: those that may be called back."""

        def look(uow: UnitOfWork) -> Page[NumberOut]:
            record, now = uow.customers.record(customer_id(uow, no)), app.clock()
            found = callable_numbers(record, (), now, now)
            return Page(items=[number_out(number) for number in found], next=None)

        return app.database.read(look)

    @routes.post(
        "/offline-requests", tags=["change requests"], responses=documented(403, 404, 409, 422), status_code=201
    )
    def enter(request: Request, body: OfflineIn, holder: Agent, key: IdempotencyKey = None) -> RequestOut:
        """Enter a request that did not come through a chat. It goes the same road; you are a maker of it, and two
        others decide. More than 24 hours after its receipt it is flagged as entered late."""
        act = act_of(app, holder, request)

        def whole(uow: UnitOfWork) -> RequestOut:
            customer = customer_id(uow, body.customer)
            received = Received(Way(body.way), body.received_at)
            try:
                decision, number = vouching.enter_offline(
                    uow, customer, body.field, body.text, vouched_of(body.proof), received, act
                )
            except vouching.UnreadableValue:
                raise unreadable() from None
            accepted(decision)
            return request_out(uow, known(uow, number))

        return published(write_once(app, holder, key, call_of("offline-requests", body), RequestOut, whole))

    @routes.post(
        "/change-requests/{number}/confirm", tags=["change requests"], responses=documented(403, 404, 409, 422)
    )
    def uphold(
        request: Request, number: Number, body: ReasonIn, holder: Decider, key: IdempotencyKey = None
    ) -> RequestOut:
        """A disputed change was right: keep it, with a reason."""
        act = act_of(app, holder, request)

        def whole(uow: UnitOfWork) -> RequestOut:
            known(uow, number)
            accepted(vouching.uphold(uow, number, body.reason, act))
            return request_out(uow, known(uow, number))

        return published(write_once(app, holder, key, call_of(f"confirm {number}", body), RequestOut, whole))

    @routes.post(
        "/change-requests/{number}/revert",
        tags=["change requests"],
        responses=documented(403, 404, 409, 422),
        status_code=201,
    )
    def revert(
        request: Request, number: Number, body: RevertIn, holder: Agent, key: IdempotencyKey = None
    ) -> RequestOut:
        """Put back what a disputed change took away. In a conversation the customer is asked, and the disputed request
        is answered; in person a request of its own is filed, and that one is."""
        act = act_of(app, holder, request)
        if (body.conversation is None) == (body.proof is None):
            raise Problem(422, "revert", "Give either the conversation or the proof.")

        def whole(uow: UnitOfWork) -> RequestOut:
            known(uow, number)
            decision, made = _reverted(uow, number, body, act)
            accepted(decision)
            return request_out(uow, known(uow, made or number))

        return published(write_once(app, holder, key, call_of(f"revert {number}", body), RequestOut, whole))

    @routes.get("/freezes", tags=["freezes"], responses=documented())
    def freezes(holder: Guardian) -> Page[FreezeOut]:
        """Records frozen by "this wasn't me" that nobody has released, longest first."""

        def look(uow: UnitOfWork) -> Page[FreezeOut]:
            theirs = reached(uow, holder, Permission.PROTECT)
            items = [
                FreezeOut(id=one.id, customer=uow.customers.by_id(one.customer).no, request=one.request, at=one.at)
                for one in uow.protection.all()
                if theirs(one.customer)
            ]
            return Page(items=items, next=None)

        return app.database.read(look)

    @routes.post("/freezes/{id}/release", tags=["freezes"], responses=documented(403, 404, 409, 422))
    def release(
        request: Request,
        id: Annotated[str, Path(max_length=64)],
        body: ReasonIn,
        holder: Guardian,
        key: IdempotencyKey = None,
    ) -> FreezeOut:
        """You have looked: lift a freeze, with a reason. Supervisors and security officers only, and no maker."""
        act = act_of(app, holder, request)

        def whole(uow: UnitOfWork) -> FreezeOut:
            frozen = uow.protection.by_id(id)
            if frozen is None:
                raise Problem(404, "unknown-freeze", "There is no such freeze, or it has been released.")
            accepted(vouching.release(uow, id, body.reason, act))
            no = uow.customers.by_id(frozen.customer).no
            return FreezeOut(id=id, customer=no, request=frozen.request, at=frozen.at)

        out = write_once(app, holder, key, call_of(f"release {id}", body), FreezeOut, whole)
        app.hub.publish((CONSOLE,))
        return out

    return routes


def _reverted(uow: UnitOfWork, number: str, body: RevertIn, act: vouching.Act) -> tuple[Decision, str]:
    """What was decided, and the number of the request that was filed, "" for none yet."""
    if body.proof is not None:
        seen = InPerson(Place(body.proof.place), body.proof.signed_form)
        return vouching.revert_in_person(uow, number, seen, act)
    here = body.conversation or ""
    conversations.known(uow, here)
    return vouching.revert_in_chat(uow, number, here, act), ""
