"""`tellonce staff reset-totp`, `unlock`, `sessions`: what becomes of a lost phone, of failures, of open sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import OPERATOR, opened, say, say_json
from bot.errors import UsageError

if TYPE_CHECKING:
    from store.uow import UnitOfWork

Name = Annotated[str, typer.Argument(help="Who.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def add_to(commands: typer.Typer) -> None:
    """Add the commands to `tellonce staff`."""
    commands.command("reset-totp")(reset_totp)
    commands.command()(unlock)
    commands.command()(sessions)


def known(uow: UnitOfWork, name: str) -> None:
    """UsageError when there is nobody so called."""
    if uow.staff.by_name(name) is None:
        raise UsageError(f"there is nobody called {name}")


def reset_totp(name: Name, as_json: Json = False) -> None:
    """Take somebody's second factor away (a lost phone), and print a one-time link with which they set up another.

    Their sessions end, recovery codes are void, and their tokens that decide are inactive. The link asks for their
    password besides, where they have one.
    """
    from bot.commands.staff import sign_in_address

    with opened() as app:
        now = app.clock()

        def act(uow: UnitOfWork) -> str:
            known(uow, name)
            uow.second_factors.reset(name, now, OPERATOR)
            return uow.staff.sign_in_link(name, now, asks_password=True)

        link = sign_in_address(app, app.database.write(act))
    if as_json:
        say_json({"name": name, "sign_in": link})
    else:
        say(f"{name} sets up another authenticator app with this link, once, within a day:\n  {link}")


def unlock(name: Name, as_json: Json = False) -> None:
    """Nobody who signs in under this name has to wait any more for failures so far."""
    with opened() as app:
        now = app.clock()

        def act(uow: UnitOfWork) -> None:
            known(uow, name)
            uow.attempts.unlock(name, now, OPERATOR)

        app.database.write(act)
    if as_json:
        say_json({"name": name, "waiting": 0})
    else:
        say(f"{name} need not wait any more")


def sessions(
    name: Name,
    end: Annotated[bool, typer.Option("--end", help="End all of them.")] = False,
    as_json: Json = False,
) -> None:
    """Where somebody is signed in, or with --end: nowhere any more."""
    from bot.served import lasting_of

    with opened() as app:
        now, lasting = app.clock(), lasting_of(app.config)

        def act(uow: UnitOfWork) -> int:
            known(uow, name)
            return uow.sessions.end(name, now, OPERATOR)

        ended = app.database.write(act) if end else 0
        app.database.read(lambda uow: known(uow, name))
        found = app.database.read(lambda uow: uow.sessions.of_staff(name, now, lasting))
    if end:
        if as_json:
            say_json({"name": name, "ended": ended})
        else:
            say(f"{name} is signed out everywhere")
        return
    for one in found:
        since, used = one.opened_at.isoformat(timespec="seconds"), one.used_at.isoformat(timespec="seconds")
        if as_json:
            say_json({"id": one.id, "origin": one.origin, "since": since, "used": used, "stage": one.stage})
        else:
            say(f"{one.id}  {one.origin:<39} since {since}  used {used}")
