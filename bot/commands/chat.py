"""`tellonce chat`: a chat in the terminal."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.demo import opened_demo
from bot.commands.opening import opened, say
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.app import App


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("chat")(chat)


def chat(
    customer: Annotated[str | None, typer.Option(help="Chat as this customer number, already linked.")] = None,
    demo: Annotated[Path | None, typer.Option(help="Chat in the demo kept in this folder; its phone is here.")] = None,
) -> None:
    """Chat with the bot here. "[1]" taps the first button. Ends with Ctrl-D. Not while `tellonce serve` runs."""
    from bot.app import database_name
    from bot.channels.terminal import Terminal
    from bot.only_one import AlreadyRunningError
    from bot.serving import CannotStartError, at_work

    async def talk(app: App, token: str | None) -> None:
        async with at_work(app):
            await Terminal(app, _show, input if sys.stdin.isatty() else _line).run(token)

    with opened() if demo is None else opened_demo(demo) as app:
        token = _token(app, customer) if customer else None
        try:
            asyncio.run(talk(app, token))
        except AlreadyRunningError:
            raise UsageError(
                f"another process works on {database_name(app.config)}; chat on its page /chat instead", 1
            ) from None
        except CannotStartError as error:
            raise UsageError(str(error), 1) from None
        except KeyboardInterrupt:
            _show("")


def _show(text: str) -> None:
    """At once, also to a program that reads along."""
    say(text)
    sys.stdout.flush()


def _line(prompt: str) -> str:
    """The next line of what is no terminal, without a prompt and without Python's lock on standard input, which would
    be in the way when the process ends while this waits."""
    raw = bytearray()
    while not raw.endswith(b"\n"):
        letter = os.read(sys.stdin.fileno(), 1)
        if not letter and not raw:
            raise EOFError
        if not letter:
            break
        raw += letter
    return raw.decode("utf-8", errors="replace")


def _token(app: App, customer: str) -> str:
    found = app.database.read(lambda uow: uow.customers.by_no(customer))
    if found is None:
        raise UsageError(f"there is no customer {customer}", 1)
    now, lifetime = app.clock(), app.policy.link_token_lifetime
    return app.database.write(lambda uow: uow.customers.link_token(found.id, now, lifetime))
