"""`tellonce db`: the schema."""

from __future__ import annotations

import typer

from bot.commands.opening import configuration, explained, say
from bot.errors import UsageError

commands = typer.Typer(help="The database and its schema.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="db")


@commands.command()
def upgrade() -> None:
    """Create the database, or bring its schema up to date. Safe to run again.

    A new installation gets its master key, too: where there is neither a key nor a database file, one is made.
    """
    from alembic.util import CommandError

    from bot.app import App, database_file
    from bot.master_key import create_master_key

    config = configuration()
    file = database_file(config)
    with explained(config):
        try:
            if not config.keys.master_file.exists() and not file.exists():
                create_master_key(config.keys.master_file)
                say(f"made a master key at {config.keys.master_file}: keep a copy apart from the database")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)  # readable by this account alone; SQLite's own files beside it follow
        except OSError as error:
            raise UsageError(f"cannot write {error.filename}: {error.strerror}", 1) from None
        app = App(config)
        try:
            app.database.upgrade()
        except CommandError:
            raise UsageError(f"a newer version of TellOnce made {file}; update the program", 1) from None
        finally:
            app.close()
    say("the database is up to date")
