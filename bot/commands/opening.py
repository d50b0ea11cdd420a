"""Opens what commands work on, and turns what can go wrong into a sentence that says what to do."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import UsageError
from dialogs.types import Actor, ActorKind

if TYPE_CHECKING:
    from bot.app import App
    from bot.config import Config


OPERATOR = Actor(ActorKind.SYSTEM, "operator", "command line")
"""Whoever has the command line of the machine."""


def say(text: str) -> None:
    """Print a line for the person at the terminal."""
    print(text)  # noqa: T201 - this is the command line


def say_json(value: object) -> None:
    """Print a result for a script."""
    say(json.dumps(value, ensure_ascii=False))


def configuration(path: Path | None = None) -> Config:
    """The configuration, or a UsageError that lists every problem with its line."""
    from bot.config import ConfigError, load_config

    try:
        config = load_config(path, os.environ)
    except ConfigError as error:
        raise UsageError(str(error)) from None
    url = config.store.url
    if url.startswith("sqlite:") and (not url.startswith("sqlite:///") or url in ("sqlite:///", "sqlite:///:memory:")):
        raise UsageError("store.url: should name a file, as in sqlite:///run/tellonce.db")
    if not url.startswith("sqlite:") and find_spec("psycopg") is None:
        raise UsageError("store.url names PostgreSQL, which needs psycopg: pip install 'tellonce[postgres]'")
    if any(url.startswith("demo:") for url in (*config.notify.phone, *config.notify.email)):
        raise UsageError("notify: demo:// works only in the demo")
    return config


@contextmanager
def opened() -> Iterator[App]:
    """The application on the configured store, closed afterwards. The schema must be up to date."""
    from bot.app import App, database_file
    from bot.logs import set_up_logs

    config = configuration()
    set_up_logs(config.log.level)
    with explained(config):
        app = App(config)
        try:
            if (file := database_file(config)) is not None and not file.exists():
                raise UsageError(f"there is no database at {file}; make it with: tellonce db upgrade")
            app.check()
            yield app
        finally:
            app.close()


@contextmanager
def explained(config: Config) -> Iterator[None]:
    """Turn what is wrong with the key or the database into a UsageError that says what to do."""
    import sqlalchemy as sa

    from bot.app import database_name
    from bot.master_key import MasterKeyError
    from store.crypto import WrongMasterKeyError
    from store.database import DatabaseUnavailableError, SchemaOutOfDateError

    name = database_name(config)
    try:
        yield
    except MasterKeyError as error:
        raise UsageError(str(error)) from None
    except SchemaOutOfDateError:
        raise UsageError("the database is not up to date; run: tellonce db upgrade") from None
    except WrongMasterKeyError:
        raise UsageError("the master key is not the one this database was made with", 1) from None
    except DatabaseUnavailableError as error:
        raise UsageError(f"the database at {name} does not answer: {error}", 1) from None
    except sa.exc.DBAPIError as error:
        raise UsageError(f"the database at {name} cannot be used: {error.orig}", 1) from None
    except sqlite3.DatabaseError as error:
        raise UsageError(f"the database at {name} cannot be used: {error}", 1) from None
