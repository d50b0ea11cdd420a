"""`tellonce keys`: the master key, and replacing keys while everything runs."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands.opening import OPERATOR, configuration, opened, say, say_json
from bot.errors import UsageError

commands = typer.Typer(help="The master key, and the keys it wraps.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="keys")


@commands.command()
def create() -> None:
    """Make the master key where config.yml says. It opens every record: back it up apart from the database."""
    from bot.master_key import MasterKeyError, master_keys

    keys = configuration().keys
    try:
        made = master_keys(keys).create()
    except MasterKeyError as error:
        raise UsageError(str(error), 1) from None
    except OSError as error:
        raise UsageError(f"cannot write {keys.master_file}: {error.strerror}", 1) from None
    say(f"made {made}. Keep a copy apart from the database: without it no record can be read again.")


@commands.command()
def status(as_json: Json = False) -> None:
    """Which master keys are known, how many keys each wraps, and what is being replaced."""
    from bot.master_key import master_keys
    from store import rotation

    with opened() as app:
        known = [one.fingerprint for one in master_keys(app.config.keys).known()]
        counted, rotations = app.database.read(lambda uow: (rotation.counted(uow), rotation.rotations(uow)))
    unknown = sorted({one.master for one in counted} - set(known))
    if as_json:
        say_json(
            {
                "master": known[0],
                "next": known[1] if len(known) > 1 else None,
                "unknown": unknown,
                "keys": [{"kind": one.kind, "master": one.master, "count": one.count} for one in counted],
                "rotations": [
                    {"kind": kind, "began_at": began.isoformat(), "ended_at": end and end.isoformat(), "done": done}
                    for kind, began, end, done in rotations
                ],
            }
        )
    else:
        for place, name in zip(("in use", "next"), known, strict=False):
            say(f"master key {name}  {place}")
        for one in counted:
            say(f"{one.count:>10}  {one.kind:<14} wrapped by {one.master}")
        for kind, began, end, done in rotations:
            when = "under way: run tellonce keys rotate to go on" if end is None else f"ended {end:%Y-%m-%d %H:%M}"
            say(f"rotation of {kind:<7} began {began:%Y-%m-%d %H:%M}, {done} done, {when}")
    if unknown:
        raise UsageError(f"keys are wrapped by master keys that are not here: {', '.join(unknown)}", 1)


@commands.command()
def rotate(
    data: Annotated[bool, typer.Option("--data", help="Also seal every customer's values under a new key.")] = False,
    master: Annotated[bool, typer.Option(help="Wrap every key by a new master key.")] = True,
    index: Annotated[bool, typer.Option(help="Make every blind index with new keys.")] = True,
    as_json: Json = False,
) -> None:
    """Replace keys while everything runs. Stopped at any point, the same command goes on.

    The new master key is made where the old one is (a file, a token), or taken from TELLONCE__KEYS__NEXT_KEY.
    """
    from bot.backups.erasures import ErasureListError
    from bot.erasing import list_of
    from bot.master_key import MasterKeyError, master_keys
    from bot.progress import parts as shown
    from bot.rotating import NOUNS, Rotating

    parts = [name for name, wanted in (("master", master), ("data", data), ("index", index)) if wanted]
    if not parts:
        raise UsageError("nothing is left to rotate")
    with opened() as app:
        rotating = Rotating(app.database, master_keys(app.config.keys), OPERATOR, app.clock)
        try:
            with shown(NOUNS) as show:
                for part in parts:
                    for step in rotating.steps(part):
                        show(step.what, step.done, step.total)
            if master:
                list_of(app.config, app.keyring).rewrap(app.database.read(lambda uow: uow.seal.master_in_use()))
        except (MasterKeyError, ErasureListError) as error:
            raise UsageError(str(error), 1) from None
    if as_json:
        say_json({"rotated": parts, "advice": rotating.advice})
        return
    say(f"rotated: {', '.join(parts)}")
    if rotating.advice:
        say(rotating.advice)
