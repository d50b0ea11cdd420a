"""`tellonce staff token`, `tokens`, `revoke`: the tokens by which programs speak."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import OPERATOR, opened, say, say_json
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.app import App
    from store.uow import UnitOfWork

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def add_to(commands: typer.Typer) -> None:
    """Add the commands to `tellonce staff`."""
    for command in (token, tokens, revoke):
        commands.command()(command)


def token(
    name: Annotated[str, typer.Argument(help="A member of staff, or what an integrator shall be called.")],
    scope: Annotated[list[str], typer.Option(help="What it may do; may be given several times, or with commas.")],
    channel: Annotated[str | None, typer.Option(help="The only channel it may speak for.")] = None,
    totp: Annotated[str, typer.Option(help="A code of that person's authenticator app, to activate it at once.")] = "",
    as_json: Json = False,
) -> None:
    """Make an API token and print it, once.

    A token that may decide belongs to a member of staff and is inactive until that person activates it with a code of
    their authenticator app: here with --totp, in the console, or by POST /api/v1/tokens/activate. Where they have no
    app yet, the secret of one is printed besides.
    """
    from store.staff import ACTIVATED, StaffError

    scopes = [one.strip() for part in scope for one in part.split(",") if one.strip()]
    decides = not ACTIVATED.isdisjoint(scopes)
    with opened() as app:
        now = app.clock()
        person = app.database.read(lambda uow: uow.staff.by_name(name)) if decides else None
        code = totp
        if person is not None and not code and sys.stdin.isatty() and not as_json:
            code = str(
                typer.prompt(f"Code of {name}'s authenticator app (empty: activate it later)", default="", err=True)
            )
        if code and person is not None:
            count(app, name)

        def act(uow: UnitOfWork) -> tuple[str, str]:
            secret = uow.staff.token_new(name, scopes, now, OPERATOR, channel=channel)
            return secret, finish(uow, secret) if decides else ""

        def finish(uow: UnitOfWork, secret: str) -> str:
            """Activate the token, or say by which secret its person can: "" when they have an app already."""
            if code:
                activate(uow, name, secret, code, app)
            elif uow.second_factors.of(name).since is None:
                return uow.second_factors.pending(name) or uow.second_factors.begin(name, now)
            return ""

        try:
            secret, pending = app.database.write(act)
        except StaffError as error:
            raise UsageError(str(error)) from None
        company = app.config.company
    show(name, secret, pending, company, as_json=as_json, decides=decides, active=bool(code))


def show(name: str, secret: str, pending: str, company: str, *, as_json: bool, decides: bool, active: bool) -> None:
    """The token on standard output; what is to be done with it besides."""
    from store.totp import address

    uri = address(pending, name, company) if pending else ""
    if as_json:
        say_json({"token": secret} | ({"totp_uri": uri} if uri else {}) | ({"active": active} if decides else {}))
        return
    say(secret)
    if decides and not active:
        typer.echo(f"It decides nothing until {name} activates it with a code of their authenticator app.", err=True)
        if uri:
            typer.echo(f"{name} has none yet; this sets one up:\n  {uri}", err=True)


def count(app: App, name: str) -> None:
    """Count a code before it is compared. UsageError when there were too many wrong ones."""
    from store.attempts import Trying

    wait = app.database.write(lambda uow: uow.attempts.count(Trying(name, "", "command line"), app.clock()))
    if wait is not None:
        raise UsageError(f"too many wrong codes; try again in {int(wait.total_seconds()) + 1} seconds", 1)


def activate(uow: UnitOfWork, name: str, secret: str, code: str, app: App) -> None:
    """Activate a token of this unit of work; a wrong code undoes all of it."""
    from store.attempts import Trying

    now, holder = app.clock(), uow.staff.token_of(secret)
    if holder is None or not uow.second_factors.prove(name, code, now, OPERATOR):
        raise UsageError("the code is wrong, too old, or was used before; no token was made", 1)
    uow.staff.token_activate(holder.id, now, OPERATOR)
    uow.attempts.forgive(Trying(name, "", "command line"))


def tokens(
    name: Annotated[str | None, typer.Argument(help="Only those of this name.")] = None, as_json: Json = False
) -> None:
    """Every token: its id, whose it is, what it may do. The secret itself was shown once and is not kept."""
    with opened() as app:
        found = app.database.read(lambda uow: uow.staff.tokens(name))
    for one in found:
        if as_json:
            say_json(
                {
                    "id": one.id,
                    "name": one.name,
                    "staff": one.staff,
                    "scopes": list(one.scopes),
                    "channel": one.channel,
                    "state": one.state,
                    "created_at": one.created_at.isoformat(),
                }
            )
        else:
            say(f"{one.id}  {one.name:<24} {one.state:<8}  {','.join(one.scopes)}  {one.channel or ''}".rstrip())


def revoke(
    id: Annotated[str, typer.Argument(help="The token's id, from `tellonce staff tokens`.")], as_json: Json = False
) -> None:
    """A token is void from now on."""
    with opened() as app:
        now = app.clock()
        if not app.database.write(lambda uow: uow.staff.token_end(id, now, OPERATOR)):
            raise UsageError("there is no such token, or it was revoked before; tellonce staff tokens lists them")
    if as_json:
        say_json({"id": id, "state": "revoked"})
    else:
        say(f"{id} is revoked")
