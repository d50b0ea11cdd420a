"""`tellonce customers`: add, import, list, and links for chats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import OPERATOR, opened, say, say_json
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.app import App
    from bot.importing import Outcome, Reported

commands = typer.Typer(help="The customers.", no_args_is_help=True)
SHOWN = 20

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="customers")


@commands.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8, GB18030) or Excel (.xlsx) with a first line of names.")],
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook; the first one when not given.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Write every rejected row to this CSV file, without values.")
    ] = None,
    fill: Annotated[bool, typer.Option("--fill", help="Add what is missing on record of customers it knows.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Import customers. Columns: customer,name,phone,email,address,tier,type,locale,timezone,owner,tags.

    Only name is needed. Rows that cannot be taken are left out and listed with row, column and reason; exit code 1
    then. The same file again changes nothing, and what is on record is never replaced.
    """
    with opened() as app:
        outcome = import_file(app, file, sheet=sheet, report=report, fill=fill, dry_run=dry_run)
    if as_json:
        say_json(outcome.shown())
    else:
        for one in outcome.reports[:SHOWN]:
            say(f"{file}:{one.about.line}: {one.about}")
        if len(outcome.reports) > SHOWN:
            say("; ".join(f"{reason}: {count}" for reason, count in outcome.reasons.most_common(SHOWN)))
        say(summed(outcome, dry_run=dry_run))
    if outcome.rejected or outcome.kept:
        raise typer.Exit(1)


def summed(outcome: Outcome, *, dry_run: bool) -> str:
    """The import in one line."""
    counts = [(outcome.filled, "filled in"), (outcome.unchanged, "unchanged"), (outcome.kept, "kept as on record")]
    more = "".join(f", {count} {what}" for count, what in counts if count)
    said = f"{outcome.added} imported{more}, {outcome.rejected} left out"
    return f"{said}; nothing was changed: a dry run" if dry_run else said


