"""Who is signed in: session cookie, CSRF token. The console depends on `staff_of`; the forms: bot.signin_pages."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote, urlsplit

import msgspec
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from bot.guards import same_origin
from bot.limits import Kind
from bot.routes import needing
from bot.served import Served, lasting_of, origin_of, served
from dialogs.access import Person
from dialogs.request import Role
from store.sessions import TOUCHED_EVERY, Session, SessionStage
from store.staff import StaffMember
from store.uow import UnitOfWork

SAFE = ("GET", "HEAD", "OPTIONS")
HOME = "/console"
ENROLMENT = "/console/me/authenticator"


class SignedIn(msgspec.Struct, frozen=True):
    """The member of staff behind a request. `csrf` goes into forms (`csrf`) and htmx headers (`X-CSRF-Token`);
    `origin` is where this request came from, `session.origin` where they signed in."""

    name: str
    role: str
    language: str
    origin: str
    csrf: str
    session: Session
    team: str = ""

    @property
    def person(self) -> Person:
        """The same, for questions about permissions."""
        return Person(self.name, Role(self.role), self.team)


class NeedsSignIn(Exception):
    """Nobody is signed in, or the session has ended: the page leads to the sign-in form."""


class NeedsEnrolment(NeedsSignIn):
    """Signed in, but the second factor has to be set up first."""


class ForgedForm(Exception):
    """A form without this session's token, or from another site."""


@needing("signed in")
async def staff_of(request: Request) -> SignedIn:
    """Who is signed in. Raises NeedsSignIn or TooManyError; but for GET also checks Origin and the CSRF token."""
    staff = await arriving(request)
    if staff.session.stage is not SessionStage.FULL:
        raise NeedsEnrolment
    return staff


@needing("signing in")
async def arriving(request: Request) -> SignedIn:
    """The same, also for somebody who has yet to set up their second factor: for the pages of just that."""
    app = served(request)
    token = request.cookies.get(cookie_name(app))
    if not token:
        raise NeedsSignIn
    now, lasting = app.clock(), lasting_of(app.config)

    def look(uow: UnitOfWork) -> tuple[Session, StaffMember] | None:
        session = uow.sessions.of(token, now, lasting)
        member = None if session is None else uow.staff.by_name(session.staff)
        return None if session is None or member is None else (session, member)

    found = await run_in_threadpool(app.database.read, look)
    if found is None:
        raise NeedsSignIn
    session, member = found
    await app.limits.require(Kind.ACCOUNT, "staff", member.name)
    csrf = csrf_of(token)
    if request.method not in SAFE:
        await refuse_forged(request, csrf)
    if is_use(request) and now - session.used_at >= TOUCHED_EVERY:
        await run_in_threadpool(app.database.write, lambda uow: uow.sessions.touch(session.id, now))
    return SignedIn(member.name, member.role, member.language, origin_of(request), csrf, session, member.team)


def is_use(request: Request) -> bool:
    """Whether a person did something: pages that follow by themselves keep no session alive."""
    by_itself = "hx-request" in request.headers or request.headers.get("x-live") == "1"
    streamed = "text/event-stream" in request.headers.get("accept", "")
    return request.method not in SAFE or not (by_itself or streamed or request.url.path.endswith(("/live", "/stream")))


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
