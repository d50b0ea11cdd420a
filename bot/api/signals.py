"""Signals: mail that bounced, a dead number, a returned parcel, or a good moment to ask."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from bot.api.links import living
from bot.api.once import IdempotencyKey, call_of, write_once
from bot.api.problems import Problem, Wrong, documented
from bot.api.shapes import Ident, In
from bot.api.tokens import actor_of, holder_with
from bot.served import Served
from bot.signals import take_signal
from store.signals import SignalKind
from store.staff import Scope, TokenHolder
from store.uow import UnitOfWork

Holder = Annotated[TokenHolder, Depends(holder_with(Scope.SIGNALS))]


class SignalIn(In):
    """What happened to whom. `field` may be left out for a touchpoint."""

    customer: Ident
    field: (
        Annotated[str, Field(min_length=1, max_length=64, description="The kind of detail, such as phone")] | None
    ) = None
    kind: Annotated[str, Field(json_schema_extra={"enum": [kind.value for kind in SignalKind]}, max_length=32)]


class CheckInPlanned(BaseModel):
    """A question to the customer, in their own chat, not before `at`."""

    field: str
    at: dt.datetime


class SignalOut(BaseModel):
    """What followed. `to_verify`: the value on record is in doubt now; `task`: a colleague was asked instead."""

    signal: str
    customer: str
    field: str | None
    kind: str
    to_verify: bool
    check_in: CheckInPlanned | None
    task: str | None


def router(app: Served) -> APIRouter:
    """The endpoint."""
    routes = APIRouter(prefix="/signals", tags=["customers"])

    @routes.post("", responses=documented(404, 409, 422), status_code=201)
    def add(request: Request, body: SignalIn, holder: Holder, key: IdempotencyKey = None) -> SignalOut:
        """Say that something happened to a customer."""
        kind = checked(body, app)

        def act(uow: UnitOfWork) -> SignalOut:
            customer = living(uow, body.customer)
            now = app.clock()
            done = take_signal(uow, customer.id, body.field, kind, actor_of(holder, request), app.policy, now)
            return SignalOut(
                signal=done.signal.id,
                customer=customer.no,
                field=body.field,
                kind=kind.value,
                to_verify=done.signal.version is not None,
                check_in=CheckInPlanned(field=done.asked, at=done.at) if done.asked and done.at else None,
                task=done.task,
            )

        return write_once(app, holder, key, call_of("POST /signals", body), SignalOut, act)

    return routes


def checked(body: SignalIn, app: Served) -> SignalKind:
    """The kind, when kind and field are known; else a 422 problem that names what is wrong."""
    wrong = []
    if body.kind not in tuple(SignalKind):
        wrong.append(Wrong(pointer="/kind", detail=f"should be one of {', '.join(SignalKind)}"))
    elif body.field is None and body.kind != SignalKind.TOUCHPOINT:
        wrong.append(Wrong(pointer="/field", detail="is missing: which detail did not hold?"))
    if body.field is not None and body.field not in app.policy.fields:
        wrong.append(Wrong(pointer="/field", detail=f"should be one of {', '.join(app.policy.fields)}"))
    if wrong:
        raise Problem(422, "not-valid", "Some parts of the request are wrong; see errors.", tuple(wrong))
    return SignalKind(body.kind)
