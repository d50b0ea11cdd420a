"""`tellonce audit key | checkpoint | witness | prove`: what to give to others, who then need not believe us."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import opened, say, say_json
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.app import App

Out = Annotated[Path | None, typer.Option("--out", help="Write to this file instead of standard output.")]
AsJson = Annotated[bool, typer.Option("--json", help="As a JSON object.")]


def register(commands: typer.Typer) -> None:
    """Add the commands."""
    for command in (key, checkpoint, witness, prove):
        commands.command()(command)


def key(as_json: AsJson = False) -> None:
    """The public key that checkpoints are signed with. An auditor notes it down once and trusts no other."""
    from store.checkpoints import NoSigningKeyError

    with opened() as app:
        try:
            found = app.database.read(lambda uow: uow.checkpoints.verifier())
        except NoSigningKeyError:
            raise UsageError("no signing key was made yet; run: tellonce audit checkpoint --now", 1) from None
    if as_json:
        say_json({"log": found.name, "key": found.written()})
    else:
        say(found.written())


def checkpoint(
    number: Annotated[int | None, typer.Option("--number", min=1, help="This one instead of the last.")] = None,
    now: Annotated[
        bool, typer.Option("--now", help="Order what waits and sign first, if there is anything new.")
    ] = False,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """The last signed checkpoint, to be kept where nobody here can reach it."""
    with opened() as app:
        if now:
            _sign(app)
        found = app.database.read(
            lambda uow: uow.checkpoints.latest() if number is None else uow.checkpoints.numbered(number)
        )
    if found is None:
        raise UsageError("there is no such checkpoint; sign one with: tellonce audit checkpoint --now", 1)
    if as_json:
        say_json(
            {"n": found.n, "size": found.size, "root": found.root.hex(), "at": found.at.isoformat(), "note": found.note}
        )
    else:
        _give(found.note, out)


def witness(
    old: Annotated[int, typer.Option("--old", min=0, help="The size of the log that the witness knows; 0: none.")] = 0,
    out: Out = None,
) -> None:
    """What to post to a witness: the last checkpoint, and the proof that its log begins with the one it knows
    (c2sp.org/tlog-witness, add-checkpoint)."""
    from store.audit_proof import NothingToProveError, prove_consistency

    with opened() as app:
        try:
            found = app.database.read(lambda uow: prove_consistency(uow, old))
        except NothingToProveError as error:
            raise UsageError(str(error), 1) from None
    _give(found.request(), out)


def prove(
    entry: Annotated[int | None, typer.Argument(help="The number of an entry.")] = None,
    old: Annotated[int | None, typer.Option("--old", min=1, help="Or: the size of an earlier log.")] = None,
    number: Annotated[int | None, typer.Option("--number", min=1, help="With --old: up to this checkpoint.")] = None,
) -> None:
    """The proof that an entry is in the log, or that the log begins with an earlier one, as JSON (RFC 9162, 2.1.3 and
    2.1.4), with the checkpoint it leads to."""
    from store.audit_proof import NothingToProveError, prove_consistency, prove_inclusion

    if (entry is None) == (old is None):
        raise UsageError("name either an entry or, with --old, the size of an earlier log")
    with opened() as app:
        try:
            if entry is not None:
                say_json(app.database.read(lambda uow: prove_inclusion(uow, entry)).shown())
            elif old is not None:
                say_json(app.database.read(lambda uow: prove_consistency(uow, old, number)).shown())
        except NothingToProveError as error:
            raise UsageError(str(error), 1) from None


def _sign(app: App) -> None:
    while app.database.write(lambda uow: uow.log.order(app.clock())):
        pass
    app.database.write(lambda uow: uow.checkpoints.sign(app.clock()))


def _give(text: str, out: Path | None) -> None:
    if out is None:
        say(text.removesuffix("\n"))
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror}", 1) from None
