"""What a security officer does for colleagues: a lost phone, waiting after failures, sessions left open. Never for
themselves."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.permissions import Officer
from bot.console.screen import actor_of, go_to, show, words
from bot.console.second_factor import Code, proven
from bot.served import Served, lasting_of
from bot.signin import SignedIn
from store.second_factor import Standing
from store.staff import StaffMember
from store.uow import UnitOfWork

PAGE = "/console/staff"
Name = Annotated[str, Path(max_length=64)]


class Colleague(msgspec.Struct, frozen=True):
    """One line of the list. `waits` is how long a strange device waits for this name now."""

    member: StaffMember
    factor: Standing
    sessions: int
    waits: dt.timedelta


def router(app: Served) -> APIRouter:
    """The list and its forms."""
    routes = APIRouter()

    def screen(
        request: Request, staff: SignedIn, *, trouble: str = "", asked: str = "", link: str = "", status: int = 200
    ) -> Response:
        now, lasting = app.clock(), lasting_of(app.config)

        def look(uow: UnitOfWork) -> list[Colleague]:
            return [
                Colleague(
                    member,
                    uow.second_factors.of(member.name),
                    len(uow.sessions.of_staff(member.name, now, lasting)),
                    uow.attempts.waiting(member.name, now),
                )
                for member in uow.staff.all()
            ]

        found = app.database.read(look)
        own = app.database.read(lambda uow: uow.second_factors.of(staff.name))
        values = {
            "colleagues": found,
            "trouble": trouble,
            "asked": asked,
            "link": link,
            "asks_code": own.since is not None,
        }
        return show(app, request, staff, "console/staff.html", values, section="staff", status=status, path=PAGE)

    def colleague(staff: SignedIn, name: str) -> StaffMember:
        """Somebody else; 404 for nobody, 403 for oneself."""
        member = app.database.read(lambda uow: uow.staff.by_name(name))
        if member is None:
            raise HTTPException(404)
        if member.name == staff.name:
            raise HTTPException(403)
        return member

    @routes.get(PAGE)
    def everybody(request: Request, staff: Officer) -> Response:
        """Who signs in how."""
        return screen(request, staff)

    @routes.post(PAGE + "/{name}/reset")
    def reset(request: Request, name: Name, staff: Officer, code: Code = "") -> Response:
        """Take a colleague's second factor away and show, this once, the link with which they set up another.

        The link asks for their password too, so that whoever took the factor away cannot sign in as them; without a
        password only the operator can do it.
        """
        member, now, actor = colleague(staff, name), app.clock(), actor_of(staff)
        if not app.database.read(lambda uow: uow.staff.has_password(member.name)):
            trouble = words(request, staff, "staff-reset-needs-password", name=member.name)
            return screen(request, staff, trouble=trouble, asked=member.name, status=422)
        if not proven(app, staff, code):
            trouble = words(request, staff, "code-wrong")
            return screen(request, staff, trouble=trouble, asked=member.name, status=422)

        def act(uow: UnitOfWork) -> str:
            uow.second_factors.reset(member.name, now, actor)
            return uow.staff.sign_in_link(member.name, now, asks_password=True)

        link = f"{app.config.web.public_url}/console/sign-in/{app.database.write(act)}"
        return screen(request, staff, asked=member.name, link=link)

    @routes.post(PAGE + "/{name}/unlock")
    def unlock(name: Name, staff: Officer) -> Response:
        """Nobody who tries this name has to wait any more."""
        member, now, actor = colleague(staff, name), app.clock(), actor_of(staff)
        app.database.write(lambda uow: uow.attempts.unlock(member.name, now, actor))
        return go_to(PAGE)

    @routes.post(PAGE + "/{name}/sessions/end")
    def end(name: Name, staff: Officer) -> Response:
        """The colleague is signed out everywhere."""
        member, now, actor = colleague(staff, name), app.clock(), actor_of(staff)
        app.database.write(lambda uow: uow.sessions.end(member.name, now, actor))
        return go_to(PAGE)

    return routes
