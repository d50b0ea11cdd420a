"""Disputes and freezes: kept or put back by the review page's forms, and the list of frozen records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi import APIRouter, Form, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot import vouching
from bot.console.permissions import Decider, Guardian
from bot.console.screen import actor_of, go_to, show, words
from bot.console.vouching import act_of, vouched_of
from bot.live import CONSOLE
from bot.reach import among
from bot.served import Served
from bot.signin import SignedIn
from bot.viewed import write_form_down
from dialogs.access import Permission, Person
from dialogs.effects import Decision
from dialogs.lost_contact import InPerson
from store.requests import UnknownRequest
from store.uow import UnitOfWork

REASON_LENGTH = 1000
Number = Annotated[str, Path(max_length=64)]
Reason = Annotated[str, Form(max_length=REASON_LENGTH)]
Short = Annotated[str, Form(max_length=128)]


class FrozenRow(msgspec.Struct, frozen=True):
    """A frozen record in the list."""

    id: str
    customer: str
    request: str
    field: str
    at: dt.datetime


def rows_of(uow: UnitOfWork, person: Person) -> list[FrozenRow]:
    """Every freeze that nobody has released, longest first, of this person's customers."""
    theirs = among(uow, person, Permission.PROTECT)
    return [
        FrozenRow(
            one.id, uow.customers.by_id(one.customer).no, one.request, uow.requests.load(one.request).field, one.at
        )
        for one in uow.protection.all()
        if theirs(one.customer)
    ]


def router(app: Served) -> APIRouter:
    """The list and the forms."""
    routes = APIRouter()

    def screen(request: Request, staff: SignedIn, *, trouble: str = "", status: int = 200) -> Response:
        if request.method != "GET":
            write_form_down(request, actor_of(staff))
        values = {
            "rows": app.database.read(lambda uow: rows_of(uow, staff.person)),
            "trouble": trouble,
            "reason_length": REASON_LENGTH,
        }
        return show(
            app, request, staff, "console/freezes.html", values, section="freezes", status=status,
            path="/console/freezes",
        )  # fmt: skip

    def settled(request: Request, staff: SignedIn, number: str, act: Callable[[UnitOfWork], Decision]) -> Response:
        """Do it, then show the request; a refusal is said on a page of its own."""
        back = f"/console/requests/{number}"
        try:
            refused = app.database.write(act).refused
        except UnknownRequest:
            raise HTTPException(404) from None
        if refused is not None:
            values = {"trouble": words(request, staff, f"console-refusal-{refused}"), "back": back}
            return show(app, request, staff, "console/refused.html", values, status=409, path=back)
        app.hub.publish((CONSOLE,))
        return go_to(back)

    @routes.get("/console/freezes")
    def freezes(request: Request, staff: Guardian) -> Response:
        """What is frozen, and the form that releases it."""
        return screen(request, staff)

    @routes.post("/console/freezes/{id}/release")
    def release(request: Request, id: Number, staff: Guardian, reason: Reason = "") -> Response:
        """This person has looked."""
        act = act_of(app, staff)
        decision = app.database.write(lambda uow: vouching.release(uow, id, reason, act))
        if decision.refused is not None:
            trouble = words(request, staff, f"console-refusal-{decision.refused}")
            return screen(request, staff, trouble=trouble, status=409)
        app.hub.publish((CONSOLE,))
        return go_to("/console/freezes")

    @routes.post("/console/requests/{number}/uphold")
    def uphold(request: Request, number: Number, staff: Decider, reason: Reason = "") -> Response:
        """Keep what was applied."""
        act = act_of(app, staff)
        return settled(request, staff, number, lambda uow: vouching.uphold(uow, number, reason, act))

    @routes.post("/console/requests/{number}/revert")
    def revert(
        request: Request, number: Number, staff: Decider, how: Short = "", place: Short = "", signed_form: Short = ""
    ) -> Response:
        """Ask the customer in their chat, or file for one who came."""
        act, seen = act_of(app, staff), vouched_of("in_person", "", place, signed_form)

        def put_back(uow: UnitOfWork) -> Decision:
            if how == "chat":
                return vouching.revert_in_chat(uow, number, uow.requests.load(number).conversation, act)
            if not isinstance(seen, InPerson):
                raise HTTPException(422)
            return vouching.revert_in_person(uow, number, seen, act)[0]

        return settled(request, staff, number, put_back)

    return routes
