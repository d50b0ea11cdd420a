"""`tellonce checkins`: asking whether details are still right."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands.opening import opened, say, say_json
from bot.errors import UsageError

commands = typer.Typer(help="Check-ins: asking whether details are still right.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="checkins")


@commands.command("list")
def list_(
    customer: Annotated[str | None, typer.Option(help="The check-ins of this customer number instead.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
    as_json: Json = False,
) -> None:
    """Who would be asked now, about what; changes nothing."""
    from bot import checkins

    with opened() as app:
        if customer is None:
            due = checkins.due_now(app.database, app.policy, app.clock(), limit)
            rows = [{"customer": d.no, "tier": d.tier, "field": d.field, "at": d.at.isoformat()} for d in due]
        else:
            asked = checkins.of_customer(app.database, customer)
            if asked is None:
                raise UsageError(f"there is no customer {customer}", 1)
            rows = [{"id": one.id, "field": one.field, "state": one.state} for one in asked]
    for row in rows:
        if as_json:
            say_json(row)
        else:
            say("  ".join(row.values()))


@commands.command()
def run(as_json: Json = False) -> None:
    """Plan everybody who is due now. The questions go out through `tellonce serve`, outside quiet hours."""
    from bot import checkins
    from bot.progress import counter

    with opened() as app, counter("check-ins") as progress:
        planned = checkins.run_now(app.database, app.policy, app.clock(), progress)
    if as_json:
        say_json({"planned": planned})
    else:
        say(f"{planned} check-ins planned")
