"""Jobs as people see them, in the console and on the command line: how many wait, since when, and what was parked."""

from __future__ import annotations

import datetime as dt

import msgspec

from dialogs.types import Actor
from store.measures import Waiting, jobs_waiting
from store.uow import UnitOfWork

NONE = Waiting(0, None)


class Line(msgspec.Struct, frozen=True):
    """One kind of job. `behind` wait for an older one of their chat or customer, `waits` for the customer, `parked` for
    a person; `late` is for how long (seconds) the oldest that could be done has been due."""

    kind: str
    ready: int
    behind: int
    leased: int
    waits: int
    parked: int
    late: float


def lines_of(uow: UnitOfWork, now: dt.datetime) -> list[Line]:
    """Every kind of which there is a job, what is late first."""
    found = jobs_waiting(uow)

    def line(kind: str) -> Line:
        states = ("ready", "behind", "leased", "waits", "parked")
        counts = {state: found.get((kind, state), NONE).count for state in states}
        since = found.get((kind, "ready"), NONE).since
        return Line(kind, **counts, late=0.0 if since is None else max(0.0, (now - since).total_seconds()))

    return sorted(map(line, sorted({kind for kind, _ in found})), key=lambda one: -one.late)


def replay(uow: UnitOfWork, id: int, actor: Actor, now: dt.datetime) -> bool:
    """Try a parked job again; who did it is in the trail. False when it is not parked any more."""
    if not uow.jobs.replay(id):
        return False
    uow.audit.append("job.replayed", f"job:{id}", actor, now)
    uow.touched.add("jobs")
    return True
