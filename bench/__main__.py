"""`make bench`: one table, everything measured in this run."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import aiogram_form, understanding
from bench.parts import THINKING
from bench.turns import Turns


def main() -> None:
    """Measure and print. Figures are milliseconds of CPU unless they say otherwise."""
    table = Table("what", "figure", "budget", title="TellOnce bench: CPU, best or median of several rounds")
    spread = understanding.measure()
    matcher = understanding.number_matcher()
    seconds, megabytes = understanding.ready()
    table.add_row("understanding, median", f"{spread.median:.3f} ms", "≤ 0.25 ms")
    table.add_row("understanding, p99", f"{spread.p99:.3f} ms", "≤ 1 ms")
    table.add_row("  ready in both languages", f"{seconds:.2f} s", "≤ 0.5 s")
    table.add_row("  memory of the process", f"{megabytes:.0f} MB", "≤ 100 MB")
    table.add_row("  4,096 against 1,024 characters", f"{understanding.linear():.1f} ×", "linear: 4 ×")
    table.add_row("peer: phonenumbers' matcher, median", f"{matcher.median:.3f} ms", "")
    table.add_section()
    with tempfile.TemporaryDirectory() as folder:
        turns = Turns(Path(folder))
        try:
            alone, shared = turns.one_by_one(), turns.together()
            parts = turns.parts()
            floor_alone, floor_shared, statements = turns.floor()
        finally:
            turns.close()
    peer = aiogram_form.measure()
    table.add_row("whole turn, one by one", f"{alone:.3f} ms", "≤ 1.0 ms")
    table.add_row("whole turn, shared commits", f"{shared:.3f} ms", "≤ 1.0 ms")
    for part, figure in parts.items():
        table.add_row(f"  {part}", f"{figure:.3f} ms", "")
    thinking = sum(parts[part] for part in THINKING)
    table.add_row("floor: bare sqlite3, one by one", f"{floor_alone:.3f} ms", f"{statements:.1f} statements a turn")
    table.add_row("floor: bare sqlite3, shared commits", f"{floor_shared:.3f} ms", "")
    table.add_row("storage ÷ floor, one by one", f"{(alone - thinking) / floor_alone:.1f} ×", "≤ 3 ×")
    table.add_row("storage ÷ floor, shared commits", f"{(shared - thinking) / floor_shared:.1f} ×", "≤ 3 ×")
    table.add_row("peer: aiogram's form in memory", f"{peer:.3f} ms", "")
    table.add_row("whole turn ÷ aiogram in memory", f"{shared / peer:.2f} ×", "about 1")
    Console().print(table)


if __name__ == "__main__":
    main()
