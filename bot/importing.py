"""An import of customers: rows are read and written some hundred at a time, each time in one transaction."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from bot.intake import Row, Wrong
from dialogs.types import Actor
from store.imports import Existing, Fate, Imports, Taken

if TYPE_CHECKING:
    from bot.app import App
    from store.uow import UnitOfWork

BATCH = 500
KEPT = 10_000
"""Reports that are kept in memory; a report file has them all."""

SAYS = {
    Fate.KEPT: "the record says something else, and stays",
    Fate.FILLED: "the record says something else, and stays",
    Fate.ADDED: "another customer has it too",
}


class Reported(msgspec.Struct, frozen=True):
    """A line of the report. `outcome` is rejected, kept (the record says something else) or noted."""

    outcome: str
    about: Wrong

    def shown(self) -> dict[str, Any]:
        """For programs."""
        return {"line": self.about.line, "column": self.about.column, "reason": str(self.about)}


@dataclass(slots=True)
class Outcome:
    """How an import went, in rows. `reports` are the first of them."""

    added: int = 0
    filled: int = 0
    unchanged: int = 0
    kept: int = 0
    rejected: int = 0
    noted: int = 0
    reports: list[Reported] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    def shown(self) -> dict[str, Any]:
        """For programs."""
        counts = {name: getattr(self, name) for name in ("filled", "unchanged")}
        lists = {
            outcome: [one.shown() for one in self.reports if one.outcome == outcome]
            for outcome in ("kept", "rejected", "noted")
        }
        return {"imported": self.added, **counts, **lists}


class _DryRun(Exception):
    """Nothing is to stay. Carries what would have become of the rows."""

    def __init__(self, taken: list[Taken | None]) -> None:
        super().__init__()
        self.taken = taken


class Importing:
    """One import. `report` is given every line of the report, in the order of the file."""

    def __init__(
        self, app: App, actor: Actor, existing: Existing, report: Callable[[Reported], object], *, dry_run: bool
    ) -> None:
        self.outcome = Outcome()
        self._app, self._actor, self._existing, self._report, self._dry = app, actor, existing, report, dry_run
        self._run = secrets.token_hex(8)

    def all(self, rows: Iterable[Row]) -> Outcome:
        """Import them all.

        Reading ahead while the writer works makes it slower: both are Python, and take the lock from each other."""
        rows = iter(rows)
        while batch := list(islice(rows, BATCH)):
            for row, fate in zip(batch, self._taken(batch), strict=True):
                self._count(row, fate)
        return self.outcome

    def _taken(self, batch: list[Row]) -> list[Taken | None]:
        now = self._app.clock()

        def act(uow: UnitOfWork) -> list[Taken | None]:
            imports = Imports(uow, self._run, self._existing, self._actor, now)
            taken = [None if row.customer is None else imports.take(row.customer, row.given) for row in batch]
            if self._dry:
                raise _DryRun(taken)
            return taken

        try:
            return self._app.database.write(act)
        except _DryRun as dry:
            return dry.taken

    def _count(self, row: Row, taken: Taken | None) -> None:
        outcome = self.outcome
        for one in self._reported(row, taken):
            outcome.reasons[f"{one.about}"] += 1
            if len(outcome.reports) < KEPT:
                outcome.reports.append(one)
            self._report(one)
        match taken.fate if taken is not None else None:
            case None | Fate.TOO_MANY:
                outcome.rejected += 1
            case Fate.ADDED:
                outcome.added += 1
                outcome.noted += bool(taken and taken.shared)
            case Fate.FILLED:
                outcome.filled += 1
            case Fate.UNCHANGED:
                outcome.unchanged += 1
            case Fate.KEPT:
                outcome.kept += 1

    def _reported(self, row: Row, taken: Taken | None) -> Iterator[Reported]:
        if taken is None:
            yield from (Reported("rejected", wrong) for wrong in row.wrong)
        elif taken.fate is Fate.TOO_MANY:
            yield Reported("rejected", Wrong(row.line, "", "is there too often, and without a customer number"))
        else:
            says = SAYS.get(taken.fate, "")
            yield from (Reported("kept", Wrong(row.line, column, says)) for column in taken.differs)
            yield from (Reported("noted", Wrong(row.line, column, says)) for column in taken.shared)
