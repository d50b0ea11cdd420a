"""Staff sign-in: password or one-time link, session cookie, CSRF token. The console depends on `staff_of`."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from bot.guards import same_origin
from bot.lockout import WINDOW, Lockout
from bot.pages import language_of, page
from bot.served import Served, origin_of, served
from bot.wording import say
from dialogs.types import Actor, ActorKind
from store.staff import PASSWORD_LENGTH, StaffError

SAFE = ("GET", "HEAD", "OPTIONS")
HOME = "/console"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The member of staff behind a request. `csrf` goes into forms (`csrf`) and htmx headers (`X-CSRF-Token`)."""

    name: str
    role: str
    language: str
    origin: str
    csrf: str


class NeedsSignIn(Exception):
    """Nobody is signed in, or the session has ended: the page leads to the sign-in form."""


class ForgedForm(Exception):
    """A form without this session's token, or from another site."""


async def staff_of(request: Request) -> SignedIn:
    """Who is signed in. Raises NeedsSignIn; for anything but GET also checks Origin and the CSRF token."""
    app = served(request)
    token = request.cookies.get(cookie_name(app))
    if not token:
        raise NeedsSignIn
    now = app.clock()
    staff = await run_in_threadpool(app.database.read, lambda uow: uow.staff.session_of(token, now))
    if staff is None:
        raise NeedsSignIn
    csrf = csrf_of(token)
    if request.method not in SAFE:
        await refuse_forged(request, csrf)
    return SignedIn(staff.name, staff.role, staff.language, origin_of(request), csrf)


def csrf_of(token: str) -> str:
    """The session's form token: derived from the cookie, so nothing more is stored, and says nothing about it."""
    digest = hashlib.sha256(b"tellonce csrf\x00" + token.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


async def refuse_forged(request: Request, csrf: str) -> None:
    sent = request.headers.get("x-csrf-token")
    if sent is None:
        field = (await request.form()).get("csrf")
        sent = field if isinstance(field, str) else ""
    ours = same_origin(request.headers, served(request).config.web.public_url)
    if not ours or not hmac.compare_digest(sent.encode(), csrf.encode()):
        raise ForgedForm


def is_https(app: Served) -> bool:
    return urlsplit(app.config.web.public_url).scheme == "https"


def cookie_name(app: Served) -> str:
    """`__Host-` binds the cookie to this very host; browsers take it over https only."""
    return "__Host-tellonce_staff" if is_https(app) else "tellonce_staff"


def inside(path: str) -> str:
    """A path to go on to after sign-in: one of the console's, else its front page."""
    plain = path.isprintable() and "\\" not in path and not path.startswith("//")
    parts = urlsplit(path) if plain else urlsplit(HOME)
    ours = not parts.scheme and not parts.netloc and (parts.path == HOME or parts.path.startswith(HOME + "/"))
    return path if plain and ours and not parts.path.startswith(HOME + "/sign-") else HOME


def to_sign_in(request: Request) -> Response:
    """The way to the form; htmx follows HX-Redirect with the whole page."""
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    address = f"{HOME}/sign-in?next={quote(inside(target) if request.method in SAFE else HOME, safe='')}"
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def router(app: Served) -> APIRouter:
    """The sign-in pages."""
    routes = APIRouter(include_in_schema=False)
    lockout = Lockout()

    def form(request: Request, *, trouble: str = "", hint: str = "", name: str = "", next: str = HOME) -> Response:
        values = {"trouble": trouble, "hint": hint, "name": name, "next": inside(next), "company": app.policy.company}
        return page(
            request, "console/sign_in.html", values, status=401 if trouble else 200, otherwise=app.policy.language
        )

    def enter(name: str, origin: str, next: str) -> Response:
        now = app.clock()
        token = app.database.write(lambda uow: uow.staff.session_open(name, origin, now))
        response = RedirectResponse(inside(next), 303)
        response.set_cookie(cookie_name(app), token, httponly=True, secure=is_https(app), samesite="strict", path="/")
        return response

    @routes.get("/console/sign-in")
    def show(request: Request, next: str = HOME, ended: bool = False) -> Response:
        language = page_language(request)
        hint = say(language, "sign-in-ended") if ended else say(language, "sign-in-needed") if next != HOME else ""
        return form(request, hint=hint, next=next)

    @routes.post("/console/sign-in")
    def with_password(
        request: Request,
        name: Annotated[str, Form(max_length=64)] = "",
        password: Annotated[str, Form(max_length=256)] = "",
        next: Annotated[str, Form(max_length=500)] = HOME,
    ) -> Response:
        if not same_origin(request.headers, app.config.web.public_url):
            raise ForgedForm
        origin, now = origin_of(request), app.clock()
        may_try = lockout.attempt(name, origin, now)
        # The hash is worked out either way: neither the answer nor its time tells a known name from an unknown one,
        # or a locked one from a wrong password.
        right = app.database.read(lambda uow: uow.staff.check_password(name, password))
        if not (may_try and right):
            minutes = int(WINDOW.total_seconds() // 60)
            return form(
                request, trouble=say(page_language(request), "sign-in-refused", minutes=minutes), name=name, next=next
            )
        lockout.forgive(name, origin)
        return enter(name, origin, next)

    @routes.get("/console/sign-in/{token}")
    def show_link(request: Request, token: str) -> Response:
        return page(request, "console/sign_in_link.html", otherwise=app.policy.language)

    @routes.post("/console/sign-in/{token}")
    def with_link(request: Request, token: str) -> Response:
        if not same_origin(request.headers, app.config.web.public_url):
            raise ForgedForm
        now = app.clock()
        name = app.database.write(lambda uow: uow.staff.use_sign_in_link(token, now))
        if name is None:
            return form(request, trouble=say(page_language(request), "sign-in-link-used"))
        return enter(name, origin_of(request), HOME if app.demo_phone is not None else HOME + "/password")

    @routes.get("/console/password")
    async def show_password(request: Request) -> Response:
        staff = await staff_of(request)
        return page(request, "console/password.html", {"staff": staff, "csrf": staff.csrf, "trouble": ""})

    @routes.post("/console/password")
    async def set_password(request: Request, password: Annotated[str, Form(max_length=256)] = "") -> Response:
        staff = await staff_of(request)
        actor, now = Actor(ActorKind.STAFF, staff.name, staff.origin), app.clock()
        try:
            await run_in_threadpool(
                app.database.write, lambda uow: uow.staff.set_password(staff.name, password, now, actor)
            )
        except StaffError:
            trouble = say(page_language(request), "password-short", length=PASSWORD_LENGTH)
            values = {"staff": staff, "csrf": staff.csrf, "trouble": trouble}
            return page(request, "console/password.html", values, status=422)
        return await run_in_threadpool(enter, staff.name, staff.origin, HOME)  # the other sessions have ended

    @routes.post("/console/sign-out")
    async def leave(request: Request) -> Response:
        await staff_of(request)
        token = request.cookies[cookie_name(app)]
        await run_in_threadpool(app.database.write, lambda uow: uow.staff.session_close(token))
        response = RedirectResponse("/console/sign-in?ended=true", 303)
        response.delete_cookie(cookie_name(app), path="/", secure=is_https(app), httponly=True, samesite="strict")
        return response

    def page_language(request: Request) -> str:
        return language_of(request, app.policy.language)

    return routes
