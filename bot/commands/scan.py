"""`tellonce scan`: what the bot would have caught in the chats a company already has."""

from __future__ import annotations

import datetime as dt
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.commands.opening import configuration, say_json
from bot.errors import UsageError
from bot.exports.message import ExportError, Format

if TYPE_CHECKING:
    from bot.exports.read import Reading
    from bot.exports.source import Source
    from bot.scan import Found, Scan

Files = Annotated[list[Path], typer.Argument(help="JSON Lines, CSV, Telegram's result.json or WhatsApp's text.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("scan")(scan)


def scan(
    files: Files,
    kind: Annotated[Format | None, typer.Option("--format", help="What the files are, if it cannot be told.")] = None,
    staff: Annotated[list[str] | None, typer.Option(help="An author who is no customer. May be repeated.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the rows go; CSV when it ends so, else JSON Lines.")] = None,
    column: Annotated[
        list[str] | None, typer.Option(help="PART=NAME, such as text=Nachricht. May be repeated.")
    ] = None,
    no_authors: Annotated[bool, typer.Option("--no-authors", help="Leave chats and authors out altogether.")] = False,
    with_text: Annotated[bool, typer.Option("--with-text", help="Write what was said and the values in it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Read exported chats and write what the bot would have caught; nothing is stored and nobody is written to.

    Rows go to standard output unless --out names a file, and hold no text, no value and no name: chats and authors
    have a pseudonym that is good for this scan only. The summary follows on standard error, or, with --out, on
    standard output.
    Exit code 1 when some lines or the end of a file could not be read.
    """
    from bot.scan_output import told

    run = _run_of(staff or [])
    pseudonyms = None if no_authors else _pseudonyms()
    with _rows(out, with_authors=not no_authors, with_text=with_text) as write:
        how = _reading(column or [])
        for number, path in enumerate(files, 1):
            for found in _found(run, path, number, kind, how):
                write(found.row(pseudonyms, with_text=with_text))
    if as_json and out is not None:
        say_json(run.summary.shown())
    elif as_json:
        import json

        print(json.dumps(run.summary.shown(), ensure_ascii=False), file=sys.stderr)  # noqa: T201 - the command line
    else:
        for line in told(run.summary, run.unseen_staff()):
            print(line, file=sys.stderr if out is None else sys.stdout)
    if run.summary.bad or run.summary.broken:
        raise typer.Exit(1)


def _run_of(staff: list[str]) -> Scan:
    from bot.model_file import shipped_weights
    from bot.scan import Scan
    from nlu.model import model_of

    policy = configuration().policy()
    enabled = tuple(name for name, field in policy.fields.items() if field.enabled)
    return Scan(
        model_of(enabled, (), shipped_weights()), policy.region, policy.language, staff, dt.datetime.now(dt.UTC)
    )


def _pseudonyms() -> Any:
    from bot.scan import Pseudonyms

    return Pseudonyms(secrets.token_bytes(32))


def _reading(columns: list[str]) -> Reading:
    from bot.exports.read import Reading
    from bot.exports.table import COLUMNS

    config = configuration()
    named = dict(one.partition("=")[::2] for one in columns)
    if wrong := [part for part, name in named.items() if part not in COLUMNS or not name]:
        raise UsageError(f"--column {wrong[0]}: should be PART=NAME, and PART one of {', '.join(COLUMNS)}")
    return Reading(ZoneInfo(config.timezone), american=config.region == "US", columns=named)


def _found(run: Scan, path: Path, number: int, kind: Format | None, how: Reading) -> Iterator[Found]:
    """The messages with cues in one file. One that breaks off is told of at the end; one that cannot be read at all is
    a mistake of use."""
    from bot.exports.read import guess, read
    from bot.exports.source import source_of
    from bot.progress import byte_bar

    try:
        size = path.stat().st_size
        with byte_bar(path.suffix or "file", size) as told:
            source: Source = source_of(path, told)
            known = kind or guess(source, how.columns)
            # WhatsApp names the file after the customer
            name = f"whatsapp-{number}{path.suffix}" if known is Format.WHATSAPP else path.name
            before = run.summary.messages
            try:
                yield from run.messages(name, read(source, known, how))
            except ExportError as error:
                if run.summary.messages == before:
                    raise
                run.summary.broken.append((name, str(error)))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except ExportError as error:
        raise UsageError(f"{path.name}: {error}") from None


@contextmanager
def _rows(out: Path | None, *, with_authors: bool, with_text: bool) -> Iterator[Callable[[dict[str, Any]], object]]:
    """Where rows are written to. A file is the reader's alone, and takes its place only when it is whole."""
    from bot.own_file import own_file
    from bot.scan_output import csv_rows, json_rows

    if out is None:
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        yield json_rows(sys.stdout)
        return
    with own_file(out) as file:
        if out.suffix.lower() == ".csv":
            yield csv_rows(file, with_authors=with_authors, with_text=with_text)
        else:
            yield json_rows(file)
