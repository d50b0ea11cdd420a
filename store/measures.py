"""How much is waiting, and for how long: figures of the whole database, without anything personal."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from store.instant import from_micros, to_micros
from store.jobs import FOR_A_PERSON, JobState
from store.schema.columns import quoted
from store.schema.requests import UNDECIDED

if TYPE_CHECKING:
    from store.uow import UnitOfWork

MOST = 10_000
"""Entries of the trail without a place are counted up to here: more is far too many, whatever the number."""

# One state a statement, so that each walks its own index: 0.1 s where a campaign put a million.
JOBS = tuple(
    (name, f"SELECT kind, COUNT(*), MIN(due_at) FROM job WHERE {which} GROUP BY kind")  # noqa: S608  # fixed
    for name, which in (
        *((state.value, f"state = '{state.value}'") for state in JobState if state is not JobState.PARKED),
        ("parked", FOR_A_PERSON),
        ("waits", "state = 'parked' AND substr(error, 1, 6) = 'waits:'"),
    )
)
REQUESTS = (
    "SELECT importance, COUNT(*), SUM(CASE WHEN due_at < ? THEN 1 ELSE 0 END), MIN(due_at) FROM change_request"  # noqa: S608  # fixed
    f" WHERE state IN ({quoted(UNDECIDED)}) GROUP BY importance"
)
FLAGGED = "SELECT COUNT(*), MIN(flagged_at) FROM conversation WHERE flagged IS NOT NULL"
SEEN = "SELECT seen FROM audit_log WHERE name = 'audit'"
UNORDERED = "SELECT COUNT(*), MIN(at) FROM (SELECT at FROM audit_entry WHERE id > ? ORDER BY id LIMIT ?) AS behind"


class Waiting(msgspec.Struct, frozen=True):
    """How many wait, and since when the one that waits longest; None when none has a time."""

    count: int
    since: dt.datetime | None


class Requests(msgspec.Struct, frozen=True):
    """Undecided requests of one importance. `soonest` is the earliest due time; None while every clock is stopped."""

    count: int
    overdue: int
    soonest: dt.datetime | None


class Measures(msgspec.Struct, frozen=True):
    """Everything at one moment. `jobs` is by kind and state (of the parked, `waits` are
    those that wait for the customer and need nobody), since when the earliest was due; `requests` by importance;
    `unordered` are entries of the trail that have no place in the log yet."""

    jobs: dict[tuple[str, str], Waiting]
    requests: dict[str, Requests]
    flagged: Waiting
    unordered: Waiting


def measure(uow: UnitOfWork, now: dt.datetime) -> Measures:
    """Look at everything."""
    return Measures(
        jobs=jobs_waiting(uow),
        requests={
            importance: Requests(count, overdue, _moment(soonest))
            for importance, count, overdue, soonest in uow.run(REQUESTS, (to_micros(now),)).fetchall()
        },
        flagged=_waiting(uow.run(FLAGGED).fetchone()),
        unordered=_unordered(uow),
    )


def jobs_waiting(uow: UnitOfWork) -> dict[tuple[str, str], Waiting]:
    """Jobs by kind and state."""
    return {
        (kind, state): _waiting((count, since)) for state, sql in JOBS for kind, count, since in uow.run(sql).fetchall()
    }


def _unordered(uow: UnitOfWork) -> Waiting:
    seen = uow.run(SEEN).fetchone()
    return _waiting(uow.run(UNORDERED, (0 if seen is None else seen[0], MOST)).fetchone())


def _waiting(row: tuple[int, int | None]) -> Waiting:
    return Waiting(row[0], _moment(row[1]))


def _moment(micros: int | None) -> dt.datetime | None:
    return None if micros is None else from_micros(micros)
