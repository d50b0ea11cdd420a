"""Change requests: listed, seen with the evidence, decided."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, Field

from bot.api.once import IdempotencyKey, call_of, write_once
from bot.api.problems import Problem, documented
from bot.api.refusals import accepted
from bot.api.shapes import After, In, Limit, Page, Reason
from bot.api.tokens import holder_with, person_of, reached
from bot.served import Served, origin_of
from bot.verdict import Verdict, checker_of, give_verdict
from dialogs.access import Permission
from dialogs.request import ChangeRequest, State
from nlu.values.present import mask
from store.requests import UnknownRequest
from store.staff import Scope, TokenHolder
from store.uow import UnitOfWork

Number = Annotated[str, Path(max_length=64, description="CR-…")]
Reader = Annotated[TokenHolder, Depends(holder_with(Scope.REQUESTS, Scope.DECIDE))]
Decider = Annotated[TokenHolder, Depends(holder_with(Scope.DECIDE))]


class ApprovalOut(BaseModel):
    """One checker's yes."""

    checker: str
    role: str
    digest: str
    at: dt.datetime


class RequestOut(BaseModel):
    """A change request; the new value is masked."""

    number: str
    customer: str
    conversation: str
    field: str
    operation: str
    masked: str
    digest: str
    importance: str
    state: State
    filed_at: dt.datetime
    due_at: dt.datetime | None = Field(description="null while the clock is stopped")
    effective: dt.date | None
    risks: list[str]
    approvals: list[ApprovalOut]
    proofs: int
    version: int


class DecisionIn(In):
    """A verdict on exactly the change with this digest."""

    decision: Annotated[Verdict, Field(strict=False)]
    reason: Reason = ""
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="The digest of the change you looked at")]


def request_out(uow: UnitOfWork, one: ChangeRequest) -> RequestOut:
    """The request as the API shows it."""
    return RequestOut(
        number=one.number,
        customer=uow.customers.by_id(one.customer).no,
        conversation=one.conversation,
        field=one.field,
        operation=one.operation.value,
        masked=mask(one.field, one.value),
        digest=one.digest,
        importance=one.importance.value,
        state=one.state,
        filed_at=one.filed_at,
        due_at=one.due_at,
        effective=one.effective,
        risks=list(one.risks),
        approvals=[
            ApprovalOut(checker=given.checker, role=given.role, digest=given.digest, at=given.at)
            for given in one.approvals
        ],
        proofs=len(one.proofs),
        version=one.version,
    )


def known(uow: UnitOfWork, number: str) -> ChangeRequest:
    """The request, or a 404 problem."""
    try:
        return uow.requests.load(number)
    except UnknownRequest:
        raise Problem(404, "unknown-request", "There is no change request with this number.") from None


def router(app: Served) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(prefix="/change-requests", tags=["change requests"])

    @routes.get("", responses=documented(422))
    def page(
        holder: Reader,
        state: Annotated[State | None, Query(description="Only those in this state")] = None,
        after: After = "",
        limit: Limit = 100,
    ) -> Page[RequestOut]:
        """Change requests by number, values masked."""

        def look(uow: UnitOfWork) -> Page[RequestOut]:
            found = uow.requests.page(state, after, limit)
            theirs = reached(uow, holder, Permission.DECIDE)
            items = [request_out(uow, one) for one in found if theirs(one.customer)]
            return Page(items=items, next=found[-1].number if len(found) == limit else None)

        return app.database.read(look)

    @routes.get("/{number}", responses=documented(404))
    def one(number: Number, holder: Reader) -> RequestOut:
        """One change request, values masked."""
        return app.database.read(lambda uow: request_out(uow, known(uow, number)))

    @routes.post("/{number}/decisions", responses=documented(404, 409, 422))
    def decide(
        request: Request, number: Number, body: DecisionIn, holder: Decider, key: IdempotencyKey = None
    ) -> RequestOut:
        """Approve, reject or return a request as the person this token belongs to."""
        name, now = person_of(holder), app.clock()

        def act(uow: UnitOfWork) -> RequestOut:
            known(uow, number)
            checker = checker_of(uow, name)
            if checker is None:
                raise Problem(403, "no-person", "This act needs a token that belongs to a member of staff.")
            accepted(
                give_verdict(
                    uow, number, body.decision, checker, body.digest, body.reason, app.policy, now, origin_of(request)
                )
            )
            return request_out(uow, known(uow, number))

        return write_once(app, holder, key, call_of(f"POST /change-requests/{number}/decisions", body), RequestOut, act)

    return routes
