"""Signing in: what was typed is counted, then checked, all of it in any case, and one answer says yes or no.

An unknown name, a wrong password, a wrong code and somebody who has to wait cost the same work and get the same answer.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.served import Served, lasting_of
from dialogs.types import Actor, ActorKind
from store.attempts import Trying
from store.sessions import SessionStage, Way
from store.staff import DECIDING, SignInLink
from store.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed into a sign-in form, and from where."""

    password: str
    code: str
    origin: str


@dataclass(frozen=True, slots=True)
class Entered:
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
    news = bool(uow.second_factors.untold(name))
    stage = stage_of(app, uow, name, typed.code, way, now, actor)
    if stage is None:
        if counted:
            refused(uow, trying, now)
        return None
    uow.attempts.forgive(trying)
    if stage is SessionStage.FULL:
        uow.second_factors.told(name, now)
    else:
        uow.second_factors.begin(name, now)
    token = uow.sessions.open(name, typed.origin, now, lasting_of(app.config), stage=stage, way=way)
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
