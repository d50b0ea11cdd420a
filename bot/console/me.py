"""A person's own page: password, second factor, recovery codes, sessions, tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.permissions import Anybody
from bot.console.screen import actor_of, go_to, show, words
from bot.console.second_factor import Code, codes_page, proven
from bot.served import Served, lasting_of
from bot.signin import ENROLMENT, SignedIn
from store.uow import UnitOfWork

ME = "/console/me"
Id = Annotated[str, Path(max_length=64)]


def router(app: Served) -> APIRouter:
    """The page and what can be ended or activated on it."""
    routes = APIRouter()

    def screen(request: Request, staff: SignedIn, *, trouble: str = "", news: str = "", asked: str = "") -> Response:
        now, lasting = app.clock(), lasting_of(app.config)

        def look(uow: UnitOfWork) -> dict[str, object]:
            return {
                "factor": uow.second_factors.of(staff.name),
                "used": uow.second_factors.used(staff.name),
                "sessions": uow.sessions.of_staff(staff.name, now, lasting),
                "tokens": [one for one in uow.staff.tokens(staff.name) if one.staff and one.state != "revoked"],
                "has_password": uow.staff.has_password(staff.name),
            }

        values = {**app.database.read(look), "trouble": trouble, "news": news == "recovery", "asked": asked}
        return show(
            app, request, staff, "console/me.html", values, section="me", status=422 if trouble else 200, path=ME
        )

    @routes.get(ME)
    def me(request: Request, staff: Anybody, news: str = "") -> Response:
        """Everything about signing in as oneself."""
        return screen(request, staff, news=news)

    @routes.post(ME + "/recovery")
    def recovery(request: Request, staff: Anybody, code: Code = "") -> Response:
        """Ten new recovery codes; the earlier ones are void."""
        now, actor = app.clock(), actor_of(staff)
        if app.database.read(lambda uow: uow.second_factors.of(staff.name)).since is None:
            return go_to(ENROLMENT)
        if not proven(app, staff, code):
            return screen(request, staff, trouble=words(request, staff, "code-wrong"), asked="recovery")
        codes = app.database.write(lambda uow: uow.second_factors.recovery_new(staff.name, now, actor))
        return codes_page(app, request, staff, codes, ME)

    @routes.post(ME + "/sessions/end")
    def end(request: Request, staff: Anybody, id: Annotated[str, Form(max_length=64)] = "") -> Response:
        """End one of the other sessions, or all of them."""
        now, actor, keep = app.clock(), actor_of(staff), staff.session.id
        app.database.write(lambda uow: uow.sessions.end(staff.name, now, actor, id=id or None, keep=keep))
        return go_to(ME)

    @routes.post(ME + "/tokens/{id}/activate")
    def activate(request: Request, id: Id, staff: Anybody, code: Code = "") -> Response:
        """A token that may decide does so from now on, by a code of the authenticator app."""
        now, actor = app.clock(), actor_of(staff)
        mine = app.database.read(lambda uow: [one.id for one in uow.staff.tokens(staff.name) if one.staff])
        if id not in mine:
            raise HTTPException(404)
        if app.database.read(lambda uow: uow.second_factors.of(staff.name)).since is None:
            return screen(request, staff, trouble=words(request, staff, "token-needs-totp"), asked=id)
        if not proven(app, staff, code):
            return screen(request, staff, trouble=words(request, staff, "code-wrong"), asked=id)
        app.database.write(lambda uow: uow.staff.token_activate(id, now, actor))
        return go_to(ME)

    @routes.post(ME + "/tokens/{id}/revoke")
    def revoke(request: Request, id: Id, staff: Anybody) -> Response:
        """A token of one's own is void from now on."""
        if not app.database.write(lambda uow: uow.staff.token_end(id, app.clock(), actor_of(staff), name=staff.name)):
            raise HTTPException(404)
        return go_to(ME)

    return routes
