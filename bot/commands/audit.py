"""`tellonce audit`: the trail."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import opened, say, say_json
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.app import App
    from store.uow import UnitOfWork

commands = typer.Typer(help="The audit trail.", no_args_is_help=True)
AT_ONCE = 2_000


def register(app: typer.Typer) -> None:
    """Add the commands."""
    from bot.commands import audit_log, audit_verify

    for part in (audit_log, audit_verify):
        part.register(commands)
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


@commands.command()
def export(
    out: Annotated[Path | None, typer.Option("--out", help="Write to this file instead of standard output.")] = None,
    first: Annotated[int, typer.Option("--from", min=0, help="Begin with this leaf of the log.")] = 0,
) -> None:
    """Every entry that has its place in the log, in that order, one JSON object a line."""
    with opened() as app:
        if out is None:
            _export(app, sys.stdout.write, first)
            return
        try:
            with out.open("w", encoding="utf-8") as file:
                _export(app, file.write, first)
        except OSError as error:
            raise UsageError(f"cannot write {out}: {error.strerror}", 1) from None


def _export(app: App, write: Callable[[str], object], first: int) -> None:
    from bot.progress import parts

    size = app.database.read(lambda uow: uow.log.size())
    with parts({"entries": "entries"}) as told:
        for start in range(first, size, AT_ONCE):
            count = min(AT_ONCE, size - start)
            for line in app.database.read(partial(_page, start=start, count=count)):
                write(line)
            told("entries", start + count, size)


def _page(uow: UnitOfWork, start: int, count: int) -> list[str]:
    found = uow.audit.in_order(start, count)
    return [json.dumps({"seq": seq, **entry.shown()}, ensure_ascii=False) + "\n" for seq, entry in found]
