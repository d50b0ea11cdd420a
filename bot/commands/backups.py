"""`tellonce backup` and `tellonce restore`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import OPERATOR, configuration, explained, opened, say, say_json
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.backups.restoring import Heard, Outcome, Restoring
    from bot.config import Config
    from store.crypto import Keyring

commands = typer.Typer(help="Backups: made while everything runs, encrypted, proven by restoring them.")
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
KeyFile = Annotated[
    Path | None, typer.Option("--key-file", help="The master key that the backup was made under, when it was rotated.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="backup")
    app.command("restore")(restore)


@contextmanager
def told() -> Iterator[None]:
    """Turn what can go wrong with backups into a sentence that says what to do."""
    from bot.backups.container import BackupBrokenError
    from bot.backups.copying import CopyError
    from bot.backups.erasures import ErasureListError
    from bot.backups.restoring import NotEmptyError
    from store.masters import WrongMasterKeyError

    try:
        yield
    except BackupBrokenError as error:
        raise UsageError(f"this backup cannot be used: {error}; nothing was restored", 1) from None
    except WrongMasterKeyError:
        raise UsageError(
            "this backup was made under another master key; name its file with --key-file. Nothing was restored", 1
        ) from None
    except (CopyError, ErasureListError) as error:
        raise UsageError(str(error), 1) from None
    except NotEmptyError as error:
        raise UsageError(str(error), 2) from None
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror}", 1) from None


@commands.callback(invoke_without_command=True)
def backup(context: typer.Context, as_json: Json = False) -> None:
    """Make a backup now, copy it off-site where a folder is named, and let old ones go."""
    if context.invoked_subcommand is not None:
        return
    from bot.backups.making import NOUNS, carry, make, prune, there
    from bot.progress import parts

    with opened() as app, told():
        at, now = app.config.backups, app.clock()
        with parts(NOUNS) as heard:
            manifest = make(app, at.folder, OPERATOR, heard)
        gone = prune(at.folder, at.keep_days, now)
        if at.offsite is not None:
            carry(there(at.folder)[0], at.offsite)
            gone += prune(at.offsite, at.keep_days_offsite, now)
    if as_json:
        say_json(manifest | {"pruned": gone, "offsite": at.offsite is not None})
        return
    say(f"wrote {at.folder / manifest['file']}: {manifest['bytes']:,} bytes in {manifest['seconds']} s")
    for name in gone:
        say(f"let go of {name}")


@commands.command("list")
def list_(as_json: Json = False) -> None:
    """The backups that are here and off-site, the newest first."""
    from bot.backups.making import there

    at = configuration().backups
    for place, folder in (("here", at.folder), ("off-site", at.offsite)):
        for one in there(folder) if folder is not None else ():
            size = one.path.stat().st_size
            if as_json:
                say_json({"file": str(one.path), "place": place, "made_at": one.made_at.isoformat(), "bytes": size})
            else:
                say(f"{one.made_at:%Y-%m-%d %H:%M:%S}  {place:<8}  {size:>14,}  {one.path}")


@commands.command()
def verify(
    file: Annotated[Path | None, typer.Argument(help="The backup; the newest one when none is named.")] = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Restore a backup to a temporary place and check everything: bytes, rows, keys, the trail."""
    config = configuration()
    path, outcome = _proven(config, file, key_file)
    _tell(path, outcome, as_json)


@commands.command()
def drill(
    report: Annotated[Path, typer.Option(help="The file that the report is written to.")],
    file: Annotated[Path | None, typer.Argument(help="The backup; the newest one when none is named.")] = None,
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """The yearly drill: `verify`, and a report of what was restored, how long it took and what was found."""
    from bot.app import utc_now

    config = configuration()
    began = utc_now()
    path, outcome = _proven(config, file, key_file)
    made = {"drill": began.isoformat(), **_shown(path, outcome)}
    try:
        report.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {report}: {error.strerror}") from None
    _tell(path, outcome, as_json)


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    key_file: KeyFile = None,
    as_json: Json = False,
) -> None:
    """Put a backup into the place that config.yml names, which must be empty. Who was erased since stays erased."""
    from bot.backups.restoring import NOUNS
    from bot.progress import parts

    config = configuration()
    with explained(config), told(), parts(NOUNS) as heard:
        outcome = _restoring(config, file, key_file, heard).into(config.store.url)
    if as_json:
        say_json(_shown(file, outcome))
        return
    say(f"restored {file} in {outcome.seconds} s; {outcome.erased} erased since are erased again")
    if outcome.rewrapped:
        say("its keys are wrapped by the master key in use now")


def _proven(config: Config, file: Path | None, key_file: Path | None) -> tuple[Path, Outcome]:
    from bot.backups.making import there
    from bot.backups.restoring import NOUNS
    from bot.progress import parts

    path = file or next((one.path for one in there(config.backups.folder)), None)
    if path is None:
        raise UsageError(f"there is no backup in {config.backups.folder}; make one with: tellonce backup")
    with explained(config), told(), parts(NOUNS) as heard:
        return path, _restoring(config, path, key_file, heard).prove(config.store.url)


def _restoring(config: Config, path: Path, key_file: Path | None, heard: Heard) -> Restoring:
    from functools import partial

    from bot.app import utc_now
    from bot.backups.erasures import ErasureList
    from bot.backups.restoring import Restoring
    from bot.catalogues import catalogues_with
    from dialogs.replies import render
    from store.database import Database, open_database

    catalogues = catalogues_with(config.fields.sentences)

    def open_at(url: str, keys: Keyring) -> Database:
        return open_database(url, keys, partial(render, catalogues=catalogues), config.policy())

    keys = _keys(config, key_file)
    erasures = ErasureList(config.backups.erasures, keys)
    return Restoring(path, keys, erasures, open_at, OPERATOR, utc_now(), heard)


def _keys(config: Config, key_file: Path | None) -> Keyring:
    from bot.master_key import MasterKeyError, master_keys, read_master_key
    from store.crypto import Keyring
    from store.masters import LocalMaster

    source = master_keys(config.keys)
    try:
        more = [] if key_file is None else [LocalMaster(read_master_key(key_file))]
    except MasterKeyError as error:
        raise UsageError(str(error)) from None
    return Keyring(lambda: [*source.known(), *more])


def _shown(path: Path, outcome: Outcome) -> dict[str, object]:
    return {
        "file": str(path),
        "made_at": outcome.about["made_at"],
        "database": outcome.about["database"],
        "rows": outcome.about["rows"],
        "keys": outcome.keys,
        "entries": outcome.entries,
        "erased_again": outcome.erased,
        "seconds": outcome.seconds,
        "trouble": outcome.trouble,
        "ok": not outcome.trouble,
    }


def _tell(path: Path, outcome: Outcome, as_json: bool) -> None:
    if as_json:
        say_json(_shown(path, outcome))
    else:
        rows = sum(outcome.about["rows"].values())
        say(
            f"{path}: {rows:,} rows, {outcome.keys:,} keys and {outcome.entries:,} entries of the trail restored"
            f" and checked in {outcome.seconds} s"
        )
    if outcome.trouble:
        raise UsageError("\n".join(outcome.trouble), 1)
