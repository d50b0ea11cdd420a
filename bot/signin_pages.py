"""The sign-in forms: name, password and code, or a one-time link; choosing a password; leaving."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from bot import oidc_pages
from bot.entry import Entered, Typed, by_link, by_password
from bot.guards import same_origin
from bot.pages import language_of, page
from bot.routes import anybody
from bot.served import Served, lasting_of, origin_of
from bot.signin import ENROLMENT, HOME, ForgedForm, SignedIn, cookie_name, inside, is_https, staff_of
from bot.wording import say
from dialogs.types import Actor, ActorKind
from store.attempts import LONGEST_WAIT, Trying
from store.passwords import PASSWORD_LENGTH, Weakness
from store.sessions import SessionStage, Way
from store.staff import PasswordError
from store.uow import UnitOfWork

YEAR = 365 * 24 * 3600
MINUTES = int(LONGEST_WAIT.total_seconds() // 60)
NEWS = "/console/me?news=recovery"

OPEN = (Depends(anybody),)
Here = Annotated[SignedIn, Depends(staff_of)]
Password = Annotated[str, Form(max_length=256)]
Code = Annotated[str, Form(max_length=40)]


def device_cookie(app: Served) -> str:
    """What a browser keeps after somebody signed in there: it opens nothing, it only has attempts of its own."""
    return "__Host-tellonce_device" if is_https(app) else "tellonce_device"


def set_session(app: Served, response: Response, token: str) -> Response:
    """Give the browser the session's secret, which scripts cannot read."""
    response.set_cookie(cookie_name(app), token, httponly=True, secure=is_https(app), samesite="strict", path="/")
    return response


