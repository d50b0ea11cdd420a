"""`tellonce customers`: add, import, list, and links for chats."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.opening import OPERATOR, opened, say, say_json
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.app import App
    from bot.intake import Row
    from store.uow import UnitOfWork

commands = typer.Typer(help="The customers.", no_args_is_help=True)
BATCH = 500
SHOWN = 20

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="customers")


@commands.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A UTF-8 CSV file; its first line names the columns.")],
    as_json: Json = False,
) -> None:
    """Import customers. Columns: customer,name,phone,email,address,tier,type,locale,timezone,owner; name is needed.

    Rows that cannot be taken are left out and listed with their line and reason; exit code 1 then.
    """
    with opened() as app:
        taken, left_out = import_file(app, file)
    if as_json:
        say_json({"imported": taken, "rejected": [{"line": row.line, "reason": row.problem} for row in left_out]})
    else:
        for row in left_out[:SHOWN]:
            say(f"{file}:{row.line}: {row.problem}")
        if len(left_out) > SHOWN:
            reasons = Counter(row.problem for row in left_out).most_common()
            say("; ".join(f"{reason}: {count}" for reason, count in reasons))
        say(f"{taken} imported, {len(left_out)} left out")
    if left_out:
        raise typer.Exit(1)


def import_file(app: App, file: Path) -> tuple[int, list[Row]]:
    """Import every good row, some hundred a transaction; returns how many, and the rows left out."""
    from bot.intake import House, IntakeError, Row, read_rows
    from bot.progress import bar

    policy = app.policy
    house = House(policy.region, policy.language.value, app.config.timezone, frozenset(policy.check_in.cycles))
    taken, left_out, waiting = 0, list[Row](), list[Row]()
    try:
        for row in bar(read_rows(file, house, app.clock()), "rows"):
            if row.customer is None:
                left_out.append(row)
                continue
            waiting.append(row)
            if len(waiting) == BATCH:
                taken += _add(app, waiting, left_out)
                waiting.clear()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None
    except IntakeError as error:
        raise UsageError(str(error)) from None
    taken += _add(app, waiting, left_out)
    return taken, sorted(left_out, key=lambda row: row.line)


def _add(app: App, rows: list[Row], left_out: list[Row]) -> int:
    from bot.intake import Row
    from store.customers import DuplicateCustomer

    now = app.clock()

    def act(uow: UnitOfWork) -> list[Row]:
        refused = []
        for row in rows:
            assert row.customer is not None  # noqa: S101 - rows without one were left out
            try:
                uow.customers.add(row.customer, now, OPERATOR)
            except DuplicateCustomer:
                refused.append(Row(row.line, problem="customer: the number is taken"))
        return refused

    refused = app.database.write(act)
    left_out += refused
    return len(rows) - len(refused)


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
        if found is None:
            raise UsageError(f"there is no customer {customer}", 1)
        now, lifetime = app.clock(), app.policy.link_token_lifetime
        token = app.database.write(lambda uow: uow.customers.link_token(found.id, now, lifetime))
        address = f"{app.config.web.public_url}/chat?link={token}"
    if as_json:
        say_json({"token": token, "url": address})
    else:
        say(address)
