"""`tellonce parse`: what the bot understands of one message a line. `tellonce nlu`: how it learned to."""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from bot.commands.opening import say, say_json
from bot.errors import UsageError

if TYPE_CHECKING:
    from nlu.custom import CustomField

commands = typer.Typer(help="The trained part of understanding.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("parse")(parse)
    app.add_typer(commands, name="nlu")


def parse(
    file: Annotated[Path | None, typer.Argument(help="JSON Lines to read; standard input when not given.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Also say which words and rules decided.")] = False,
) -> None:
    """Read {"id","text","lang"?,"expects"?,"region"?,"now"?} a line; write what was understood, in order."""
    from bot.model_file import shipped_weights
    from bot.parse import ParseLineError, parse_bytes
    from nlu.model import model_of
    from nlu.types import BUILT_IN_FIELDS

    # a program may wait for each answer; half a character that came as \\ud83d has no UTF-8
    sys.stdout.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)  # type: ignore[union-attr]
    model, now = model_of(BUILT_IN_FIELDS, _own_fields(), shipped_weights()), dt.datetime.now(dt.UTC)
    try:
        with sys.stdin.buffer if file is None else _opened(file) as lines:
            parse_bytes(lines, sys.stdout.write, model, now, explain=explain)
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


@commands.command()
def train(
    corpus: Annotated[Path | None, typer.Option(help="A folder of *.jsonl; the repository's when not given.")] = None,
    out: Annotated[Path | None, typer.Option(help="The model file to write; the shipped one when not given.")] = None,
) -> None:
    """Train the weights from the corpus of labelled utterances, and measure them on families they have not seen."""
    from bot.corpus import FOLDER, CorpusError, digest_of, read_corpus
    from bot.measuring import measured, told
    from bot.model_file import SHIPPED, write_weights

    try:
        from bot.training import train_all
    except ImportError:
        raise UsageError("training needs scikit-learn: install the extra `train` (uv sync --extra train)", 1) from None
    try:
        rows = read_corpus(corpus or FOLDER)
    except CorpusError as error:
        raise UsageError(str(error), 1) from None
    weights = train_all(rows)
    write_weights(out or SHIPPED, weights, digest_of(rows))
    for line in told(measured((row for row in rows if row.held_out), weights)):
        say(line)


@commands.command()
def measure(
    corpus: Annotated[Path | None, typer.Option(help="A folder of *.jsonl; the repository's when not given.")] = None,
    model: Annotated[Path | None, typer.Option(help="The model file; the shipped one when not given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure understanding on the families of the corpus that were kept from training."""
    from bot.corpus import FOLDER, CorpusError, read_corpus
    from bot.measuring import measured, told
    from bot.model_file import SHIPPED, read_weights
    from nlu.model.weights import ModelFileError

    try:
        rows = [row for row in read_corpus(corpus or FOLDER) if row.held_out]
        figures = measured(rows, read_weights(model or SHIPPED))
    except (CorpusError, ModelFileError) as error:
        raise UsageError(str(error), 1) from None
    if as_json:
        say_json(figures)
    else:
        for line in told(figures):
            say(line)