def router(app: Served) -> APIRouter:
    """The sign-in pages."""
    routes = APIRouter(include_in_schema=False)

    def form(request: Request, *, trouble: str = "", hint: str = "", name: str = "", next: str = HOME) -> Response:
        values = {
            "trouble": trouble,
            "hint": hint,
            "name": name,
            "next": inside(next),
            "company": app.policy.company,
            "oidc": app.config.staff.oidc,
        }
        return page(
            request, "console/sign_in.html", values, status=401 if trouble else 200, otherwise=app.policy.language
        )

    def link_form(request: Request, token: str, *, trouble: str = "") -> Response:
        """The button, and fields for what this person has besides."""
        now = app.clock()

        def look(uow: UnitOfWork) -> dict[str, bool]:
            link = uow.staff.look_at_link(token, now)
            return {
                "asks_password": link is not None and link.asks_password and uow.staff.has_password(link.staff),
                "asks_code": link is not None and uow.second_factors.of(link.staff).since is not None,
            }

        values = {**app.database.read(look), "trouble": trouble}
        status = 401 if trouble else 200
        return page(request, "console/sign_in_link.html", values, status=status, otherwise=app.policy.language)

    def enter(request: Request, entered: Entered, next: str) -> Response:
        return go_on(request, entered, next, lambda onward: RedirectResponse(onward, 303))

    def enter_from_elsewhere(request: Request, entered: Entered, next: str) -> Response:
        """By a page of ours, since a redirect from another site would not carry the new cookie."""
        return go_on(request, entered, next, partial(arrived, request))

    def arrived(request: Request, onward: str) -> Response:
        return page(request, "console/signed_in.html", {"onward": onward}, otherwise=app.policy.language)

    def go_on(request: Request, entered: Entered, next: str, way_on: Callable[[str], Response]) -> Response:
        """Go on with the new session; an earlier one of this browser ends."""
        if earlier := request.cookies.get(cookie_name(app)):
            app.database.write(lambda uow: uow.sessions.close(earlier))
        if entered.stage is SessionStage.ENROL:
            next = ENROLMENT
        elif entered.news:
            next = NEWS
        response = set_session(app, way_on(inside(next)), entered.token)
        response.set_cookie(
            device_cookie(app),
            entered.device,
            max_age=YEAR,
            httponly=True,
            secure=is_https(app),
            samesite="strict",
            path="/",
        )
        return response

    @routes.get("/console/sign-in", dependencies=OPEN)
    def show(request: Request, next: str = HOME, ended: bool = False) -> Response:
        language = page_language(request)
        hint = say(language, "sign-in-ended") if ended else say(language, "sign-in-needed") if next != HOME else ""
        return form(request, hint=hint, next=next)

    @routes.post("/console/sign-in", dependencies=OPEN)
    def with_password(
        request: Request,
        name: Annotated[str, Form(max_length=64)] = "",
        password: Password = "",
        code: Code = "",
        next: Annotated[str, Form(max_length=500)] = HOME,
    ) -> Response:
        if not same_origin(request.headers, app.config.web.public_url):
            raise ForgedForm
        if app.config.staff.oidc.only:
            raise HTTPException(404)
        typed = Typed(password, code, origin_of(request))
        entered = by_password(app, name, typed, request.cookies.get(device_cookie(app), ""), app.clock())
        if entered is None:
            return form(
                request, trouble=say(page_language(request), "sign-in-refused", minutes=MINUTES), name=name, next=next
            )
        return enter(request, entered, next)

    @routes.get("/console/sign-in/{token}", dependencies=OPEN)
    def show_link(request: Request, token: str) -> Response:
        return link_form(request, token)

    @routes.post("/console/sign-in/{token}", dependencies=OPEN)
    def with_link(request: Request, token: str, password: Password = "", code: Code = "") -> Response:
        if not same_origin(request.headers, app.config.web.public_url):
            raise ForgedForm
        now = app.clock()
        link = app.database.read(lambda uow: uow.staff.look_at_link(token, now))
        if link is None:
            return form(request, trouble=say(page_language(request), "sign-in-link-used"))
        entered = by_link(app, link, token, Typed(password, code, origin_of(request)), now)
        if entered is None:
            return link_form(request, token, trouble=say(page_language(request), "sign-in-link-refused"))
        return enter(request, entered, HOME if app.demo_phone is not None else HOME + "/password")

    def password_form(request: Request, staff: SignedIn, *, trouble: str = "") -> Response:
        values = {
            "staff": staff,
            "csrf": staff.csrf,
            "trouble": trouble,
            "length": PASSWORD_LENGTH,
            "asks_current": asks_current(staff),
        }
        return page(request, "console/password.html", values, status=422 if trouble else 200)

    def asks_current(staff: SignedIn) -> bool:
        """The old password is asked for, unless it was forgotten: then a link has let them in."""
        by_password = staff.session.way is Way.PASSWORD
        return by_password and app.database.read(lambda uow: uow.staff.has_password(staff.name))

    @routes.get("/console/password")
    def show_password(request: Request, staff: Here) -> Response:
        return password_form(request, staff)

    @routes.post("/console/password")
    def set_password(request: Request, staff: Here, password: Password = "", current: Password = "") -> Response:
        return change_password(request, staff, password, current)

    def change_password(request: Request, staff: SignedIn, password: str, current: str) -> Response:
        actor, now = Actor(ActorKind.STAFF, staff.name, staff.origin), app.clock()
        language = page_language(request)
        trying = Trying(staff.name, staff.origin, f"session:{staff.session.id}")
        if asks_current(staff):
            free = app.database.write(lambda uow: uow.attempts.count(trying, now)) is None
            right = app.database.read(lambda uow: uow.staff.check_password(staff.name, current))
            if not (free and right):
                return password_form(request, staff, trouble=say(language, "password-current-wrong"))

        def act(uow: UnitOfWork) -> str:
            uow.attempts.forgive(trying)
            uow.staff.set_password(staff.name, password, now, actor)  # every session ends
            return uow.sessions.open(staff.name, staff.origin, now, lasting_of(app.config), way=Way.PASSWORD)

        try:
            token = app.database.write(act)
        except PasswordError as error:
            return password_form(request, staff, trouble=weak(language, error.weakness))
        return set_session(app, RedirectResponse(HOME, 303), token)

    @routes.post("/console/sign-out")
    def leave(request: Request, staff: Here) -> Response:
        token = request.cookies[cookie_name(app)]
        app.database.write(lambda uow: uow.sessions.close(token))
        response = RedirectResponse("/console/sign-in?ended=true", 303)
        response.delete_cookie(cookie_name(app), path="/", secure=is_https(app), httponly=True, samesite="strict")
        return response

    routes.include_router(oidc_pages.router(app, enter_from_elsewhere))

    def page_language(request: Request) -> str:
        return language_of(request, app.policy.language)

    return routes


def weak(language: str, weakness: Weakness) -> str:
    """What is wrong with a password, in words."""
    match weakness:
        case Weakness.SHORT:
            return say(language, "password-short", length=PASSWORD_LENGTH)
        case Weakness.NAMED:
            return say(language, "password-named")
        case Weakness.COMMON:
            return say(language, "password-common")
