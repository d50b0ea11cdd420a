"""`tellonce demo`: everything at once, with invented people."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import say
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.app import App


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its database and key.")] = Path("demo"),
) -> None:
    """Start a complete TellOnce with a dozen invented customers and print the addresses. Ctrl-C stops it."""
    from bot.only_one import AlreadyRunningError
    from bot.serving import CannotStartError, run

    with opened_demo(folder) as app:
        try:
            run(app, lambda: announce(app))
        except AlreadyRunningError:
            raise UsageError(f"the demo in {folder} is running already", 1) from None
        except CannotStartError as error:
            raise UsageError(str(error), 1) from None


@contextmanager
def opened_demo(folder: Path) -> Iterator[App]:
    """The demo in this folder, made where there is none, closed afterwards."""
    from bot.config import ConfigError
    from bot.demo import open_demo
    from bot.logs import set_up_logs
    from bot.master_key import MasterKeyError
    from store.crypto import WrongMasterKeyError

    try:
        app = open_demo(folder, os.environ)
    except (ConfigError, MasterKeyError) as error:
        raise UsageError(str(error), 1) from None
    except WrongMasterKeyError:
        raise UsageError(f"the key in {folder} is not the one its database was made with; remove {folder}", 1) from None
    except OSError as error:
        raise UsageError(f"cannot use {folder}: {error.strerror or error}", 1) from None
    set_up_logs(app.config.log.level)
    try:
        yield app
    finally:
        app.close()


def announce(app: App) -> None:
    """Print where everything is, once it answers."""
    from bot.demo import sign_in_links

    base = app.config.web.public_url
    say(
        "\nTellOnce is running. Ctrl-C stops it.\n\n"
        f"  start here    {base}/demo\n"
        f"  web chat      {base}/chat\n"
        f"  demo phone    {base}/demo/phone\n"
        f"  demo CRM      {base}/demo/crm\n"
        f"  HTTP API      {base}/api/v1/openapi.json\n\n"
        "Console, one-time sign-in links (valid for a day):\n"
    )
    for who, link in sign_in_links(app).items():
        say(f"  {who:<18} {link}")
    say("")
