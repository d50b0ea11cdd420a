"""Jobs: everything timed and everything sent, in the same transaction as what it belongs to.

Jobs of one key are done one at a time, oldest first. Only the oldest is `ready`, the others are `behind` it, so that
claiming walks an index of what can really be claimed and stays flat however long the backlog is. A parked job waits for
a person (or, of those `Waits` names, for the customer) and no longer holds up its key; replayed, it comes first again.

`ready → leased → (done: gone) | ready (again, or the lease ran out) | parked → ready`, and `behind → ready`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from store.instant import from_micros, to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

PUT = (
    "INSERT INTO job (kind, key, state, priority, due_at, dedup, payload)"
    " SELECT ?, ?, CASE WHEN EXISTS (SELECT 1 FROM job WHERE key = ? AND state IN ('ready', 'leased'))"
    " THEN 'behind' ELSE 'ready' END, ?, ?, ?, ? WHERE true ON CONFLICT (dedup) DO NOTHING"
)
SET_TIMER = (
    "INSERT INTO job (kind, state, priority, due_at, dedup, payload) VALUES ('timer', 'ready', 0, ?, ?, ?)"
    " ON CONFLICT (dedup) DO UPDATE SET due_at = excluded.due_at, state = 'ready', lease_until = NULL, worker = NULL,"
    " fence = fence + 1, attempts = 0, error = NULL"
)
CANCEL = "DELETE FROM job WHERE dedup = ?"
REAP = "UPDATE job SET state = 'ready', lease_until = NULL, worker = NULL WHERE state = 'leased' AND lease_until <= ?"
CLAIM = (
    "UPDATE job SET state = 'leased', lease_until = ?, worker = ?, fence = fence + 1, attempts = attempts + 1"
    " WHERE id IN (SELECT id FROM job WHERE state = 'ready' AND kind = ? AND priority = ? AND due_at <= ?"
    " ORDER BY due_at, id LIMIT ?) RETURNING id, kind, key, payload, attempts, fence"
)
DONE = "DELETE FROM job WHERE id = ? AND fence = ? AND state = 'leased'"
AGAIN = (
    "UPDATE job SET state = 'ready', lease_until = NULL, worker = NULL, due_at = ?, error = ?"
    " WHERE id = ? AND fence = ? AND state = 'leased'"
)
PARK = (
    "UPDATE job SET state = 'parked', lease_until = NULL, worker = NULL, error = ?"
    " WHERE id = ? AND fence = ? AND state = 'leased'"
)
RENEW = "UPDATE job SET lease_until = ? WHERE id = ? AND fence = ? AND state = 'leased'"
NEXT_OF_KEY = (
    "UPDATE job SET state = 'ready'"
    " WHERE id = (SELECT id FROM job WHERE key = ? AND state = 'behind' ORDER BY id LIMIT 1)"
)
MAKE_WAY = (
    "UPDATE job SET state = 'behind' WHERE state = 'ready' AND id > ?"
    " AND key = (SELECT key FROM job WHERE id = ? AND state = 'parked')"
)
REPLAY = (
    "UPDATE job SET attempts = 0, error = NULL, state = CASE WHEN EXISTS"
    " (SELECT 1 FROM job head WHERE head.key = job.key AND head.state IN ('ready', 'leased'))"
    " THEN 'behind' ELSE 'ready' END WHERE id = ? AND state = 'parked'"
)
WAKE = (
    "UPDATE job SET state = 'behind', attempts = 0, error = NULL"
    " WHERE key = ? AND state = 'parked' AND substr(error, 1, 6) = 'waits:'"
)
STEP_BACK = "UPDATE job SET state = 'behind' WHERE key = ? AND state = 'ready'"
FIRST_OF_KEY = (
    "UPDATE job SET state = 'ready'"
    " WHERE id = (SELECT id FROM job WHERE key = ? AND state = 'behind' ORDER BY id LIMIT 1)"
    " AND NOT EXISTS (SELECT 1 FROM job AS busy WHERE busy.key = ? AND busy.state = 'leased')"
)
PUT_WAITING = (
    "INSERT INTO job (kind, key, state, priority, due_at, payload, error) SELECT ?, ?, 'parked', ?, ?, ?, ?"
    " WHERE NOT EXISTS (SELECT 1 FROM job AS other WHERE other.key = ? AND other.payload = ?)"
)
WAITS = "SELECT 1 FROM job WHERE key = ? AND state = 'parked' AND error = ? LIMIT 1"
PAGE = "SELECT id, kind, key, state, due_at, attempts, error FROM job WHERE state = ? AND id > ? ORDER BY id LIMIT ?"

Payload = Mapping[str, str | int]


class Waits(StrEnum):
    """Why a parked job waits for the customer rather than for a person. `Jobs.wake` ends the wait."""

    WINDOW_CLOSED = "waits:window_closed"  # the messenger lets us write only after the customer has
    NOTIFIED = "waits:notified"  # a template said that there is something; the customer has to answer first


class Priority:
    """What goes first when more is due than can be done. Numbers, since the database orders by them."""

    LOW = 0  # campaigns, retention
    NORMAL = 1
    HIGH = 2  # somebody is waiting for it


class JobState(StrEnum):
    """Where a job stands; one that was done is gone."""

    READY = "ready"
    BEHIND = "behind"
    LEASED = "leased"
    PARKED = "parked"


class LeaseLostError(Exception):
    """The job went to another worker, was replaced or cancelled: what this worker wrote must not stand."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do a job until the lease runs out. `attempts` counts this one; `fence` tells it from later ones."""

    id: int
    kind: str
    key: str | None
    payload: Payload
    attempts: int
    fence: int
    length: dt.timedelta


