"""`tellonce report`: how things stand."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from bot.commands.opening import OPERATOR, opened, say, say_json
from bot.errors import UsageError

commands = typer.Typer(help="How things stand.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="report")


@commands.callback()
def report() -> None:
    """How things stand."""  # without it a single command would lose its name


@commands.command()
def jobs(
    parked: Annotated[bool, typer.Option("--parked", help="List the parked jobs, each with its reason.")] = False,
    replay: Annotated[list[int] | None, typer.Option("--replay", help="Try this parked job again.")] = None,
    after: Annotated[int, typer.Option(min=0, help="With --parked: those after this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """What is to be sent and done, by kind; never what is in it."""
    from bot.jobs import lines_of
    from bot.jobs import replay as try_again

    with opened() as app:
        now = app.clock()
        for id in replay or ():
            if not app.database.write(lambda uow, id=id: try_again(uow, id, OPERATOR, now)):  # type: ignore[misc]
                raise UsageError(f"job {id} is not parked", 1)
            say_json({"replayed": id}) if as_json else say(f"job {id} is tried again")
        if replay:
            return
        if parked:
            for job in app.database.read(lambda uow: uow.jobs.for_a_person(after, limit)):
                shown = {"id": job.id, "kind": job.kind, "due": job.due.isoformat(), "attempts": job.attempts}
                if as_json:
                    say_json({**shown, "error": job.error})
                else:
                    say(f"{job.id:>10}  {job.kind:<18} {job.due:%Y-%m-%d %H:%M:%S}  {job.attempts:>3}  {job.error}")
            return
        lines = app.database.read(lambda uow: lines_of(uow, now))
    if not as_json:
        say(f"{'kind':<18} {'due for':>10} {'ready':>9} {'leased':>7} {'behind':>9} {'waits':>7} {'parked':>7}")
    for line in lines:
        if as_json:
            say_json(msgspec.structs.asdict(line))
        else:
            say(
                f"{line.kind:<18} {line.late:>8.0f} s {line.ready:>9} {line.leased:>7} {line.behind:>9}"
                f" {line.waits:>7} {line.parked:>7}"
            )


@commands.command()
def customers(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """How many customers are active, archived and erased, and what is proposed about them."""
    with opened() as app:
        by_status, waiting = app.database.read(lambda uow: uow.archiving.figures())
    shown = {
        **{status: by_status.get(status, 0) for status in ("active", "archived", "erased")},
        "to_archive": waiting.get("archive", 0),
        "to_delete": waiting.get("delete", 0),
    }
    if as_json:
        say_json(shown)
        return
    for name, count in shown.items():
        say(f"{name.replace('_', ' '):<12} {count:>10}")
