"""Likely duplicates of a customer, with the reasons, masked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from bot.api.customers import Holder, No
from bot.api.links import customer_by_no
from bot.api.problems import Problem, documented
from bot.api.requests import Number
from bot.api.tokens import holder_with
from bot.served import Served
from store.duplicates import Duplicate, find_duplicates
from store.requests import UnknownRequest
from store.staff import Scope, TokenHolder
from store.uow import UnitOfWork

Reader = Annotated[TokenHolder, Depends(holder_with(Scope.REQUESTS, Scope.DECIDE))]


class ReasonOut(BaseModel):
    """Why two may be one."""

    why: str = Field(description="same, same_name, name_alike, same_place, address_alike, same_digits or same_mailbox")
    field: str
    percent: int | None = Field(description="how alike; null where it is no matter of degree")


class DuplicateOut(BaseModel):
    """Another customer. `exact`: a contact or document is the very same. Values are masked, by field."""

    customer: str
    exact: bool
    reasons: list[ReasonOut]
    masked: dict[str, str]


class DuplicatesOut(BaseModel):
    """Exact ones first."""

    items: list[DuplicateOut]


def duplicates_out(found: tuple[Duplicate, ...]) -> DuplicatesOut:
    return DuplicatesOut(
        items=[
            DuplicateOut(
                customer=one.no,
                exact=one.exact,
                reasons=[
                    ReasonOut(why=reason.why.value, field=reason.field, percent=reason.percent)
                    for reason in one.reasons
                ],
                masked=dict(one.masked),
            )
            for one in found
        ]
    )


def router(app: Served) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(tags=["customers"])

    @routes.get("/customers/{no}/duplicates", responses=documented(404))
    def of_customer(no: No, holder: Holder) -> DuplicatesOut:
        """Likely duplicates of a customer as the record stands."""
        return app.database.read(lambda uow: duplicates_out(find_duplicates(uow, customer_by_no(uow, no).id)))

    @routes.get("/change-requests/{number}/duplicates", responses=documented(404))
    def of_request(number: Number, holder: Reader) -> DuplicatesOut:
        """Likely duplicates of a customer as the record would stand after a change."""

        def look(uow: UnitOfWork) -> DuplicatesOut:
            try:
                request = uow.requests.load(number)
            except UnknownRequest:
                raise Problem(404, "unknown-request", "There is no change request with this number.") from None
            proposed = {request.field: request.value} if request.value else None
            return duplicates_out(find_duplicates(uow, request.customer, proposed))

        return app.database.read(look)

    return routes
