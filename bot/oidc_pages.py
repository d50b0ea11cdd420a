"""Signing in through the identity provider: there, back, and, where it vouches for no second factor, our own code.

Nothing is kept for whoever sets out: what a sign-in was begun with is derived from a secret in the browser's cookie.
Who comes back is believed once. The way there is a link and no form, for the policy lets forms lead nowhere else.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Annotated

import msgspec
import structlog
from fastapi import APIRouter, Depends, Form, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from bot.entry import Awaited, Entered, by_identity, by_waiting
from bot.guards import same_origin
from bot.oidc import Asked, OidcError, Provider
from bot.pages import language_of, page
from bot.routes import anybody
from bot.served import Served, origin_of
from bot.signin import HOME, ForgedForm, inside, is_https
from bot.wording import say
from store.crypto import new_token
from store.indexes import Index, IndexKeys
from store.instant import to_micros
from store.oidc_logins import LASTS

log = structlog.get_logger(__name__)

PLACE = f"{HOME}/oidc"
OPEN = (Depends(anybody),)
Part = Annotated[str, Query(max_length=4096)]


class Begun(msgspec.Struct, frozen=True):
    """One sign-in that this browser has begun."""

    secret: str
    at: int  # in microseconds
    next: str

    def written(self, keyring: IndexKeys) -> str:
        """As the cookie has it, sealed."""
        plain = f"{self.secret}.{self.at}.{urlsafe_b64encode(self.next.encode()).decode()}"
        return f"{plain}.{seal(keyring, plain)}"

    def asked(self, keyring: IndexKeys) -> Asked:
        """What the provider is told and must repeat."""
        state, nonce, verifier = (
            keyring.index(Index.TOKEN, f"oidc-{part}", self.secret).hex() for part in ("state", "nonce", "verifier")
        )
        return Asked(state, nonce, verifier)


def seal(keyring: IndexKeys, plain: str) -> str:
    return keyring.index(Index.TOKEN, "oidc-cookie", plain).hex()


def begun_in(cookie: str, keyring: IndexKeys) -> Begun | None:
    """What a cookie says; None when it is none of ours."""
    plain, _, sealed = cookie.rpartition(".")
    if not hmac.compare_digest(sealed.encode(), seal(keyring, plain).encode()):
        return None
    secret, at, next = plain.split(".")
    return Begun(secret, int(at), urlsafe_b64decode(next.encode()).decode())


def cookie_name(app: Served) -> str:
    """What a browser keeps between setting out and coming back."""
    return "__Host-tellonce_oidc" if is_https(app) else "tellonce_oidc"


def router(app: Served, enter: Callable[[Request, Entered, str], Response]) -> APIRouter:
    """The way there, the way back, and the form for the code. `enter` sets the cookies and goes on."""
    routes = APIRouter(include_in_schema=False)

    def provider() -> Provider:
        if app.oidc is None:
            raise HTTPException(404)
        return app.oidc

    def keyring() -> IndexKeys:
        return app.database.read(lambda uow: uow.keyring)

    def begun(request: Request) -> Begun | None:
        """What this browser began, unless that was too long ago."""
        found = begun_in(request.cookies.get(cookie_name(app), ""), keyring())
        oldest = to_micros(app.clock() - 2 * LASTS)
        return None if found is None or found.at < oldest else found

    def failed(request: Request, kind: str) -> Response:
        """One sentence for whatever went wrong; what it was is in the log."""
        log.warning("sign-in through the identity provider failed", kind=kind)
        language = language_of(request, app.policy.language)
        values = {
            "trouble": say(language, "oidc-refused", label=app.config.staff.oidc.label),
            "hint": "",
            "name": "",
            "next": HOME,
            "company": app.policy.company,
            "oidc": app.config.staff.oidc,
        }
        return page(request, "console/sign_in.html", values, status=401, otherwise=app.policy.language)

    def code_form(request: Request, *, trouble: str = "") -> Response:
        values = {"trouble": trouble, "company": app.policy.company}
        status = 401 if trouble else 200
        return page(request, "console/oidc_code.html", values, status=status, otherwise=app.policy.language)

    @routes.get(PLACE, dependencies=OPEN)
    def begin(request: Request, next: Annotated[str, Query(max_length=500)] = HOME) -> Response:
        """To the provider. Only from our own page, so that no other site sends anybody through."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise ForgedForm
        going, keys, now = provider(), keyring(), app.clock()
        setting_out = Begun(new_token(), to_micros(now), inside(next))
        try:
            address = going.address(setting_out.asked(keys), now)
        except OidcError as error:
            return failed(request, error.kind)
        response = RedirectResponse(address, 303)
        response.set_cookie(
            cookie_name(app),
            setting_out.written(keys),
            max_age=int(2 * LASTS.total_seconds()),
            httponly=True,
            secure=is_https(app),
            samesite="lax",  # the provider sends the browser back from another site
            path="/",
        )
        return response

    @routes.get(f"{PLACE}/callback", dependencies=OPEN)
    def back(request: Request, state: Part = "", code: Part = "", error: Part = "", iss: Part = "") -> Response:
        """From the provider, once for each that set out."""
        asking, now = provider(), app.clock()
        came = begun(request)
        if came is None or came.at < to_micros(now - LASTS):
            return failed(request, "not-begun-here")
        asked = came.asked(keyring())
        if not hmac.compare_digest(state.encode(), asked.state.encode()):
            return failed(request, "another-state")
        if not app.database.write(lambda uow: uow.oidc_logins.use(came.secret, now)):
            return failed(request, "used-already")
        if error or not code or (iss and iss.rstrip("/") != app.config.staff.oidc.issuer):
            return failed(request, "refused-there")
        try:
            vouched = asking.redeem(code, asked, now)
        except OidcError as trouble:
            return failed(request, trouble.kind)
        outcome = by_identity(app, vouched, came.secret, origin_of(request), now)
        if outcome is None:
            return failed(request, "nobody-here")
        return code_form(request) if isinstance(outcome, Awaited) else enter(request, outcome, came.next)

    @routes.post(f"{PLACE}/code", dependencies=OPEN)
    def with_code(request: Request, code: Annotated[str, Form(max_length=40)] = "") -> Response:
        """Our own second factor, after the provider's first."""
        if not same_origin(request.headers, app.config.web.public_url):
            raise ForgedForm
        provider()
        came = begun(request)
        if came is None:
            return failed(request, "not-begun-here")
        entered = by_waiting(app, came.secret, code, origin_of(request), app.clock())
        if entered is None:
            language = language_of(request, app.policy.language)
            return code_form(request, trouble=say(language, "oidc-code-refused"))
        return enter(request, entered, came.next)

    return routes
