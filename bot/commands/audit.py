"""`tellonce audit`: the trail."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands.opening import opened, say, say_json

commands = typer.Typer(help="The audit trail.", no_args_is_help=True)


@commands.callback()
def group() -> None:
    """Keeps `list` a command of its own while it is the only one."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="audit")


@commands.command("list")
def entries(
    after: Annotated[int, typer.Option(help="Show entries after this one.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Who did what, when, on whom; never a value."""
    with opened() as app:
        page = app.database.read(lambda uow: uow.audit.page(after, limit))
    for entry in page:
        if as_json:
            say_json(entry.shown())
        else:
            say(f"{entry.id:>8}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.actor:<28} {entry.act:<22} {entry.subject}")
