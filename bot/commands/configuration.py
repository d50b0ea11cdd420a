"""`tellonce config`: check, schema, explain."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.opening import configuration, say
from bot.errors import UsageError

commands = typer.Typer(help="The policy in config.yml.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="config")


@commands.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="The file to check; config.yml when not given.")] = None,
) -> None:
    """Read the whole configuration and list everything that is wrong with it, with line numbers."""
    from bot.config import file_of

    try:
        configuration(file)
    except UsageError as error:
        raise UsageError(str(error), 1) from None  # what was asked for was found
    say(f"{file_of(file, os.environ) or 'built-in defaults'}: ok")


@commands.command()
def schema() -> None:
    """Print the JSON Schema of config.yml, for editors."""
    from bot.config import json_schema

    say(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@commands.command()
def explain(
    field: Annotated[str, typer.Option("--field", help="The field, such as phone.")],
    risk: Annotated[str | None, typer.Option("--risk", help="A risk rule that applies.")] = None,
) -> None:
    """Say in words what a change of this field needs: proofs, approvers, time, who learns of it."""
    from bot.config import explain as explained

    say(explained(configuration(None), field, risk))
