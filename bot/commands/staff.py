"""`tellonce staff`: members of staff and their sign-in links. Tokens: bot.commands.staff_tokens; what becomes of a lost
phone or too many failures: bot.commands.staff_access."""

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
    from bot.commands import staff_access, staff_tokens

    staff_tokens.add_to(commands)
    staff_access.add_to(commands)
    app.add_typer(commands, name="staff")


@commands.command()
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="agent, reviewer, supervisor, operations or security_officer.")],
    language: Annotated[str, typer.Option(help="The language of their console: en or zh.")] = "en",
    customer: Annotated[
        str | None, typer.Option(help="Their customer number, if they are a customer too: that record is for others.")
    ] = None,
    team: Annotated[str | None, typer.Option(help="The team they belong to (access.rules in config.yml).")] = None,
    as_json: Json = False,
) -> None:
    """Add a member of staff and print a one-time link with which they sign in.

    With --json also the secret of an authenticator app, for programs that make codes themselves; it counts once one of
    its codes was typed, and is void when the person sets up an app of their own."""
    from store import totp

    with opened() as app:
        now = app.clock()

        def act(uow: UnitOfWork) -> tuple[str, str]:
            uow.staff.add(name, role, now, OPERATOR, language=language)
            if team is not None:
                uow.staff.join(name, team, now, OPERATOR)
            if customer is not None:
                uow.protection.is_customer(name, customer_of(uow, customer), OPERATOR, now)
            secret = uow.second_factors.begin(name, now) if as_json else ""
            return uow.staff.sign_in_link(name, now), secret

        token, secret = written(app, act)
        link = sign_in_address(app, token)
    if as_json:
        uri = totp.address(secret, name, app.config.company)
        say_json({"name": name, "role": role, "sign_in": link, "totp_uri": uri, "totp_secret": secret})
    else:
        say(f"{name} is {role} now. This link signs them in, once, within a day:\n  {link}")


@commands.command("is-customer")
def is_customer(
    name: Name, customer: Annotated[str, typer.Argument(help="Their customer number.")], as_json: Json = False
) -> None:
    """A member of staff is a customer too: from now on they neither vouch for nor decide on that record."""
    from store.staff import StaffError

    with opened() as app:
        now = app.clock()

        def act(uow: UnitOfWork) -> None:
            if uow.staff.by_name(name) is None:
                raise StaffError(f"there is nobody called {name}")
            uow.protection.is_customer(name, customer_of(uow, customer), OPERATOR, now)

        written(app, act)
    if as_json:
        say_json({"name": name, "customer": customer})
    else:
        say(f"{name} is customer {customer}: that record is for others to decide on")


def customer_of(uow: UnitOfWork, no: str) -> str:
    """The id of the customer with this number. StaffError when there is none."""
    from store.staff import StaffError

    found = uow.customers.by_no(no)
    if found is None:
        raise StaffError(f"there is no customer with the number {no}")
    return found.id


@commands.command()
def team(
    name: Name,
    team: Annotated[str | None, typer.Argument(help="The team; leave it out for none.")] = None,
    as_json: Json = False,
) -> None:
    """A member of staff belongs to a team from now on: `access.rules` in config.yml says what that means."""
    with opened() as app:
        now = app.clock()
        written(app, lambda uow: uow.staff.join(name, team, now, OPERATOR))
    tell(as_json, {"name": name, "team": team}, f"{name} is in the team {team}" if team else f"{name} is in no team")


@commands.command()
def identity(
    name: Name,
    value: Annotated[
        str | None, typer.Argument(help="The claim's value (staff.oidc.claim); leave it out for none.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say who of staff it is whom the identity provider names so: from then on they sign in through it."""
    with opened() as app:
        now = app.clock()
        written(app, lambda uow: uow.staff.identify(name, value, now, OPERATOR))
    told = f"the identity provider knows {name}" if value else f"the identity provider does not know {name}"
    tell(as_json, {"name": name, "identity": value}, told)


@commands.command("sign-in-link")
def sign_in_link(name: Name, as_json: Json = False) -> None:
    """Print a new one-time link with which somebody signs in, for instance after a forgotten password."""
    with opened() as app:
        now = app.clock()
        link = sign_in_address(app, written(app, lambda uow: uow.staff.sign_in_link(name, now)))
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
        written(app, lambda uow: uow.staff.set_password(name, chosen, now, OPERATOR))
    say(f"{name} has a new password")


@commands.command("list")
def list_(as_json: Json = False) -> None:
    """Everybody, with their roles."""
    with opened() as app:
        everybody = app.database.read(lambda uow: uow.staff.all())
    for member in everybody:
        state = "disabled" if member.disabled_at else "active"
        if as_json:
            say_json(
                {
                    "name": member.name,
                    "role": member.role,
                    "language": member.language,
                    "team": member.team,
                    "state": state,
                }
            )
        else:
            say(f"{member.name:<24} {member.role:<18} {member.language}  {state:<8} {member.team}".rstrip())


@commands.command()
def disable(name: Name, as_json: Json = False) -> None:
    """Somebody may no longer sign in; their sessions end and their tokens are void."""
    with opened() as app:
        now = app.clock()
        written(app, lambda uow: uow.staff.disable(name, now, OPERATOR))
    tell(as_json, {"name": name, "state": "disabled"}, f"{name} is disabled")


@commands.command()
def enable(name: Name, as_json: Json = False) -> None:
    """Somebody may sign in again, as before; tokens that were void stay void."""
    with opened() as app:
        now = app.clock()
        written(app, lambda uow: uow.staff.enable(name, now, OPERATOR))
    tell(as_json, {"name": name, "state": "active"}, f"{name} may sign in again")


def sign_in_address(app: App, secret: str) -> str:
    """Where a sign-in link leads."""
    return f"{app.config.web.public_url}/console/sign-in/{secret}"


def tell(as_json: bool, result: dict[str, object], sentence: str) -> None:
    """Print what became of it, for a script or for a person."""
    if as_json:
        say_json(result)
    else:
        say(sentence)


def written(app: App, act: Callable[[UnitOfWork], T]) -> T:
    """Run an act; what cannot be done is said in a sentence."""
    from store.staff import StaffError

    try:
        return app.database.write(act)
    except StaffError as error:
        raise UsageError(str(error)) from None