def import_file(
    app: App,
    file: Path,
    *,
    sheet: str | None = None,
    report: Path | None = None,
    fill: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Import every good row of a file. Raises UsageError for a file that is none."""
    from bot.importing import Importing
    from bot.intake import House, read_customers
    from bot.intake_table import IntakeError
    from bot.progress import bar
    from store.imports import Existing

    policy = app.policy
    house = House(policy.region, policy.language.value, app.config.timezone, frozenset(policy.check_in.cycles))
    existing = Existing.FILL if fill else Existing.KEEP
    try:
        intake = read_customers(file, house, app.clock(), sheet)
        app.database.expect_many()
        with reporting(report) as write:
            importing = Importing(app, OPERATOR, existing, write, dry_run=dry_run)
            return importing.all(bar(intake.rows, "rows", intake.total))
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except IntakeError as error:
        raise UsageError(str(error)) from None


@contextmanager
def reporting(file: Path | None) -> Iterator[Callable[[Reported], object]]:
    """Where the lines of the report go; nowhere without a file."""
    if file is None:
        yield lambda one: None
        return
    import csv

    from bot.own_file import own_file

    with own_file(file) as text:
        writer = csv.writer(text)
        writer.writerow(("row", "column", "outcome", "reason"))
        yield lambda one: writer.writerow((one.about.line, one.about.column, one.outcome, one.about.reason))


@commands.command("list")
def list_(
    after: Annotated[str, typer.Option(help="Show customers after this number.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: Json = False,
) -> None:
    """The customers: numbers and kinds, no personal values."""
    with opened() as app:
        page = app.database.read(lambda uow: uow.customers.page(after, limit))
    for customer in page:
        row = {"customer": customer.no, "type": customer.type, "tier": customer.tier, "locale": customer.locale}
        if as_json:
            say_json(row)
        else:
            say("  ".join(row.values()))


@commands.command()
def link(
    customer: Annotated[str, typer.Argument(help="The customer number.")],
    as_json: Json = False,
) -> None:
    """Make a deep link that opens a chat as this customer: once, and only for a day."""
    with opened() as app:
        found = app.database.read(lambda uow: uow.customers.by_no(customer))
        if found is None or found.status == "erased":
            raise UsageError(f"there is no customer {customer}", 1)
        now, lifetime = app.clock(), app.policy.link_token_lifetime
        token = app.database.write(lambda uow: uow.customers.link_token(found.id, now, lifetime))
        address = f"{app.config.web.public_url}/chat?link={token}"
    if as_json:
        say_json({"token": token, "url": address})
    else:
        say(address)


@commands.command()
def export(
    customer: Annotated[str, typer.Argument(help="The customer number.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the trace.")],
    out: Annotated[Path | None, typer.Option(help="The file to write, readable by you alone.")] = None,
    html: Annotated[str | None, typer.Option(help="A page to read and print instead of JSON: en or zh.")] = None,
) -> None:
    """Write everything held on one customer as JSON, in clear: values, requests, consents, proofs, conversations.

    It is a disclosure: who had it, when and why is kept and is part of the next one.
    """
    import json

    from bot.own_file import own_file
    from bot.whole_html import page
    from bot.wording import LANGUAGES
    from store.whole import export as whole

    if not 3 <= len(reason.strip()) <= 300:
        raise UsageError("--reason: should say why, in 3 to 300 characters")
    if html is not None and html not in LANGUAGES:
        raise UsageError(f"--html: should be {' or '.join(LANGUAGES)}")
    with opened() as app:
        found = app.database.read(lambda uow: uow.customers.by_no(customer))
        if found is None:
            raise UsageError(f"there is no customer {customer}", 1)
        if found.status == "erased":
            raise UsageError(f"{customer} was erased: nothing is held any more", 1)
        everything = app.database.write(lambda uow: whole(uow, found, OPERATOR, reason.strip(), app.clock()))
        pages = app.catalogues
    as_json = json.dumps(everything, ensure_ascii=False, indent=2)
    text = as_json if html is None else page(everything, html, pages)
    if out is None:
        say(text)
        return
    with own_file(out) as file:
        file.write(text + "\n")


@commands.command()
def erase(
    customer: Annotated[str, typer.Argument(help="The customer number.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a customer for good: their key is destroyed, in every backup too. A legal hold stops it."""
    from bot.backups.erasures import ErasureListError
    from bot.erasing import erase as erase_now
    from bot.erasing import list_of
    from store.erasure import ErasedAlreadyError, HeldError

    with opened() as app:
        found = app.database.read(lambda uow: uow.customers.by_no(customer))
        if found is None:
            raise UsageError(f"there is no customer {customer}", 1)
        if not yes and typer.prompt("This cannot be undone. Type the customer number again", err=True) != customer:
            raise UsageError("that is another number; nothing was erased", 1)
        try:
            clean = erase_now(app.database, list_of(app.config, app.keyring), found.id, OPERATOR, app.clock())
        except HeldError:
            raise UsageError(f"{customer} is under a legal hold; nothing was erased", 1) from None
        except ErasedAlreadyError:
            raise UsageError(f"{customer} was erased before", 1) from None
        except ErasureListError as error:
            raise UsageError(f"{error}; nothing was erased", 1) from None
    say(f"erased {customer}" if clean else f"erased {customer}; its traces in the log go with the next checkpoint")


@commands.command()
def archive(customer: Annotated[str, typer.Argument(help="The customer number.")]) -> None:
    """Propose to archive a customer with whom the business is over. Somebody at the console decides."""
    from bot.archiving import propose
    from store.archiving import ProposedAlreadyError

    with opened() as app:
        found = app.database.read(lambda uow: uow.customers.by_no(customer))
        if found is None or found.status == "erased":
            raise UsageError(f"there is no customer {customer}", 1)
        try:
            app.database.write(lambda uow: propose(uow, found.id, OPERATOR, app.clock()))
        except ProposedAlreadyError:
            raise UsageError(f"{customer} is archived, or something is proposed about them already", 1) from None
    say(f"proposed to archive {customer}: somebody decides at the console")


@commands.command()
def reactivate(customer: Annotated[str, typer.Argument(help="The customer number.")]) -> None:
    """Make an archived customer active again."""
    with opened() as app:
        found = app.database.read(lambda uow: uow.customers.by_no(customer))
        if found is None:
            raise UsageError(f"there is no customer {customer}", 1)
        if not app.database.write(lambda uow: uow.archiving.alive(found.id, OPERATOR, app.clock())):
            raise UsageError(f"{customer} is not archived", 1)
    say(f"{customer} is active again")
