"""`tellonce parse`: what the bot understands of one message a line."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from bot.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("parse")(parse)


def parse(
    file: Annotated[Path | None, typer.Argument(help="JSON Lines to read; standard input when not given.")] = None,
) -> None:
    """Read {"id","text","lang"?,"expects"?,"region"?,"now"?} a line; write what was understood, in order."""
    from bot.parse import ParseLineError, parse_bytes
    from nlu.model import built_in_model

    # a program may wait for each answer; half a character that came as \\ud83d has no UTF-8
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)  # type: ignore[union-attr]
    model, now = built_in_model(), dt.datetime.now(dt.UTC)
    try:
        with sys.stdin.buffer if file is None else _opened(file) as lines:
            parse_bytes(lines, sys.stdout.write, model, now)
    except ParseLineError as error:
        raise UsageError(f"parse: {error}") from None


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
