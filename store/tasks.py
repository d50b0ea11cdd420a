"""Tasks: something about a customer that a colleague should see to. One of a kind and field is open at a time."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs.types import Actor
from store.crypto import new_id
from store.instant import from_micros, to_micros

if TYPE_CHECKING:
    from store.uow import UnitOfWork

WITHIN = dt.timedelta(hours=48)
"""How long a colleague has."""

COLUMNS = "SELECT id, customer, kind, field, owner, created_at, due_at, done_at, done_by FROM task"
OF_CUSTOMER = f"{COLUMNS} WHERE customer = ? ORDER BY created_at DESC, id"
IS_OPEN = "SELECT id FROM task WHERE customer = ? AND kind = ? AND field = ? AND done_at IS NULL"
ADD = (
    "INSERT INTO task (id, customer, kind, field, owner, created_at, due_at, audit)"
    " SELECT ?, id, ?, ?, owner, ?, ?, ? FROM customer WHERE id = ?"
)
DONE = "UPDATE task SET done_at = ?, done_by = ? WHERE id = ? AND customer = ? AND done_at IS NULL"
UNCONFIRMED = (
    "SELECT v.customer, v.field FROM value_version AS v JOIN customer AS c ON c.id = v.customer AND c.status = 'active'"
    " WHERE v.valid_to IS NULL AND v.field IN ({fields}) AND COALESCE(v.affirmed_at, 0) <= ?"
    " AND COALESCE(v.proven_at, 0) <= ? AND (v.doubted_at <= ? OR EXISTS (SELECT 1 FROM check_in"
    " WHERE version = v.id AND state = 'expired' AND created_at <= ?))"
    " AND NOT EXISTS (SELECT 1 FROM task WHERE customer = v.customer AND kind = 'unconfirmed' AND field = v.field"
    " AND (done_at IS NULL OR done_at > ?)) ORDER BY v.customer, v.field LIMIT ?"
)


class TaskKind(StrEnum):
    """Why a colleague is asked."""

    UNCONFIRMED = "unconfirmed"  # asked about, or in doubt, for so long and still not confirmed
    UNREACHABLE = "unreachable"  # a signal put a value in doubt, and there is no chat in which to ask


class Task(msgspec.Struct, frozen=True):
    """One task. `owner` None: anybody's; `done_at` and `done_by` None while it is open."""

    id: str
    customer: str
    kind: TaskKind
    field: str
    owner: str | None
    created_at: dt.datetime
    due_at: dt.datetime
    done_at: dt.datetime | None
    done_by: str | None


class TaskStore:
    """Keeps tasks."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def open(self, customer: str, kind: TaskKind, field: str, actor: Actor, now: dt.datetime) -> str:
        """Give the task to the customer's owner, unless it is open already; returns its id."""
        known = self._uow.run(IS_OPEN, (customer, kind, field)).fetchone()
        if known is not None:
            id: str = known[0]
            return id
        audit = self._uow.audit.append(f"task.{kind}", f"customer:{customer}", actor, now, customer=customer)
        id = new_id()
        self._uow.run(ADD, (id, kind, field, to_micros(now), to_micros(now + WITHIN), audit, customer))
        return id

    def done(self, id: str, customer: str, actor: Actor, now: dt.datetime) -> bool:
        """A colleague saw to it; False when there is no such open task of this customer."""
        done = self._uow.run(DONE, (to_micros(now), actor.name, id, customer)).rowcount == 1
        if done:
            self._uow.audit.append("task.done", f"customer:{customer}", actor, now, customer=customer)
        return done

    def of_customer(self, customer: str) -> list[Task]:
        """A customer's tasks, newest first."""
        return [_task(row) for row in self._uow.run(OF_CUSTOMER, (customer,))]

    def open_unconfirmed(
        self, fields: tuple[str, ...], after: dt.timedelta, actor: Actor, now: dt.datetime, limit: int
    ) -> int:
        """Make tasks of values that were asked about or put in doubt so long ago and are still not confirmed; returns
        how many."""
        if not fields:
            return 0
        since = to_micros(now - after)
        sql = UNCONFIRMED.format(fields=", ".join("?" * len(fields)))
        found = self._uow.run(sql, (*fields, *[since] * 5, limit)).fetchall()
        for customer, field in found:
            self.open(customer, TaskKind.UNCONFIRMED, field, actor, now)
        return len(found)


def _task(row: tuple[Any, ...]) -> Task:
    id, customer, kind, field, owner, created_at, due_at, done_at, done_by = row
    done = None if done_at is None else from_micros(done_at)
    return Task(id, customer, TaskKind(kind), field, owner, from_micros(created_at), from_micros(due_at), done, done_by)
