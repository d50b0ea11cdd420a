"""`tellonce keys`: the master key."""

from __future__ import annotations

import typer

from bot.commands.opening import configuration, say
from bot.errors import UsageError

commands = typer.Typer(help="The master key.", no_args_is_help=True)


@commands.callback()
def group() -> None:
    """Keeps `create` a command of its own while it is the only one."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="keys")


@commands.command()
def create() -> None:
    """Make the master key where config.yml says. It opens every record: back it up apart from the database."""
    from bot.master_key import MasterKeyError, create_master_key

    path = configuration().keys.master_file
    try:
        create_master_key(path)
    except MasterKeyError as error:
        raise UsageError(str(error), 1) from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", 1) from None
    say(f"wrote {path}. Keep a copy apart from the database: without it no record can be read again.")
