"""Signing in: what was typed is counted, then checked, all of it in any case, and one answer says yes or no.

An unknown name, a wrong password, a wrong code and somebody who has to wait cost the same work and get the same answer.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from bot.served import Served, lasting_of
from dialogs.types import Actor, ActorKind
from store.attempts import Trying
from store.sessions import SessionStage, Way
from store.staff import DECIDING, SignInLink
from store.uow import UnitOfWork

if TYPE_CHECKING:
    from bot.oidc import Vouched


class Typed(msgspec.Struct, frozen=True):
    """What somebody typed into a sign-in form, and from where."""

    password: str
    code: str
    origin: str


class Entered(msgspec.Struct, frozen=True):
    """Somebody is signed in. `token` is the session's secret; `device` is what their browser keeps; `news` says that a
    recovery code was used since they signed in last."""

    name: str
    token: str
    device: str
    stage: SessionStage
    news: bool


def by_password(app: Served, name: str, typed: Typed, device: str, now: dt.datetime) -> Entered | None:
    """Sign in with name, password and, where there is one, the second factor. None: something was wrong. `device` is
    what the browser kept of an earlier sign-in."""

    def count(uow: UnitOfWork) -> tuple[Trying, bool]:
        trying = Trying(name, typed.origin, uow.attempts.device_of(name, device))
        return trying, uow.attempts.count(trying, now) is None

    trying, counted = app.database.write(count)
    right = app.database.read(lambda uow: uow.staff.check_password(name, typed.password)) and counted
    return app.database.write(
        lambda uow: conclude(app, uow, trying, typed, now, Way.PASSWORD, right=right, counted=counted)
    )


def by_link(app: Served, link: SignInLink, secret: str, typed: Typed, now: dt.datetime) -> Entered | None:
    """Sign in with a one-time link, which stands for the password unless it asks for that too."""
    trying = Trying(link.staff, typed.origin, "link")  # whoever has the link is no stranger
    counted = app.database.write(lambda uow: uow.attempts.count(trying, now)) is None
    asked = link.asks_password and app.database.read(lambda uow: uow.staff.has_password(link.staff))
    known = not asked or app.database.read(lambda uow: uow.staff.check_password(link.staff, typed.password))

    def act(uow: UnitOfWork) -> Entered | None:
        there = uow.staff.look_at_link(secret, now) == link
        right = counted and known and there
        entered = conclude(app, uow, trying, typed, now, Way.LINK, right=right, counted=counted)
        if entered is not None:
            uow.staff.use_sign_in_link(secret, now)
        return entered

    return app.database.write(act)


class Awaited(msgspec.Struct, frozen=True):
    """The identity provider named them, and vouches for no second factor: their own code is asked for."""

    name: str


def by_identity(app: Served, vouched: Vouched, secret: str, origin: str, now: dt.datetime) -> Entered | Awaited | None:
    """Sign in whom the identity provider vouches for. None: nobody here is so called. `secret` is this sign-in's."""

    def act(uow: UnitOfWork) -> Entered | Awaited | None:
        name = uow.staff.by_identity(vouched.value)
        person = None if name is None else uow.staff.by_name(name)
        if person is None or person.disabled_at is not None:
            refused(uow, Trying("", origin), now)
            return None
        if not vouched.second_factor and uow.second_factors.of(person.name).since is not None:
            uow.oidc_logins.wait(secret, person.name, now)
            return Awaited(person.name)
        required = app.config.staff.totp == "required" and person.role in DECIDING
        enrols = required and not vouched.second_factor
        stage = SessionStage.ENROL if enrols else SessionStage.FULL
        news = bool(uow.second_factors.untold(person.name))
        return opened(app, uow, person.name, origin, now, Way.OIDC, stage, news=news)

    return app.database.write(act)


def by_waiting(app: Served, secret: str, code: str, origin: str, now: dt.datetime) -> Entered | None:
    """The code of somebody whom the provider named a moment ago. None: it was wrong, or nobody's is awaited."""

    def count(uow: UnitOfWork) -> tuple[Trying | None, bool]:
        name = uow.oidc_logins.waiting(secret, now)
        trying = None if name is None else Trying(name, origin, "oidc")  # whom the provider named is no stranger
        return trying, trying is not None and uow.attempts.count(trying, now) is None

    trying, counted = app.database.write(count)
    if trying is None:
        return None

    def act(uow: UnitOfWork) -> Entered | None:
        right = counted and uow.oidc_logins.waiting(secret, now) == trying.name
        typed = Typed("", code, origin)
        entered = conclude(app, uow, trying, typed, now, Way.OIDC, right=right, counted=counted)
        if entered is not None:
            uow.oidc_logins.end(secret)
        return entered

    return app.database.write(act)


def conclude(
    app: Served,
    uow: UnitOfWork,
    trying: Trying,
    typed: Typed,
    now: dt.datetime,
    way: Way,
    *,
    right: bool,
    counted: bool,
) -> Entered | None:
    """Check the second factor, for nobody when the first was wrong, and open the session."""
    name = trying.name if right else ""
    actor = Actor(ActorKind.STAFF, trying.name, typed.origin)
    news = bool(uow.second_factors.untold(name))  # of before now: who has just used one knows it
    stage = stage_of(app, uow, name, typed.code, way, now, actor)
    if stage is None:
        if counted:
            refused(uow, trying, now)
        return None
    uow.attempts.forgive(trying)
    return opened(app, uow, name, typed.origin, now, way, stage, news=news)


def opened(
    app: Served, uow: UnitOfWork, name: str, origin: str, now: dt.datetime, way: Way, stage: SessionStage, *, news: bool
) -> Entered:
    """Open the session."""
    if stage is SessionStage.FULL:
        uow.second_factors.told(name, now)
    else:
        uow.second_factors.begin(name, now)
    token = uow.sessions.open(name, origin, now, lasting_of(app.config), stage=stage, way=way)
    return Entered(name, token, uow.attempts.device_new(name), stage, news and stage is SessionStage.FULL)


def stage_of(
    app: Served, uow: UnitOfWork, name: str, code: str, way: Way, now: dt.datetime, actor: Actor
) -> SessionStage | None:
    """What the session may do; None when the second factor is wrong or missing."""
    accepted = uow.second_factors.accept_or_recover(name, code, now, actor)
    standing, person = uow.second_factors.of(name), uow.staff.by_name(name)
    if person is None:
        return None
    if standing.since is not None:
        return None if accepted is None else SessionStage.FULL
    if code and standing.pending and uow.second_factors.confirm(name, code, now, actor):
        return SessionStage.FULL
    if standing.reset and way is Way.PASSWORD:  # whoever took it away gave them a link
        return None
    required = app.config.staff.totp == "required" and person.role in DECIDING
    return SessionStage.ENROL if required else SessionStage.FULL


def refused(uow: UnitOfWork, trying: Trying, now: dt.datetime) -> None:
    """In the trace. A name that nobody has is not written down: it may be a password in the wrong place."""
    known = uow.staff.by_name(trying.name) is not None
    subject = f"staff:{trying.name}" if known else "staff:unknown"
    uow.audit.append("staff.sign_in_refused", subject, Actor(ActorKind.SYSTEM, "sign-in", trying.origin), now)
