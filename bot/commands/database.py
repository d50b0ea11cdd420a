"""`tellonce db`: the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bot.commands.opening import configuration, explained, say
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.config import Config

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

    from bot.app import App, database_file, database_name
    from bot.master_key import master_keys

    config = configuration()
    file = database_file(config)
    with explained(config):
        try:
            keys = master_keys(config.keys)
            if not keys.exists() and not (file.exists() if file is not None else holds_keys(config)):
                say(f"made a master key: {keys.create()}; keep a copy apart from the database")
            if file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch(mode=0o600)  # readable by this account alone; SQLite's own files beside it follow
        except OSError as error:
            raise UsageError(f"cannot write {error.filename}: {error.strerror}", 1) from None
        app = App(config)
        try:
            app.database.upgrade()
        except CommandError:
            raise UsageError(
                f"a newer version of TellOnce made {database_name(config)}; update the program", 1
            ) from None
        finally:
            app.close()
    say("the database is up to date")


def holds_keys(config: Config) -> bool:
    """Whether a PostgreSQL database was made before: then its master key must be found, not made anew."""
    import sqlalchemy as sa

    engine = sa.create_engine(config.store.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return sa.inspect(connection).has_table("data_key")
