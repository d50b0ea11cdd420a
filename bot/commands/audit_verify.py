"""`tellonce audit verify`: whether anybody tampered with the trail."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import opened, say, say_json
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.app import App
    from store.audit_check import Check
    from store.signed_note import Verifier

PUT_AWAY = 5.0
"""Seconds between two times that the state is put away."""

FILE_LIMIT = 10_000_000


def register(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command()(verify)


def verify(
    checkpoints: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="A checkpoint that was kept elsewhere; may be repeated.")
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="The log's public key as noted down (audit key).")] = None,
    state: Annotated[
        Path | None, typer.Option("--state", help="Keep the state here; a check that was interrupted goes on from it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As a JSON object.")] = False,
) -> None:
    """Read the whole trail and name whatever was altered, removed, moved, cut off or forged.

    Exit code 0: the trail is whole. 1: it is not. 2: the check could not be made."""
    notes = {str(path): _read(path) for path in checkpoints or ()}
    trusted = None if key is None else _key(key)
    with opened() as app:
        check = _run(app, notes, trusted, state, quiet=as_json)
    _say(check, as_json=as_json, given=bool(notes))
    if not check.ok:
        raise typer.Exit(1)


def _run(app: App, notes: dict[str, str], key: Verifier | None, state: Path | None, *, quiet: bool) -> Check:
    from bot.progress import parts
    from store.audit_check import Check, NotOfThisCheckError

    check = Check(
        app.database.read,
        notes=notes,
        key=key,
        heard=lambda finding: None if quiet else say(f"{finding.kind.value}: {finding.says}"),
    )
    kept = _read(state) if state is not None and state.exists() else None
    nouns = {"entries": "entries", "places": "places of entries", "rows": "rows of acts"}
    put_away = time.monotonic()
    with parts(nouns) as told:
        try:
            for progress in check.steps(kept):
                told(progress.part, progress.done, progress.total)
                if state is not None and progress.part == "entries" and time.monotonic() - put_away > PUT_AWAY:
                    _put_away(check, state)
                    put_away = time.monotonic()
        except NotOfThisCheckError:
            raise UsageError(f"{state} is not the state of a check of this trail; remove it to begin anew") from None
        except KeyboardInterrupt:
            if state is not None:
                _put_away(check, state)
            raise
    if state is not None:
        with contextlib.suppress(FileNotFoundError):
            state.unlink()
    return check


def _say(check: Check, *, as_json: bool, given: bool) -> None:
    walk, report = check.walk, check.report
    if as_json:
        found = [finding.shown() for finding in report.findings]
        counts = {"entries": walk.size, "signed": walk.signed, "checkpoints": walk.checkpoints, "trims": walk.trims}
        say_json({"ok": check.ok, **counts, "waiting": check.waiting, "findings": found, "more": report.more})
        return
    if report.more:
        say(f"… and {report.more} more")
    say(
        f"{walk.size} entries, {walk.checkpoints} checkpoints; signed up to leaf {walk.signed}, {check.waiting} waiting"
    )
    if not check.ok:
        say(f"{len(report.findings) + report.more} things are wrong")
    elif given:
        say("the trail is whole")
    else:
        say("the trail is whole; whether its end was cut off only a checkpoint kept elsewhere can tell (--checkpoint)")


def _put_away(check: Check, state: Path) -> None:
    beside = state.with_name(f"{state.name}.new")
    try:
        beside.write_text(check.kept(), encoding="utf-8")
        os.replace(beside, state)
    except OSError as error:
        raise UsageError(f"cannot write {state}: {error.strerror}") from None


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(FILE_LIMIT)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or 'it is not text'}") from None


def _key(written: str) -> Verifier:
    from store.signed_note import NoteError, verifier

    try:
        return verifier(written)
    except NoteError as error:
        raise UsageError(f"--key: {error}") from None
