"""Brings a database up to date. The steps lie beside this file, also in the installed wheel; no alembic.ini is needed.

A new step is drafted with `python -m store.migrations.run "what it does"` and then read and bettered by hand.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:  # a command needs Alembic, a turn does not: it is imported when used
    from alembic.config import Config

STEPS = Path(__file__).parent / "versions"


ONE_AFTER_THE_OTHER = "SELECT pg_advisory_xact_lock(8437129)"


class BrokenReferenceError(Exception):
    """A migration left rows that point nowhere; it was undone."""


def config(connection: sa.Connection) -> Config:
    """Alembic's configuration for this connection."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def migrate(connection: sa.Connection) -> None:
    """Run every step not yet run, all in one transaction. The connection must be in autocommit mode."""
    from alembic import command

    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("BEGIN")
        try:
            connection.exec_driver_sql(ONE_AFTER_THE_OTHER)
            command.upgrade(config(connection), "head")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")
        return
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")  # SQLite alters a table by writing it anew
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        command.upgrade(config(connection), "head")
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise BrokenReferenceError
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def latest_step() -> str:
    """The number of the newest step there is."""
    return max((file.name.split("_")[0] for file in STEPS.glob("[0-9]*.py")), default="")


def step_of(connection: sa.Connection) -> str | None:
    """The number of the step the database is at; None for one never upgraded."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()


def draft(message: str) -> None:
    """Write a new step from the difference between the steps so far and the schema."""
    from alembic import command

    number = f"{int(latest_step() or 0) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        engine = sa.create_engine(f"sqlite:///{folder}/draft.db", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            migrate(connection)
            command.revision(config(connection), message, autogenerate=True, rev_id=number)
        engine.dispose()


if __name__ == "__main__":
    draft(" ".join(sys.argv[1:]))
