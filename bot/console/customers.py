"""Customers: found by number, the record masked, one value shown with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.permissions import Finder, Permission, granted
from bot.console.screen import actor_of, go_to, show, words
from bot.pages import language_of
from bot.served import Served
from bot.signin import SignedIn
from dialogs.request import ChangeRequest
from nlu.types import Language, Value
from nlu.values.present import present
from store.customers import Customer, UnknownCustomer
from store.uow import UnitOfWork
from store.values import Version

REASON_LENGTH = 300
No = Annotated[str, Path(max_length=128)]


@dataclass(frozen=True, slots=True)
class Card:
    """One customer, every value masked: what is on record, what was, and the chats that are theirs."""

    customer: Customer
    live: tuple[Version, ...]
    past: tuple[Version, ...]
    requests: tuple[ChangeRequest, ...]
    conversations: tuple[tuple[str, str], ...]  # id and channel


def card_of(uow: UnitOfWork, no: str) -> Card:
    """Gather the page. Raises UnknownCustomer."""
    customer = uow.customers.by_no(no)
    if customer is None:
        raise UnknownCustomer(no)
    versions = uow.customers.history(customer.id)
    return Card(
        customer=customer,
        live=tuple(sorted((one for one in versions if one.until is None), key=lambda one: one.field)),
        past=tuple(sorted((one for one in versions if one.until is not None), key=lambda one: one.since, reverse=True)),
        requests=tuple(uow.requests.open_of(customer.id)),
        conversations=tuple((one.id, one.channel) for one in uow.conversations.of_customer(customer.id)),
    )


def router(app: Served) -> APIRouter:
    """Search, the record, and the form that shows one value."""
    routes = APIRouter()

    def screen(
        request: Request,
        staff: SignedIn,
        no: str,
        *,
        trouble: str = "",
        status: int = 200,
        asked: str = "",
        revealed: Value | None = None,
    ) -> Response:
        try:
            card = app.database.read(lambda uow: card_of(uow, no))
        except UnknownCustomer:
            raise HTTPException(404) from None
        language = Language(language_of(request, staff.language))
        values = {
            "card": card,
            "trouble": trouble,
            "asked": asked,
            "revealed": None if revealed is None else present(asked, revealed, language=language),
            "reason_length": REASON_LENGTH,
            "may_converse": Permission.CONVERSE in granted(staff),
            "may_decide": Permission.DECIDE in granted(staff),
        }
        path = f"/console/customers/{no}"
        return show(app, request, staff, "console/customer.html", values, section="customers", status=status, path=path)

    @routes.get("/console/customers")
    def find(request: Request, staff: Finder, no: Annotated[str, Query(max_length=128)] = "") -> Response:
        """The search form; a number that is known leads to its customer."""
        wanted = no.strip()
        found = app.database.read(lambda uow: uow.customers.by_no(wanted)) if wanted else None
        found = found or (app.database.read(lambda uow: uow.customers.by_no(wanted.upper())) if wanted else None)
        if found is not None:
            return go_to(f"/console/customers/{found.no}")
        trouble = words(request, staff, "console-customer-unknown") if wanted else ""
        values = {"no": wanted, "trouble": trouble}
        status = 404 if wanted else 200
        return show(app, request, staff, "console/customers.html", values, section="customers", status=status)

    @routes.get("/console/customers/{no}")
    def one(request: Request, no: No, staff: Finder) -> Response:
        """One customer, masked."""
        return screen(request, staff, no)

    @routes.post("/console/customers/{no}/reveal")
    def reveal(
        request: Request,
        no: No,
        staff: Finder,
        field: Annotated[str, Form()] = "",
        reason: Annotated[str, Form()] = "",
    ) -> Response:
        """One value in clear, in the answer to this form only; who looked and why is in the trace."""
        if not reason.strip() or len(reason) > REASON_LENGTH:
            trouble = words(request, staff, "console-reveal-reason-needed", limit=REASON_LENGTH)
            return screen(request, staff, no, trouble=trouble, status=422, asked=field)

        def act(uow: UnitOfWork) -> Value:
            customer = uow.customers.by_no(no)
            if customer is None:
                raise UnknownCustomer(no)
            return uow.customers.reveal(customer.id, field, actor_of(staff), reason.strip(), app.clock())

        try:
            value = app.database.write(act)
        except UnknownCustomer:
            raise HTTPException(404) from None
        return screen(request, staff, no, asked=field, revealed=value)

    return routes
