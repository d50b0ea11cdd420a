"""`tellonce serve`: web chat, API, console, channels and a worker, in one process; `tellonce worker`: one more."""

from __future__ import annotations

import typer

from bot.commands.opening import opened
from bot.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)
    app.command("worker")(worker)


def serve() -> None:
    """Serve everything until Ctrl-C. Addresses and channels are in config.yml."""
    from bot.app import database_name
    from bot.only_one import AlreadyRunningError
    from bot.serving import CannotStartError, run

    with opened() as app:
        if not (app.config.notify.phone or app.config.notify.email):
            import structlog

            structlog.get_logger().warning("no code can be sent", remedy="set notify.phone or notify.email")
        try:
            run(app)
        except AlreadyRunningError:
            raise UsageError(f"another process already works on {database_name(app.config)}", 1) from None
        except CannotStartError as error:
            raise UsageError(str(error), 1) from None


def worker() -> None:
    """Do jobs beside `tellonce serve` until Ctrl-C, without web pages. As many as you like on one PostgreSQL."""
    import asyncio

    from bot.app import database_file
    from bot.serving import CannotStartError, work_on

    with opened() as app:
        if database_file(app.config) is not None:
            raise UsageError(
                "store.url names an SQLite file, on which one process works: `tellonce serve` does its own jobs."
                " For more workers use PostgreSQL"
            )
        try:
            asyncio.run(work_on(app))
        except CannotStartError as error:
            raise UsageError(str(error), 1) from None