@dataclass(frozen=True, slots=True)
class Job:
    """A job as staff see it. `error` is a class name or code, None when nothing went wrong yet."""

    id: int
    kind: str
    key: str | None
    state: JobState
    due: dt.datetime
    attempts: int
    error: str | None


class Jobs:
    """Puts, claims and ends jobs."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def put(
        self,
        kind: str,
        key: str | None,
        due: dt.datetime,
        payload: Payload,
        dedup: str | None = None,
        priority: int = Priority.NORMAL,
    ) -> bool:
        """Add a job. False when one with the same `dedup` is still to be done; `key` None means no order."""
        written = json.dumps(payload, separators=(",", ":"))
        self._uow.touched.add("jobs")
        return self._changed(PUT, (kind, key, key, priority, to_micros(due), dedup, written))

    def set_timer(self, kind: str, subject: str, due: dt.datetime) -> None:
        """Wake a subject at `due`. One live timer per kind and subject: this replaces it, also one being done."""
        payload = json.dumps({"kind": kind, "subject": subject}, separators=(",", ":"))
        self._uow.run(SET_TIMER, (to_micros(due), timer_name(kind, subject), payload))

    def cancel_timer(self, kind: str, subject: str) -> None:
        """Let a subject sleep; what a worker is just doing for this timer will not stand."""
        self._uow.run(CANCEL, (timer_name(kind, subject),))

    def claim(
        self, kinds: Sequence[str], worker: str, now: dt.datetime, lease: dt.timedelta, limit: int
    ) -> list[Lease]:
        """Take up to `limit` due jobs, the urgent first, and count the attempt. Leases that ran out are taken over."""
        at, until = to_micros(now), to_micros(now + lease)
        self._uow.run(REAP, (at,))
        rows: list[tuple[Any, ...]] = []
        for priority in (Priority.HIGH, Priority.NORMAL, Priority.LOW):
            for kind in kinds:
                if len(rows) < limit:
                    claimed = self._uow.run(CLAIM, (until, worker, kind, priority, at, limit - len(rows)))
                    rows += sorted(claimed.fetchall())
        return [
            Lease(id, kind, key, json.loads(payload), attempts, fence, lease)
            for id, kind, key, payload, attempts, fence in rows
        ]

    def done(self, lease: Lease) -> None:
        """The job is done and gone; the next of its key may be claimed. Raises LeaseLostError."""
        self._end(lease, DONE, (lease.id, lease.fence))
        self._next_of(lease.key)

    def again(self, lease: Lease, due: dt.datetime, error: str) -> None:
        """It did not work; try again at `due`. Others of its key wait. Raises LeaseLostError."""
        self._end(lease, AGAIN, (to_micros(due), error, lease.id, lease.fence))

    def park(self, lease: Lease, error: str) -> None:
        """It will not work without a person. Raises LeaseLostError."""
        self._end(lease, PARK, (error, lease.id, lease.fence))
        self._next_of(lease.key)

    def renew(self, lease: Lease, now: dt.datetime) -> bool:
        """Hold the job for another length of its lease. False when it is no longer held."""
        return self._changed(RENEW, (to_micros(now + lease.length), lease.id, lease.fence))

    def replay(self, id: int) -> bool:
        """Put a parked job back, before the later ones of its key; one just being done ends first. False when it is
        not parked."""
        self._uow.run(MAKE_WAY, (id, id))
        return self._changed(REPLAY, (id,))

    def put_waiting(self, kind: str, key: str, now: dt.datetime, payload: Payload, why: Waits) -> bool:
        """Add a job that waits for the customer from the beginning. False when the key has one with this payload."""
        written = json.dumps(payload, separators=(",", ":"))
        return self._changed(PUT_WAITING, (kind, key, Priority.NORMAL, to_micros(now), written, why, key, written))

    def waits(self, key: str, why: Waits) -> bool:
        """Whether a job of this key waits for the customer for this reason."""
        return self._uow.run(WAITS, (key, why)).fetchone() is not None

    def wake(self, key: str) -> bool:
        """The customer wrote: what waited for it comes first, in its order. False when nothing waited."""
        if not self._changed(WAKE, (key,)):
            return False
        self._uow.run(STEP_BACK, (key,))
        self._uow.run(FIRST_OF_KEY, (key, key))
        self._uow.touched.add("jobs")
        return True

    def page(self, state: str, after: int = 0, limit: int = 100) -> list[Job]:
        """Jobs in one state, in the order they were put."""
        return [
            Job(id, kind, key, JobState(state), from_micros(due), attempts, error)
            for id, kind, key, state, due, attempts, error in self._uow.run(PAGE, (state, after, limit))
        ]

    def _changed(self, sql: str, values: tuple[Any, ...]) -> bool:
        return self._uow.run(sql, values).rowcount > 0

    def _end(self, lease: Lease, sql: str, values: tuple[Any, ...]) -> None:
        if not self._changed(sql, values):
            raise LeaseLostError(f"job {lease.id} is no longer held under fence {lease.fence}")

    def _next_of(self, key: str | None) -> None:
        if key is not None:
            self._uow.run(NEXT_OF_KEY, (key,))


def timer_name(kind: str, subject: str) -> str:
    """The name under which a timer is alone."""
    return f"timer:{kind}:{subject}"
