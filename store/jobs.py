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
from enum import StrEnum
from functools import cache
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any

import msgspec

from store.codec import written
from store.instant import MICROSECOND, from_micros, to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

PUT = (
    "INSERT INTO job (kind, key, state, priority, due_at, dedup, payload)"
    " SELECT ?, ?, CASE WHEN EXISTS (SELECT 1 FROM job WHERE key = ? AND state IN ('ready', 'leased'))"
    " THEN 'behind' ELSE 'ready' END, ?, ?, ?, ? WHERE true ON CONFLICT (dedup) DO NOTHING RETURNING state"
)
# What stands before an urgent job of its key is as urgent: else an answer would wait behind a question of a campaign,
# and that one behind the whole campaign.
HURRY_HEAD = "UPDATE job SET priority = ? WHERE key = ? AND state IN ('ready', 'leased') AND priority < ?"
HURRY_BEHIND = "UPDATE job SET priority = ? WHERE key = ? AND state = 'behind' AND priority < ?"
PUT_ALL = "INSERT INTO job (kind, state, priority, due_at, dedup, payload) VALUES {} ON CONFLICT (dedup) DO NOTHING"
SET_TIMER = (
    "INSERT INTO job (kind, state, priority, due_at, dedup, payload) VALUES ('timer', 'ready', 0, ?, ?, ?)"
    " ON CONFLICT (dedup) DO UPDATE SET due_at = excluded.due_at, state = 'ready', lease_until = NULL, worker = NULL,"
    " fence = job.fence + 1, attempts = 0, error = NULL"
)
CANCEL = "DELETE FROM job WHERE dedup IN ({})"
# One that ends later than any lease given now was given by a clock that has been set back since. The row itself is
# asked again: else a worker that waited for it would set free what the one it waited for has just taken over.
REAP = (
    "UPDATE job SET state = 'ready', lease_until = NULL, worker = NULL"
    " WHERE id IN (SELECT id FROM job WHERE state = 'leased' AND lease_until <= ?"
    " UNION ALL SELECT id FROM job WHERE state = 'leased' AND lease_until > ?)"
    " AND state = 'leased' AND (lease_until <= ? OR lease_until > ?)"
)
CLAIM = (
    "WITH due AS MATERIALIZED (SELECT id FROM job WHERE state = 'ready' AND kind = ? AND priority = ? AND due_at <= ?"
    " ORDER BY due_at, id LIMIT ? /*+ FOR UPDATE SKIP LOCKED */)"
    " UPDATE job SET state = 'leased', lease_until = ?, worker = ?, fence = fence + 1, attempts = attempts + 1"
    " WHERE id IN (SELECT id FROM due) RETURNING id, kind, key, payload, attempts, fence"
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
# Whoever adds to a key holds its head: else a worker that ends the head just now would not see the new job, and leave
# it behind for ever. Whoever ends the head waits for them.
HOLD_HEAD = "SELECT id FROM job WHERE key = ? AND state IN ('ready', 'leased') FOR SHARE"
HOLD_TO_HURRY = "SELECT id FROM job WHERE key = ? AND state IN ('ready', 'leased') FOR NO KEY UPDATE"
HOLD_HEAD_OF = (
    "SELECT id FROM job WHERE key = (SELECT key FROM job WHERE id = ?) AND state IN ('ready', 'leased') FOR SHARE"
)
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
FOR_A_PERSON = "state = 'parked' AND substr(error, 1, 6) <> 'waits:'"
PARKED = (
    f"SELECT id, kind, key, state, due_at, attempts, error FROM job WHERE {FOR_A_PERSON}"  # noqa: S608  # fixed
    " AND id > ? ORDER BY id LIMIT ?"
)
PAGE = "SELECT id, kind, key, state, due_at, attempts, error FROM job WHERE state = ? AND id > ? ORDER BY id LIMIT ?"

TURN = (
    "INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    " WHERE counter.value <= ? OR counter.value > excluded.value RETURNING value"
)
TURN_BACK = "UPDATE counter SET value = ? WHERE name = ?"
RESERVE = (
    "INSERT INTO counter (name, value) VALUES (?, ?)"
    " ON CONFLICT (name) DO UPDATE SET value = max(excluded.value, counter.value + ?) RETURNING value"
)

CLOCKS_APART = dt.timedelta(minutes=5)
"""How far the clocks of two machines may differ before their leases are not believed."""

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


class Lease(msgspec.Struct, frozen=True):
    """The right to do a job until the lease runs out. `attempts` counts this one; `fence` tells it from later ones."""

    id: int
    kind: str
    key: str | None
    payload: Payload
    attempts: int
    fence: int
    length: dt.timedelta


class Job(msgspec.Struct, frozen=True):
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
        """Add a job. False when one with the same `dedup` is still to be done; `key` None means no order. What stands
        before it becomes as urgent as it is."""
        cell = written(payload).decode()
        self._uow.touched.add("jobs")
        urgent = priority == Priority.HIGH
        if key is not None:
            self._uow.hold(HOLD_TO_HURRY if urgent else HOLD_HEAD, (key,))
        put = self._uow.run(PUT, (kind, key, key, priority, to_micros(due), dedup, cell)).fetchone()
        if urgent and put == (JobState.BEHIND,):
            self._uow.run(HURRY_HEAD, (priority, key, priority))
            self._uow.run(HURRY_BEHIND, (priority, key, priority))
        return put is not None

    def put_all(self, kind: str, jobs: Sequence[tuple[dt.datetime, Payload, str]], priority: int) -> None:
        """Add many jobs without an order, each due at a moment, with its payload and its `dedup`."""
        values: list[Any] = []
        for due, payload, dedup in jobs:
            values += (kind, priority, to_micros(due), dedup, written(payload).decode())
        if jobs:
            self._uow.touched.add("jobs")
            self._uow.run(PUT_ALL.format(", ".join(["(?, 'ready', ?, ?, ?, ?)"] * len(jobs))), values)

    def set_timer(self, kind: str, subject: str, due: dt.datetime) -> None:
        """Wake a subject at `due`. One live timer per kind and subject: this replaces it, also one being done."""
        payload = f'{{"kind":{encode_basestring_ascii(kind)},"subject":{encode_basestring_ascii(subject)}}}'
        self._uow.run(SET_TIMER, (to_micros(due), timer_name(kind, subject), payload))

    def cancel_timers(self, names: Sequence[str]) -> None:
        """Let subjects sleep (by `timer_name`); what a worker is just doing for these timers will not stand."""
        self._uow.run(_cancel(len(names)), names)

    def claim(
        self, kinds: Sequence[str], worker: str, now: dt.datetime, lease: dt.timedelta, limit: int, spare: int = 0
    ) -> list[Lease]:
        """Take up to `limit` due jobs, the urgent first, and count the attempt. Leases that ran out are taken over.
        Those of low priority leave `spare` places free, for what somebody may wait for in a moment."""
        at, until = to_micros(now), to_micros(now + lease)
        too_late = to_micros(now + lease + CLOCKS_APART)
        self._uow.run(REAP, (at, too_late, at, too_late))
        rows: list[tuple[Any, ...]] = []
        for priority in (Priority.HIGH, Priority.NORMAL, Priority.LOW):
            room = limit - spare if priority == Priority.LOW else limit
            for kind in kinds:
                if len(rows) < room:
                    claimed = self._uow.run(CLAIM, (kind, priority, at, room - len(rows), until, worker))
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
        self._uow.hold(HOLD_HEAD_OF, (id,))
        self._uow.run(MAKE_WAY, (id, id))
        return self._changed(REPLAY, (id,))

    def put_waiting(self, kind: str, key: str, now: dt.datetime, payload: Payload, why: Waits) -> bool:
        """Add a job that waits for the customer from the beginning. False when the key has one with this payload."""
        cell = written(payload).decode()
        return self._changed(PUT_WAITING, (kind, key, Priority.NORMAL, to_micros(now), cell, why, key, cell))

    def waits(self, key: str, why: Waits) -> bool:
        """Whether a job of this key waits for the customer for this reason."""
        return self._uow.run(WAITS, (key, why)).fetchone() is not None

    def wake(self, key: str) -> bool:
        """The customer wrote: what waited for it comes first, in its order. False when nothing waited."""
        self._uow.hold(HOLD_HEAD, (key,))
        if not self._changed(WAKE, (key,)):
            return False
        self._uow.run(STEP_BACK, (key,))
        self._uow.run(FIRST_OF_KEY, (key, key))
        self._uow.touched.add("jobs")
        return True

    def next_moment(self, name: str, now: dt.datetime, gap: dt.timedelta) -> dt.datetime:
        """Reserve the next moment of a pace that all processes keep together."""
        step = gap // MICROSECOND
        (after,) = self._uow.run(RESERVE, (name, to_micros(now) + step, step)).fetchone()
        return from_micros(after - step)

    def take_turn(self, name: str, now: dt.datetime, every: dt.timedelta) -> bool:
        """Whether it is time for what is done every so often, by one of all processes: whoever is told yes does it. A
        time too far ahead, as a clock leaves that was put back, counts for nothing."""
        values = (name, to_micros(now + every), to_micros(now))
        return self._uow.run(TURN, values).fetchone() is not None

    def give_turn(self, name: str, now: dt.datetime) -> None:
        """There is more to do: it is time again at once, for anybody."""
        self._uow.run(TURN_BACK, (to_micros(now), name))

    def page(self, state: str, after: int = 0, limit: int = 100) -> list[Job]:
        """Jobs in one state, in the order they were put."""
        return [_job(row) for row in self._uow.run(PAGE, (state, after, limit))]

    def for_a_person(self, after: int = 0, limit: int = 100) -> list[Job]:
        """Parked jobs that nobody but a person gets going again: not those that wait for the customer."""
        return [_job(row) for row in self._uow.run(PARKED, (after, limit))]

    def _changed(self, sql: str, values: tuple[Any, ...]) -> bool:
        return self._uow.run(sql, values).rowcount > 0

    def _end(self, lease: Lease, sql: str, values: tuple[Any, ...]) -> None:
        if not self._changed(sql, values):
            raise LeaseLostError(f"job {lease.id} is no longer held under fence {lease.fence}")

    def _next_of(self, key: str | None) -> None:
        if key is not None:
            self._uow.run(NEXT_OF_KEY, (key,))


def _job(row: tuple[Any, ...]) -> Job:
    id, kind, key, state, due, attempts, error = row
    return Job(id, kind, key, JobState(state), from_micros(due), attempts, error)


@cache
def _cancel(count: int) -> str:
    return CANCEL.format(", ".join(["?"] * count))


def timer_name(kind: str, subject: str) -> str:
    """The name under which a timer is alone."""
    return f"timer:{kind}:{subject}"
