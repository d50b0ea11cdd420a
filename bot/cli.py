"""The command `tellonce`: finds the command, opens the configuration, prints errors a person can act on."""

from __future__ import annotations

import contextlib
import os
import sys

import typer

from bot.commands.audit import register as audit
from bot.commands.backups import register as backups
from bot.commands.chat import register as chat
from bot.commands.check_ins import register as check_ins
from bot.commands.configuration import register as configuration
from bot.commands.customers import register as customers
from bot.commands.database import register as database
from bot.commands.demo import register as demo
from bot.commands.embed import register as embed
from bot.commands.keys import register as keys
from bot.commands.nlu import register as nlu
from bot.commands.report import register as report
from bot.commands.scan import register as scan
from bot.commands.serve import register as serve
from bot.commands.staff import register as staff
from bot.errors import UsageError

app = typer.Typer(
    name="tellonce",
    help="TellOnce: a conversational update bot. The customer tells one place, once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for part in (
    audit,
    backups,
    chat,
    check_ins,
    configuration,
    customers,
    database,
    demo,
    embed,
    keys,
    nlu,
    report,
    scan,
    serve,
    staff,
):
    part(app)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 the command found or met a problem, 2 it was used wrongly."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # something else than a terminal, a pipe or a file
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        try:
            app(prog_name="tellonce")  # also as `python -m bot`
        finally:
            sys.stdout.flush()
    except UsageError as error:
        complain(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read has read enough, as in `tellonce audit list | head`
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what still waits goes nowhere
        sys.exit(1)
    except Exception as error:  # the outermost loop: told by its type and our places, since its words may be somebody's
        from bot.logs import places_of

        complain(f"this should not have happened: {type(error).__name__} at {', '.join(places_of(error)) or 'start'}")
        sys.exit(1)


def complain(text: str) -> None:
    """Say what is wrong, every line under our name."""
    for line in text.splitlines():
        print(f"tellonce: {line}", file=sys.stderr)  # noqa: T201 - this is the command line


if __name__ == "__main__":
    main()
