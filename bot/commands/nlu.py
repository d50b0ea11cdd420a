"""`tellonce parse`: what the bot understands of one message a line."""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from bot.errors import UsageError

if TYPE_CHECKING:
    from nlu.custom import CustomField


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("parse")(parse)


def parse(
    file: Annotated[Path | None, typer.Argument(help="JSON Lines to read; standard input when not given.")] = None,
) -> None:
    """Read {"id","text","lang"?,"expects"?,"region"?,"now"?} a line; write what was understood, in order."""
    from bot.parse import ParseLineError, parse_bytes
    from nlu.model import built_in_model, model_of
    from nlu.types import BUILT_IN_FIELDS

    # a program may wait for each answer; half a character that came as \\ud83d has no UTF-8
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)  # type: ignore[union-attr]
    own = _own_fields()
    model, now = model_of(BUILT_IN_FIELDS, own) if own else built_in_model(), dt.datetime.now(dt.UTC)
    try:
        with sys.stdin.buffer if file is None else _opened(file) as lines:
            parse_bytes(lines, sys.stdout.write, model, now)
    except ParseLineError as error:
        raise UsageError(f"parse: {error}") from None


def _own_fields() -> tuple[CustomField, ...]:
    """The company's own fields, as the configuration has them."""
    from bot.config_source import Source, file_of, read_environment, read_file
    from nlu.types import BUILT_IN_FIELDS

    source = Source()
    if (file := file_of(None, os.environ)) is not None:
        read_file(file, source)
    read_environment(os.environ, source)
    fields = source.values.get("fields")
    if not source.problems and (not isinstance(fields, dict) or fields.keys() <= set(BUILT_IN_FIELDS)):
        return ()  # the usual case, and the whole configuration takes long to load
    from bot.config import ConfigError, load_config

    try:
        return load_config(None, os.environ).fields.to_learn()
    except ConfigError as error:
        raise UsageError(str(error)) from None


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
