"""`make bench`: one table, everything measured in this run."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import aiogram_form, campaign, growth, peers, ptb_form, understanding
from bench.parts import THINKING
from bench.turns import Turns
from bench.turns_postgres import PostgresTurns
from tests.postgres import DURABLE, MISSING, programs, running


def main() -> None:
    """Measure and print. Figures are milliseconds of CPU unless they say otherwise."""
    table = Table("what", "figure", "budget", title="TellOnce bench: CPU, best or median of several rounds")
    spread = understanding.measure()
    seconds, megabytes = understanding.ready()
    table.add_row("understanding, median", f"{spread.median:.3f} ms", "≤ 0.25 ms")
    table.add_row("understanding, p99", f"{spread.p99:.3f} ms", "≤ 1 ms")
    table.add_row("  ready in both languages", f"{seconds:.2f} s", "≤ 0.5 s")
    table.add_row("  memory of the process", f"{megabytes:.0f} MB", "≤ 100 MB")
    table.add_row("  4,096 against 1,024 characters", f"{understanding.linear():.1f} ×", "linear: 4 ×")
    for peer in peers.measured(understanding.messages(), rasa="--rasa" in sys.argv):
        if peer.absent is not None:
            table.add_row(f"  peer: {peer.name}", peer.absent, "")
            continue
        times = f"{peer.median / spread.median:.2f} × ours; p99 {peer.p99:.3f} ms"
        size = f"ready {peer.ready:.1f} s, {peer.megabytes:.0f} MB"
        table.add_row(f"  peer: {peer.name}", f"{peer.median:.3f} ms", f"{times}; {size}")
    table.add_section()
    with tempfile.TemporaryDirectory() as folder:
        turns = Turns(Path(folder))
        try:
            alone, shared = turns.one_by_one(), turns.together()
            parts = turns.parts()
            floor_alone, floor_shared, statements = turns.floor()
        finally:
            turns.close()
    aiogram, ptb = aiogram_form.measure(), ptb_form.measure()
    postgres = on_postgres()
    table.add_row("whole turn, one by one", f"{alone:.3f} ms", "≤ 1.0 ms")
    table.add_row("whole turn, shared commits", f"{shared:.3f} ms", "≤ 1.0 ms")
    for part, figure in sorted(parts.items(), key=lambda one: -one[1]):
        table.add_row(f"  {part}", f"{figure:.3f} ms", f"{figure / shared:.0%}")
    rest = shared - sum(parts.values())
    table.add_row("  to the writer and back, savepoint, commit", f"{rest:.3f} ms", f"{rest / shared:.0%}")
    thinking = sum(parts[part] for part in THINKING)
    table.add_row("floor: bare sqlite3, one by one", f"{floor_alone:.3f} ms", f"{statements:.1f} statements a turn")
    table.add_row("floor: bare sqlite3, shared commits", f"{floor_shared:.3f} ms", "")
    table.add_row("storage ÷ floor, one by one", f"{(alone - thinking) / floor_alone:.1f} ×", "≤ 3 ×")
    table.add_row("storage ÷ floor, shared commits", f"{(shared - thinking) / floor_shared:.1f} ×", "≤ 3 ×")
    table.add_row("peer: aiogram's form in memory", f"{aiogram:.3f} ms", f"a whole turn: {shared / aiogram:.1f} ×")
    table.add_row("peer: python-telegram-bot's in memory", f"{ptb:.3f} ms", f"a whole turn: {shared / ptb:.1f} ×")
    table.add_section()
    for row in enqueued(full=False):
        table.add_row(*row)
    table.add_section()
    for row in grown(full=False):
        table.add_row(*row)
    table.add_section()
    for row in postgres:
        table.add_row(*row)
    Console().print(table)


def grown(full: bool) -> list[tuple[str, str, str]]:
    """The rows about growth."""
    found = growth.measure(full)
    shared, alone = found.large / found.small, found.large_alone / found.small_alone
    with_few = f"with {growth.SMALL:,}: {found.small:.3f} ms"
    with_few_alone = f"with {growth.SMALL:,}: {found.small_alone:.3f} ms"
    return [
        (f"{found.customers:,} customers, {found.entries:,} entries: turn", f"{found.large:.3f} ms", with_few),
        ("  ÷ that of a small company", f"{shared:.2f} ×", "≤ 1.2 ×"),
        ("  one by one", f"{found.large_alone:.3f} ms", with_few_alone),
        ("  ÷ that of a small company", f"{alone:.2f} ×", "≤ 1.2 ×"),
    ]


def enqueued(full: bool) -> list[tuple[str, str, str]]:
    """The rows about a campaign."""
    opened, ours, plain = campaign.measure(full)
    return [
        (f"a check-in enqueued, of {opened:,}", f"{ours:.1f} µs", ""),
        ("floor: INSERT … SELECT of the same rows", f"{plain:.1f} µs", ""),
        ("enqueueing ÷ floor", f"{ours / plain:.1f} ×", "≤ 3 ×"),
    ]


def on_postgres() -> list[tuple[str, str, str]]:
    """The rows about PostgreSQL."""
    place = programs()
    if place is None:
        return [("PostgreSQL", "not measured", MISSING)]
    with tempfile.TemporaryDirectory() as folder, running(place, DURABLE) as server:
        turns = PostgresTurns(Path(folder), server)
        try:
            alone, together = turns.one_by_one(), turns.together()
            parts = turns.parts()
            floor, _, statements = turns.floor()
        finally:
            turns.close()
    storage = alone - sum(parts[part] for part in THINKING)
    return [
        ("PostgreSQL: whole turn, one by one", f"{alone:.3f} ms", ""),
        ("PostgreSQL: whole turn, side by side", f"{together:.3f} ms", ""),
        ("floor: bare psycopg, one by one", f"{floor:.3f} ms", f"{statements:.1f} statements a turn"),
        ("PostgreSQL: storage ÷ floor, one by one", f"{storage / floor:.1f} ×", "≤ 3 ×"),
    ]


def alone(rows: Callable[[bool], list[tuple[str, str, str]]]) -> None:
    """`python -m bench growth|campaign [--full]`: that part alone; in full, with a million customers (and, for the
    growth, ten million entries)."""
    table = Table("what", "figure", "", title="TellOnce bench")
    for row in rows("--full" in sys.argv):
        table.add_row(*row)
    Console().print(table)


if __name__ == "__main__":
    if "growth" in sys.argv:
        alone(grown)
    elif "campaign" in sys.argv:
        alone(enqueued)
    else:
        main()
