"""What must be kept and what must not: legal holds, and the erasure of a customer."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from bot.api.customers import No
from bot.api.links import customer_by_no
from bot.api.problems import Problem, documented
from bot.api.shapes import In, Reason
from bot.api.tokens import actor_of, holder_with, person_in
from bot.backups.erasures import ErasureListError
from bot.erasing import erase, list_of
from bot.reach import require
from bot.served import Served
from dialogs.access import Permission
from store.erasure import ErasedAlreadyError, HeldError, NotHeldError, SamePersonError
from store.staff import Scope, TokenHolder
from store.uow import UnitOfWork

Keeper = Annotated[TokenHolder, Depends(holder_with(Scope.ERASE))]


class HoldIn(In):
    """Why everything must be kept."""

    reason: Annotated[Reason, Field(min_length=3)]


class EraseIn(In):
    """The customer number again: this cannot be undone."""

    confirm: Annotated[str, Field(max_length=128)]


class HoldOut(BaseModel):
    """A legal hold that stands."""

    id: str
    customer: str
    placed_by: str
    at: dt.datetime


class ErasedOut(BaseModel):
    """The customer's key is destroyed."""

    customer: str
    erased_at: dt.datetime


def theirs(uow: UnitOfWork, no: str, holder: TokenHolder) -> str:
    """The customer's id, if they are among those whom this person may erase or hold."""
    customer = customer_by_no(uow, no)
    require(uow, person_in(holder), Permission.ERASE, customer.id)
    return customer.id


def router(app: Served) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(prefix="/customers", tags=["customers"])

    @routes.post("/{no}/erase", responses=documented(404, 409, 422))
    def erase_customer(request: Request, no: No, body: EraseIn, holder: Keeper) -> ErasedOut:
        """Erase a customer for good: their key is destroyed, in every backup too. A legal hold stops it."""
        if body.confirm != no:
            raise Problem(422, "not-confirmed", "Repeat the customer number in `confirm`: this cannot be undone.")
        id = app.database.read(lambda uow: theirs(uow, no, holder))
        now = app.clock()
        try:
            erase(app.database, list_of(app.config, app.keyring), id, actor_of(holder, request), now)
        except HeldError:
            raise Problem(409, "held", "A legal hold keeps everything of this customer.") from None
        except ErasedAlreadyError:
            raise Problem(409, "erased-already", "This customer was erased before.") from None
        except ErasureListError:
            raise Problem(
                503, "no-erasure-list", "The list of the erased cannot be written; nothing was erased."
            ) from None
        return ErasedOut(customer=no, erased_at=now)

    @routes.post("/{no}/hold", responses=documented(404, 409, 422), status_code=201)
    def hold(request: Request, no: No, body: HoldIn, holder: Keeper) -> HoldOut:
        """Place a legal hold: nothing of this customer is erased until somebody else has lifted it."""

        def act(uow: UnitOfWork) -> HoldOut:
            customer = theirs(uow, no, holder)
            try:
                uow.erasures.place(customer, body.reason, actor_of(holder, request), app.clock())
            except HeldError:
                raise Problem(409, "held", "A legal hold stands already.") from None
            except ErasedAlreadyError:
                raise Problem(409, "erased-already", "This customer was erased before.") from None
            placed = uow.erasures.hold_of(customer)
            assert placed is not None  # noqa: S101  # placed just now
            return HoldOut(id=placed.id, customer=no, placed_by=placed.placed_by, at=placed.at)

        return app.database.write(act)

    @routes.delete("/{no}/hold", responses=documented(404, 409), status_code=204)
    def lift(request: Request, no: No, holder: Keeper) -> Response:
        """Lift the legal hold that another person placed."""
        try:
            app.database.write(
                lambda uow: uow.erasures.lift(theirs(uow, no, holder), actor_of(holder, request), app.clock())
            )
        except NotHeldError:
            raise Problem(409, "not-held", "No legal hold stands.") from None
        except SamePersonError:
            raise Problem(403, "same-person", "Whoever placed a legal hold does not lift it.") from None
        return Response(status_code=204)

    return routes
