"""`tellonce serve`: web chat, API, console, channels and workers, in one process."""

from __future__ import annotations

import typer

from bot.commands.opening import opened
from bot.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve() -> None:
    """Serve everything until Ctrl-C. Addresses and channels are in config.yml."""
    from bot.app import database_file
    from bot.only_one import AlreadyRunningError
    from bot.serving import CannotStartError, run

    with opened() as app:
        if not (app.config.notify.phone or app.config.notify.email):
            import structlog

            structlog.get_logger().warning("no code can be sent", remedy="set notify.phone or notify.email")
        try:
            run(app)
        except AlreadyRunningError:
            raise UsageError(f"another process already works on {database_file(app.config)}", 1) from None
        except CannotStartError as error:
            raise UsageError(str(error), 1) from None
