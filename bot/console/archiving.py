"""Who fell silent or left: what is proposed about them, and the forms by which people decide."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.archiving import UnknownProposal, Verdict, give_verdict, propose, rows_of
from bot.backups.erasures import ErasureListError
from bot.console.permissions import Keeper
from bot.console.screen import actor_of, go_to, show, words
from bot.erasing import list_of
from bot.live import CONSOLE
from bot.reach import require
from bot.served import Served
from bot.signin import SignedIn
from bot.verdict import checker_of
from bot.viewed import write_form_down
from dialogs.access import Permission, allowed
from dialogs.archiving import State
from dialogs.effects import Refusal
from store.archiving import ProposedAlreadyError
from store.uow import UnitOfWork

PAGE = "/console/erase"
Id = Annotated[str, Path(max_length=64)]
No = Annotated[str, Form(max_length=128)]


def router(app: Served) -> APIRouter:
    """The list and the forms."""
    routes = APIRouter()

    def screen(request: Request, staff: SignedIn, *, trouble: str = "", no: str = "", status: int = 200) -> Response:
        if request.method != "GET":
            write_form_down(request, actor_of(staff))
        rows = app.database.read(lambda uow: rows_of(uow, staff.person))
        values = {"rows": rows, "trouble": trouble, "no": no}
        return show(app, request, staff, "console/archive.html", values, section="erase", status=status, path=PAGE)

    @routes.get(PAGE)
    def archive(request: Request, staff: Keeper) -> Response:
        """What waits for a person."""
        return screen(request, staff)

    @routes.post(f"{PAGE}/propose")
    def ended(request: Request, staff: Keeper, no: No = "") -> Response:
        """Propose to archive a customer with whom the business is over."""
        no = no.strip()

        def act(uow: UnitOfWork) -> bool:
            found = uow.customers.by_no(no)
            if found is None or found.status == "erased":
                return False
            require(uow, staff.person, Permission.ERASE, found.id)
            propose(uow, found.id, actor_of(staff), app.clock())
            return True

        try:
            known = app.database.write(act)
        except ProposedAlreadyError:
            trouble = words(request, staff, "console-archive-already")
            return screen(request, staff, trouble=trouble, no=no, status=409)
        if not known:
            trouble = words(request, staff, "console-archive-nobody")
            return screen(request, staff, trouble=trouble, no=no, status=422)
        app.hub.publish((CONSOLE,))
        return go_to(PAGE)

    @routes.post(f"{PAGE}/{{id}}/{{verdict}}")
    def decide(request: Request, id: Id, verdict: Verdict, staff: Keeper, no: No = "") -> Response:
        """Yes or no; to the second yes to a deletion belongs the customer number, typed."""
        checker = app.database.read(lambda uow: checker_of(uow, staff.name))
        if checker is None:
            raise HTTPException(403)
        try:
            if verdict is Verdict.CONFIRM and not app.database.read(lambda uow: _names(uow, id, no)):
                trouble = words(request, staff, "console-archive-other-number")
                return screen(request, staff, trouble=trouble, status=422)
            erasures = list_of(app.config, app.keyring)
            outcome = give_verdict(app.database, erasures, id, verdict, checker, staff.origin, app.clock())
        except UnknownProposal:
            raise HTTPException(404) from None
        except ErasureListError:
            return screen(request, staff, trouble=words(request, staff, "console-archive-no-list"), status=503)
        if isinstance(outcome, Refusal):
            trouble = words(request, staff, f"console-refusal-{outcome}")
            return screen(request, staff, trouble=trouble, status=409)
        app.hub.publish((CONSOLE,))
        if outcome is State.VOID:
            return screen(request, staff, trouble=words(request, staff, "console-archive-void"), status=409)
        return go_to(PAGE)

    @routes.post("/console/customers/{no}/reactivate")
    def reactivate(request: Request, no: Annotated[str, Path(max_length=128)], staff: Keeper) -> Response:
        """An archived customer is active again."""

        def act(uow: UnitOfWork) -> bool:
            found = uow.customers.by_no(no)
            return found is not None and uow.archiving.alive(found.id, actor_of(staff), app.clock())

        if not app.database.write(act):
            raise HTTPException(404)
        app.hub.publish((CONSOLE,))
        return go_to(f"/console/customers/{quote(no, safe='')}" if allowed(staff.person, Permission.LOOK_UP) else PAGE)

    return routes


def _names(uow: UnitOfWork, id: str, no: str) -> bool:
    """Whether this is the number of the proposal's customer."""
    return uow.customers.by_id(uow.archiving.by_id(id).customer).no == no.strip()
