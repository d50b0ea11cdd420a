"""`tellonce staff`: members of staff, their sign-in links and API tokens."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.commands.opening import OPERATOR, opened, say, say_json
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.app import App
    from store.uow import UnitOfWork

T = TypeVar("T")

commands = typer.Typer(help="Members of staff and API tokens.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Who: a short, unique name.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="staff")


@commands.command()
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="agent, reviewer, supervisor, operations or security_officer.")],
    language: Annotated[str, typer.Option(help="The language of their console: en or zh.")] = "en",
    as_json: Json = False,
) -> None:
    """Add a member of staff and print a one-time link with which they sign in."""
    with opened() as app:
        now = app.clock()

        def act(uow: UnitOfWork) -> str:
            uow.staff.add(name, role, now, OPERATOR, language=language)
            return uow.staff.sign_in_link(name, now)

        link = sign_in_address(app, _write(app, act))
    if as_json:
        say_json({"name": name, "role": role, "sign_in": link})
    else:
        say(f"{name} is {role} now. This link signs them in, once, within a day:\n  {link}")


@commands.command("sign-in-link")
def sign_in_link(name: Name, as_json: Json = False) -> None:
    """Print a new one-time link with which somebody signs in, for instance after a forgotten password."""
    with opened() as app:
        now = app.clock()
        link = sign_in_address(app, _write(app, lambda uow: uow.staff.sign_in_link(name, now)))
    if as_json:
        say_json({"name": name, "sign_in": link})
    else:
        say(link)


@commands.command()
def password(name: Name) -> None:
    """Choose a password for somebody; it is asked for, or read from a pipe, never given on the command line."""
    if sys.stdin.isatty():
        chosen = str(typer.prompt("New password", hide_input=True, confirmation_prompt=True))
    else:
        chosen = sys.stdin.readline().rstrip("\r\n")
    with opened() as app:
        now = app.clock()
        _write(app, lambda uow: uow.staff.set_password(name, chosen, now, OPERATOR))
    say(f"{name} has a new password")


@commands.command("list")
def list_(as_json: Json = False) -> None:
    """Everybody, with their roles."""
    with opened() as app:
        everybody = app.database.read(lambda uow: uow.staff.all())
    for member in everybody:
        state = "disabled" if member.disabled_at else "active"
        if as_json:
            say_json({"name": member.name, "role": member.role, "language": member.language, "state": state})
        else:
            say(f"{member.name:<24} {member.role:<18} {member.language}  {state}")


@commands.command()
def disable(name: Name) -> None:
    """Somebody may no longer sign in; their sessions end and their tokens are void."""
    with opened() as app:
        now = app.clock()
        _write(app, lambda uow: uow.staff.disable(name, now, OPERATOR))
    say(f"{name} is disabled")


@commands.command()
def token(
    name: Annotated[str, typer.Argument(help="A member of staff, or what an integrator shall be called.")],
    scope: Annotated[list[str], typer.Option(help="What it may do; may be given several times, or with commas.")],
    channel: Annotated[str | None, typer.Option(help="The only channel it may speak for.")] = None,
    as_json: Json = False,
) -> None:
    """Make an API token and print it, once. A token that may decide belongs to a member of staff."""
    scopes = [one.strip() for part in scope for one in part.split(",") if one.strip()]
    with opened() as app:
        now = app.clock()
        secret = _write(app, lambda uow: uow.staff.token_new(name, scopes, now, OPERATOR, channel=channel))
    if as_json:
        say_json({"token": secret})
    else:
        say(secret)


def sign_in_address(app: App, secret: str) -> str:
    """Where a sign-in link leads."""
    return f"{app.config.web.public_url}/console/sign-in/{secret}"


def _write(app: App, act: Callable[[UnitOfWork], T]) -> T:
    from store.staff import StaffError

    try:
        return app.database.write(act)
    except StaffError as error:
        raise UsageError(str(error)) from None
