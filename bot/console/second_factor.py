"""Setting up one's own second factor: the QR code, the first right code, the recovery codes shown once."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from markupsafe import Markup
from starlette.responses import Response

from bot.console.screen import actor_of, show, words
from bot.served import Served, lasting_of
from bot.signin import ENROLMENT, SignedIn, arriving
from bot.signin_pages import set_session
from store import totp
from store.attempts import Trying
from store.sessions import SessionStage, Way
from store.uow import UnitOfWork

Arriving = Annotated[SignedIn, Depends(arriving)]
Code = Annotated[str, Form(max_length=40)]


def picture(address: str) -> Markup:
    """The QR code, drawn into the page: nothing of it is asked of anybody else."""
    import segno

    made = segno.make(address, error="m", micro=False)
    return Markup(made.svg_inline(scale=5, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None))  # noqa: S704 - made of numbers alone


def in_fours(secret: str) -> list[str]:
    """The secret in groups of four, for typing."""
    return [secret[at : at + 4] for at in range(0, len(secret), 4)]


def trying_of(staff: SignedIn) -> Trying:
    """Codes typed within a session are counted for that session: a stranger cannot use them up."""
    return Trying(staff.name, staff.origin, f"session:{staff.session.id}")


def proven(app: Served, staff: SignedIn, code: str) -> bool:
    """Whether the code is right, counted before it is compared; also right where no second factor counts yet."""
    now, trying = app.clock(), trying_of(staff)
    if app.database.read(lambda uow: uow.second_factors.of(staff.name)).since is None:
        return True
    if app.database.write(lambda uow: uow.attempts.count(trying, now)) is not None:
        return False

    def check(uow: UnitOfWork) -> bool:
        right = uow.second_factors.accept_or_recover(staff.name, code, now, actor_of(staff)) is not None
        if right:
            uow.attempts.forgive(trying)
        return right

    return app.database.write(check)


def codes_page(
    app: Served, request: Request, staff: SignedIn, codes: list[str], onward: str, done: str = ""
) -> Response:
    """Ten recovery codes, this once; `done` says what else was done."""
    text = f"{app.policy.company}\n{staff.name}\n\n" + "\n".join(codes) + "\n"
    values = {
        "codes": codes,
        "done": done,
        "onward": onward,
        "file": "data:text/plain;charset=utf-8," + quote(text),
        "named": f"recovery-codes-{staff.name}.txt",
    }
    return show(app, request, staff, "console/recovery_codes.html", values)


def router(app: Served) -> APIRouter:
    """The pages."""
    routes = APIRouter()

    def setting_up(request: Request, staff: SignedIn, secret: str, *, trouble: str = "") -> Response:
        address = totp.address(secret, staff.name, app.policy.company)
        values = {"qr": picture(address), "groups": in_fours(secret), "trouble": trouble, "address": address}
        status = 422 if trouble else 200
        return show(app, request, staff, "console/authenticator.html", values, status=status, path=ENROLMENT)

    def beginning(request: Request, staff: SignedIn, *, trouble: str = "") -> Response:
        counts = app.database.read(lambda uow: uow.second_factors.of(staff.name)).since is not None
        values = {"counts": counts, "trouble": trouble}
        status = 422 if trouble else 200
        return show(app, request, staff, "console/authenticator_begin.html", values, status=status, path=ENROLMENT)

    @routes.get(ENROLMENT)
    def authenticator(request: Request, staff: Arriving) -> Response:
        """The QR code of the secret that was made when this person signed in; else the way to a new one."""
        secret = app.database.read(lambda uow: uow.second_factors.pending(staff.name))
        if staff.session.stage is SessionStage.FULL or secret is None:
            return beginning(request, staff)
        return setting_up(request, staff, secret)

    @routes.post(ENROLMENT + "/new")
    def begin(request: Request, staff: Arriving, code: Code = "") -> Response:
        """A fresh secret, which only this answer and the next wrong code show."""
        if not proven(app, staff, code):
            return beginning(request, staff, trouble=words(request, staff, "code-wrong"))
        secret = app.database.write(lambda uow: uow.second_factors.begin(staff.name, app.clock()))
        return setting_up(request, staff, secret)

    @routes.post(ENROLMENT)
    def confirm(request: Request, staff: Arriving, code: Code = "") -> Response:
        """The first right code: from now on it counts. The session goes on under a new secret, all others end."""
        now, trying, actor = app.clock(), trying_of(staff), actor_of(staff)
        secret = app.database.read(lambda uow: uow.second_factors.pending(staff.name))
        if secret is None:
            return beginning(request, staff)
        free = app.database.write(lambda uow: uow.attempts.count(trying, now)) is None

        def act(uow: UnitOfWork) -> tuple[str, list[str]] | None:
            if not uow.second_factors.confirm(staff.name, code, now, actor):
                return None
            uow.attempts.forgive(trying)
            uow.sessions.end(staff.name, now, actor)
            codes = uow.second_factors.recovery_new(staff.name, now, actor)
            lasting, way = lasting_of(app.config), staff.session.way
            return uow.sessions.open(staff.name, staff.origin, now, lasting, way=way), codes

        done = app.database.write(act) if free else None
        if done is None:
            return setting_up(request, staff, secret, trouble=words(request, staff, "code-wrong"))
        token, codes = done
        first = staff.session.stage is SessionStage.ENROL and staff.session.way is Way.LINK
        onward = (
            "/console/password" if first else "/console" if staff.session.stage is SessionStage.ENROL else "/console/me"
        )
        return set_session(
            app, codes_page(app, request, staff, codes, onward, words(request, staff, "recovery-done")), token
        )

    return routes
