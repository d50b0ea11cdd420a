"""Archiving: who fell silent, what is proposed about them, what people decided."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec

from dialogs.archiving import (
    AGAIN_AFTER,
    Measure,
    Proposal,
    Standing,
    State,
    Why,
    kept_since,
    months_before,
    silent_since,
)
from dialogs.policy import RetentionPolicy
from dialogs.transitions import OPEN
from dialogs.types import Actor
from store.crypto import new_id
from store.instant import from_micros, to_micros
from store.schema.columns import quoted

if TYPE_CHECKING:
    from store.uow import UnitOfWork

HOLD_ROW = "SELECT status FROM customer WHERE id = ? FOR UPDATE"
SIGNS = (
    "SELECT created_at AS at FROM customer WHERE id = {id}"
    " UNION ALL SELECT MAX(last_inbound_at) FROM conversation WHERE customer = {id}"
    " UNION ALL SELECT MAX(at) FROM link WHERE customer = {id}"
    " UNION ALL SELECT MAX(valid_from) FROM value_version WHERE customer = {id}"
    " UNION ALL SELECT MAX(proven_at) FROM value_version WHERE customer = {id}"
    " UNION ALL SELECT MAX(affirmed_at) FROM value_version WHERE customer = {id}"
    " UNION ALL SELECT MAX(filed_at) FROM change_request WHERE customer = {id}"
    " UNION ALL SELECT MAX(at) FROM signal WHERE customer = {id} AND kind = 'touchpoint'"
)
LAST_SIGN = f"SELECT MAX(at) FROM ({SIGNS}) AS sign"  # noqa: S608  # fixed text
HELD = "EXISTS (SELECT 1 FROM legal_hold WHERE customer = {id} AND lifted_at IS NULL)"
STILL_OPEN = (
    f"EXISTS (SELECT 1 FROM change_request WHERE customer = {{id}} AND state IN ({quoted(sorted(OPEN))}))"  # noqa: S608
    " OR EXISTS (SELECT 1 FROM freeze WHERE customer = {id} AND released_at IS NULL)"
)
ARCHIVED_AT = "(SELECT MAX(changed_at) FROM archiving WHERE customer = {id} AND measure = 'archive' AND state = 'done')"
# So many customers by number, and what is to be proposed about each. Bounded by the slice, not by what is found.
SLICE = (
    "WITH slice AS (SELECT id, no, status FROM customer WHERE no > ? ORDER BY no LIMIT ?)"  # noqa: S608  # fixed text
    " SELECT slice.id, slice.no, CASE"
    f" WHEN status = 'active' AND ({LAST_SIGN.format(id='slice.id')}) <= ? THEN '{Measure.ARCHIVE}'"
    f" WHEN status = 'archived' AND {ARCHIVED_AT.format(id='slice.id')} <= ? THEN '{Measure.DELETE}' END,"
    " EXISTS (SELECT 1 FROM archiving WHERE customer = slice.id"
    " AND (state IN ('open', 'approved') OR (state IN ('declined', 'undone') AND changed_at > ?)))"
    f" OR {HELD.format(id='slice.id')} OR {STILL_OPEN.format(id='slice.id')}"
    " FROM slice ORDER BY slice.no"
)
STANDING = (
    "SELECT status,"  # noqa: S608  # fixed text
    f" ({LAST_SIGN.format(id='customer.id')}),"
    f" {HELD.format(id='customer.id')}, {STILL_OPEN.format(id='customer.id')} FROM customer WHERE id = ?"
)
LAST_SIGN_OF = f"SELECT ({LAST_SIGN.format(id='customer.id')}) FROM customer WHERE id = ?"  # noqa: S608
ADD = (
    "INSERT INTO archiving (id, customer, measure, why, state, proposed_by, proposed_at, changed_at, audit)"
    " VALUES (?, ?, ?, ?, 'open', ?, ?, ?, ?)"
)
COLUMNS = "SELECT id, customer, measure, why, state, proposed_by, proposed_at, approved_by FROM archiving"
BY_ID = f"{COLUMNS} WHERE id = ?"
WAITING = f"{COLUMNS} WHERE state IN ('open', 'approved') ORDER BY proposed_at, id LIMIT ?"
OF_CUSTOMER = f"{COLUMNS} WHERE customer = ? ORDER BY proposed_at, id"
MOVE = (
    "UPDATE archiving SET state = ?, approved_by = COALESCE(?, approved_by), confirmed_by = COALESCE(?, confirmed_by),"
    " changed_at = ? WHERE id = ? AND state = ?"
)
VOID = (
    "UPDATE archiving SET state = 'void', changed_at = ? WHERE customer = ? AND state IN ('open', 'approved')"
    " RETURNING id, measure"
)
REACTIVATE = "UPDATE customer SET status = 'active' WHERE id = ? AND status = 'archived'"
UNDONE = (
    "UPDATE archiving SET state = 'undone', changed_at = ?"
    " WHERE customer = ? AND measure = 'archive' AND state = 'done'"
)
CHECK_INS = "UPDATE check_in SET state = 'expired' WHERE customer = ? AND state IN ('planned', 'sent')"
TASKS = "UPDATE task SET done_at = ?, done_by = 'archiving' WHERE customer = ? AND done_at IS NULL"
FIGURES = "SELECT status, COUNT(*) FROM customer GROUP BY status"
WAITING_FIGURES = "SELECT measure, COUNT(*) FROM archiving WHERE state IN ('open', 'approved') GROUP BY measure"


class UnknownProposal(LookupError):
    """There is no such proposal."""


class ProposedAlreadyError(Exception):
    """Something is proposed about this customer already, or what is asked for is so already."""


class Looked(msgspec.Struct, frozen=True):
    """How many proposals a slice of the customers led to, and the number of its last customer; None when there are no
    more."""

    count: int
    last: str | None


class ArchivingStore:
    """Proposes, archives, makes active again."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def propose_due(
        self, policy: RetentionPolicy, actor: Actor, now: dt.datetime, limit: int = 200, after: str = ""
    ) -> Looked:
        """Look at `limit` customers, those after a number, and propose what is due."""
        silent, kept = (
            None if m is None else to_micros(m) for m in (silent_since(policy, now), kept_since(policy, now))
        )
        again = to_micros(months_before(now, AGAIN_AFTER))
        never = -1
        values = (after, limit, never if silent is None else silent, never if kept is None else kept, again)
        rows = self._uow.run(SLICE, values).fetchall()
        due = [(id, Measure(measure)) for id, _, measure, stopped in rows if measure is not None and not stopped]
        for id, measure in due:
            self._add(id, measure, Why.SILENT if measure is Measure.ARCHIVE else Why.KEPT, actor, now)
        return Looked(len(due), rows[-1][1] if len(rows) == limit else None)

    def propose(self, customer: str, why: Why, actor: Actor, now: dt.datetime) -> str:
        """Somebody proposes to archive an active customer; returns the proposal's id. Raises ProposedAlreadyError."""
        self._uow.hold(HOLD_ROW, (customer,))
        waits = any(one.state in (State.OPEN, State.APPROVED) for one in self.of_customer(customer))
        if waits or self._uow.customers.by_id(customer).status != "active":
            raise ProposedAlreadyError(customer)
        return self._add(customer, Measure.ARCHIVE, why, actor, now)

    def by_id(self, id: str) -> Proposal:
        """One proposal. Raises UnknownProposal."""
        row = self._uow.run(BY_ID, (id,)).fetchone()
        if row is None:
            raise UnknownProposal
        return _proposal(row)

    def waiting(self, limit: int = 200) -> list[Proposal]:
        """What waits for a person, the oldest first."""
        return [_proposal(row) for row in self._uow.run(WAITING, (limit,))]

    def of_customer(self, customer: str) -> list[Proposal]:
        """Everything that was proposed about a customer, oldest first."""
        return [_proposal(row) for row in self._uow.run(OF_CUSTOMER, (customer,))]

    def standing(self, customer: str) -> Standing:
        """How a customer stands now. Holds their row: a message of theirs waits, or is waited for."""
        self._uow.hold(HOLD_ROW, (customer,))
        status, sign, held, still_open = self._uow.run(STANDING, (customer,)).fetchone()
        return Standing(status, from_micros(sign), bool(held), bool(still_open))

    def last_sign(self, customer: str) -> dt.datetime:
        """When a customer last gave a sign of life."""
        (at,) = self._uow.run(LAST_SIGN_OF, (customer,)).fetchone()
        return from_micros(at)

    def move(self, proposal: Proposal, state: State, actor: Actor, now: dt.datetime) -> bool:
        """Keep what somebody decided, and do it where it is archiving. False: somebody else was faster."""
        who = f"{actor.kind}:{actor.name}"
        approved = who if state in (State.APPROVED, State.DONE) and proposal.state is State.OPEN else None
        confirmed = who if state is State.DONE and proposal.state is State.APPROVED else None
        values = (state, approved, confirmed, to_micros(now), proposal.id, proposal.state)
        if self._uow.run(MOVE, values).rowcount != 1:
            return False
        self._trace(f"{proposal.measure}.{state}", proposal.id, proposal.customer, actor, now)
        if state is State.DONE and proposal.measure is Measure.ARCHIVE:
            self._archive(proposal.customer, actor, now)
        return True

    def alive(self, customer: str, actor: Actor, now: dt.datetime) -> bool:
        """The customer gave a sign of life, or somebody says so: archived no longer, and nothing is proposed. False
        when they were not archived."""
        if self._uow.run(REACTIVATE, (customer,)).rowcount != 1:
            return False
        self.void(customer, actor, now)
        self._uow.run(UNDONE, (to_micros(now), customer))
        self._uow.audit.append("customer.reactivated", f"customer:{customer}", actor, now, customer=customer)
        return True

    def void(self, customer: str, actor: Actor, now: dt.datetime) -> None:
        """What is proposed about this customer does not apply any more."""
        for id, measure in self._uow.run(VOID, (to_micros(now), customer)).fetchall():
            self._trace(f"{measure}.void", id, customer, actor, now)

    def figures(self) -> tuple[dict[str, int], dict[str, int]]:
        """Customers by status, and what waits for a person by measure."""
        return dict(self._uow.run(FIGURES).fetchall()), dict(self._uow.run(WAITING_FIGURES).fetchall())

    def _add(self, customer: str, measure: Measure, why: Why, actor: Actor, now: dt.datetime) -> str:
        id, at = new_id(), to_micros(now)
        audit = self._trace(f"{measure}.proposed", id, customer, actor, now)
        self._uow.run(ADD, (id, customer, measure, why, f"{actor.kind}:{actor.name}", at, at, audit))
        return id

    def _archive(self, customer: str, actor: Actor, now: dt.datetime) -> None:
        """Nobody asks them anything any more."""
        run = self._uow.run
        run("UPDATE customer SET status = 'archived' WHERE id = ?", (customer,))
        run(CHECK_INS, (customer,))
        run(TASKS, (to_micros(now), customer))
        self._uow.audit.append("customer.archived", f"customer:{customer}", actor, now, customer=customer)

    def _trace(self, act: str, id: str, customer: str, actor: Actor, now: dt.datetime) -> int:
        return self._uow.audit.append(act, f"archiving:{id}", actor, now, customer=customer)


def _proposal(row: tuple[Any, ...]) -> Proposal:
    id, customer, measure, why, state, proposed_by, proposed_at, approved_by = row
    at = from_micros(proposed_at)
    return Proposal(id, customer, Measure(measure), Why(why), State(state), proposed_by, at, approved_by)
