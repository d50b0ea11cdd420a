"""Change requests: their rows, their way through the states, the evidence beside them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dialogs.offline import CHANNEL as OFFLINE
from dialogs.request import Approval, ChangeRequest, Importance, State
from dialogs.transitions import OPEN
from dialogs.types import Actor, Need
from nlu.types import Operation
from store.crypto import KeyName, customer_key
from store.evidence import Evidence, Outline, find_evidence, find_outline
from store.instant import from_micros, to_micros
from store.values import open_value, seal_value

if TYPE_CHECKING:
    from store.uow import UnitOfWork

COLUMNS = (
    "SELECT number, customer, conversation, field, operation, value, digest, consent, importance, state, filed_at,"
    " due_at, time_left, effective, against, old_contact, risks, cooling_off, reason, decided_reason,"
    " applied_version, version, (SELECT reverts FROM reversal WHERE reversal.request = number)"
    " FROM change_request"
)
LOAD = f"{COLUMNS} WHERE number = ? /*+ FOR NO KEY UPDATE */"
PAGE = f"{COLUMNS} WHERE number > ? ORDER BY number LIMIT ?"
PAGE_OF_STATE = f"{COLUMNS} WHERE state = ? AND number > ? ORDER BY number LIMIT ?"
OPEN_STATES = tuple(sorted(OPEN))
OPEN_OF = f"{COLUMNS} WHERE customer = ? AND state IN ({', '.join('?' * len(OPEN_STATES))}) ORDER BY number"
FROZEN_OF = f"{COLUMNS} WHERE customer = ? AND state = 'frozen' ORDER BY number"
OPEN_SOONEST = (
    f"{COLUMNS} WHERE state IN ({', '.join('?' * len(OPEN_STATES))}) ORDER BY due_at IS NULL, due_at, number LIMIT ?"
)
MAKERS = "SELECT person FROM participant WHERE request = ? AND role = 'maker'"
PROOFS = (
    "SELECT r.proof FROM request_proof AS r JOIN proof AS p ON p.id = r.proof WHERE r.request = ? ORDER BY p.at, p.id"
)
APPROVALS = "SELECT checker, role, digest, at FROM approval WHERE request = ? ORDER BY level"
EVENTS = "SELECT state, at FROM request_event WHERE request = ? ORDER BY n"

PROOF_OF = "SELECT id, need, person FROM proof WHERE id = ?"
# A colleague who said whose chat this is took part in the link. What came in on paper is linked by itself.
LINKED_BY = (
    "SELECT a.actor FROM link JOIN audit_entry AS a ON a.id = link.audit JOIN conversation AS c ON c.id = conversation"
    " WHERE conversation = ? AND ended_at IS NULL AND a.actor_kind = 'staff' AND c.channel <> ?"
)
ADD_PARTICIPANT = "INSERT INTO participant (request, person, role) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
ADD = (
    "INSERT INTO change_request (number, customer, conversation, field, operation, value, digest, consent, proof,"
    " proof_need, proof_person, maker, importance, state, filed_at, due_at, effective, against, old_contact, risks,"
    " cooling_off, reason, audit) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
ADD_PROOF = "INSERT INTO request_proof (request, proof, digest, customer, need, person) VALUES (?, ?, ?, ?, ?, ?)"
ADD_REVERSAL = "INSERT INTO reversal (request, reverts, customer, field, audit) VALUES (?, ?, ?, ?, ?)"
ADD_EVENT = (
    "INSERT INTO request_event (request, n, state, actor_kind, actor, reason, at, audit)"
    " VALUES (?, (SELECT COUNT(*) FROM request_event WHERE request = ?), ?, ?, ?, ?, ?, ?)"
)
ADD_APPROVAL = (
    "INSERT INTO approval (request, level, checker, role, digest, at, audit) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (request, level) DO NOTHING"
)
FORGET_APPROVALS = "DELETE FROM approval WHERE request = ?"
MOVE = (
    "UPDATE change_request SET state = ?, due_at = ?, time_left = ?, checker1 = ?, checker2 = ?, decided_reason = ?,"
    " version = version + 1 WHERE number = ? AND version = ? AND state = ?"
)
APPLIED = "UPDATE change_request SET applied_version = ? WHERE number = ?"
COUNTED = (
    "INSERT INTO counter (name, value) VALUES (?, ?)"
    " ON CONFLICT (name) DO UPDATE SET value = CASE WHEN counter.value > excluded.value THEN counter.value"
    " ELSE excluded.value END"
)
MICROSECOND = dt.timedelta(microseconds=1)


class StaleRequest(Exception):
    """The request was changed by somebody else since it was loaded. Load it and decide again."""


class UnknownRequest(LookupError):
    """There is no request with this number."""


class RequestStore:
    """Keeps change requests. Values and reasons are sealed under the customer's key."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def load(self, number: str) -> ChangeRequest:
        """One request. Raises UnknownRequest."""
        row = self._uow.run(LOAD, (number,)).fetchone()
        if row is None:
            raise UnknownRequest
        return self._open(row)

    def page(self, state: State | None = None, after: str = "", limit: int = 100) -> list[ChangeRequest]:
        """Requests by number, those after a number; only those in one state, or (None) all."""
        rows = (
            self._uow.run(PAGE, (after, limit))
            if state is None
            else self._uow.run(PAGE_OF_STATE, (state, after, limit))
        )
        return [self._open(row) for row in rows.fetchall()]

    def open_soonest(self, limit: int = 100) -> list[ChangeRequest]:
        """Requests neither applied nor ended, due soonest first; those whose clock is stopped come last."""
        return [self._open(row) for row in self._uow.run(OPEN_SOONEST, (*OPEN_STATES, limit)).fetchall()]

    def latest(self, states: frozenset[State], before: str = "", limit: int = 100) -> list[ChangeRequest]:
        """Requests in any of these states, newest number first; only those before a number unless it is ""."""
        named = tuple(sorted(states))
        earlier = " AND number < ?" if before else ""
        sql = f"{COLUMNS} WHERE state IN ({', '.join('?' * len(named))}){earlier} ORDER BY number DESC LIMIT ?"
        values = (*named, *((before,) if before else ()), limit)
        return [self._open(row) for row in self._uow.run(sql, values).fetchall()]

    def outline(self, number: str) -> Outline:
        """What stands beside a request without any of its values: for those who do not decide on it."""
        return find_outline(self._uow, self.load(number))

    def open_of(self, customer: str) -> list[ChangeRequest]:
        """A customer's requests that are neither applied nor ended."""
        return [self._open(row) for row in self._uow.run(OPEN_OF, (customer, *OPEN_STATES)).fetchall()]

    def frozen_of(self, customer: str) -> list[ChangeRequest]:
        """A customer's requests that were stopped by a freeze."""
        return [self._open(row) for row in self._uow.run(FROZEN_OF, (customer,)).fetchall()]

    def moved_on(self, request: ChangeRequest) -> bool:
        """Whether the record has changed since: the request no longer says from what to what."""
        on_record = self._uow.customers.record(request.customer).get(request.field)
        return request.against != (None if on_record is None else on_record.version)

    def evidence(self, number: str, actor: Actor, now: dt.datetime) -> Evidence:
        """All that a checker decides on, old and new value in clear. Opening it is an act and audited (needs
        `Database.write`)."""
        return find_evidence(self._uow, self.load(number), actor, now)

    def file(self, request: ChangeRequest, actor: Actor, now: dt.datetime) -> None:
        """Keep a new request with its makers and proofs. The database refuses one without consent and proof."""
        proofs = [row for proof in request.proofs if (row := self._uow.run(PROOF_OF, (proof,)).fetchone()) is not None]
        main = next((proof for proof in proofs if proof[1] != Need.NEW_CONTACT), (None, None, None))
        linked = {f"staff:{name}" for (name,) in self._uow.run(LINKED_BY, (request.conversation, OFFLINE))}
        for person in sorted(request.makers | linked | {person for _, _, person in proofs}):
            self._uow.run(ADD_PARTICIPANT, (request.number, person, "maker"))
        audit = self._audit("request.filed", request, actor, now)
        self._uow.run(ADD, (*self._columns(request, main), audit))
        for proof, need, person in proofs:
            self._uow.run(ADD_PROOF, (request.number, proof, request.digest, request.customer, need, person))
        if request.reverts is not None:
            self._uow.run(ADD_REVERSAL, (request.number, request.reverts, request.customer, request.field, audit))
        self._event(request, actor, "", now, audit)
        series, _, serial = request.number.rpartition("-")
        self._uow.run(COUNTED, (series, int(serial)))

    def move(
        self, request: ChangeRequest, came_from: State, version: int, reason: str, actor: Actor, now: dt.datetime
    ) -> None:
        """Write the next state of a request that was at `version`. Raises StaleRequest when it no longer is."""
        audit = self._audit(f"request.{request.state}", request, actor, now)
        for level, approval in enumerate(request.approvals, 1):
            checker = f"staff:{approval.checker}"
            self._uow.run(ADD_PARTICIPANT, (request.number, checker, "checker"))
            given = (request.number, level, checker, approval.role, approval.digest, to_micros(approval.at), audit)
            self._uow.run(ADD_APPROVAL, given)
        checkers = [f"staff:{approval.checker}" for approval in request.approvals[:2]] + [None, None]
        values = (
            request.state,
            _micros(request.due_at),
            None if request.left is None else request.left // MICROSECOND,
            *checkers[:2],
            self._seal_text(request, request.decided_reason, "decided_reason"),
            request.number,
            version,
            came_from,
        )
        if self._uow.run(MOVE, values).rowcount != 1:
            raise StaleRequest(request.number)
        if not request.approvals:
            self._uow.run(FORGET_APPROVALS, (request.number,))
        self._event(request, actor, reason, now, audit)

    def applied(self, number: str, version: str) -> None:
        """The change made this version."""
        self._uow.run(APPLIED, (version, number))

    def _audit(self, act: str, request: ChangeRequest, actor: Actor, now: dt.datetime) -> int:
        subject = f"request:{request.number}"
        return self._uow.audit.append(act, subject, actor, now, customer=request.customer, digest=request.digest)

    def _event(self, request: ChangeRequest, actor: Actor, reason: str, now: dt.datetime, audit: int) -> None:
        place = f"{request.number}/{audit}"
        sealed = self._uow.seal.seal(_key(request), reason.encode(), "request_event.reason", place) if reason else None
        number = request.number
        self._uow.run(ADD_EVENT, (number, number, request.state, actor.kind, actor.name, sealed, to_micros(now), audit))

    def _columns(self, request: ChangeRequest, main: Sequence[Any]) -> tuple[Any, ...]:
        """A new request's columns, in the order of ADD."""
        return (
            request.number,
            request.customer,
            request.conversation,
            request.field,
            request.operation,
            seal_value(self._uow, _key(request), request.value, "change_request.value", request.number),
            request.digest,
            request.consent,
            *main,
            f"customer:{request.customer}",
            request.importance,
            request.state,
            to_micros(request.filed_at),
            _micros(request.due_at),
            None if request.effective is None else request.effective.isoformat(),
            request.against,
            request.old_contact,
            json.dumps(request.risks),
            request.cooling_off // MICROSECOND,
            self._seal_text(request, request.reason, "reason"),
        )

    def _open(self, row: tuple[Any, ...]) -> ChangeRequest:
        (number, customer, conversation, field, operation, value, digest_, consent, importance, state, filed_at) = row[
            :11
        ]
        (due_at, time_left, effective, against, old_contact, risks, cooling_off, reason, decided) = row[11:20]
        (applied, version, reverts) = row[20:]
        key = customer_key(customer)
        return ChangeRequest(
            number=number,
            customer=customer,
            conversation=conversation,
            field=field,
            operation=Operation(operation),
            value=open_value(self._uow, key, value, "change_request.value", number),
            digest=digest_,
            consent=consent,
            proofs=tuple(proof for (proof,) in self._uow.run(PROOFS, (number,))),
            makers=frozenset(person for (person,) in self._uow.run(MAKERS, (number,))),
            importance=Importance(importance),
            filed_at=from_micros(filed_at),
            state=State(state),
            due_at=_moment(due_at),
            left=None if time_left is None else dt.timedelta(microseconds=time_left),
            effective=None if effective is None else dt.date.fromisoformat(effective),
            against=against,
            approvals=tuple(
                Approval(checker.removeprefix("staff:"), role, seen, from_micros(at))
                for checker, role, seen, at in self._uow.run(APPROVALS, (number,))
            ),
            risks=tuple(json.loads(risks)),
            reason=self._open_text(key, number, reason, "reason"),
            decided_reason=self._open_text(key, number, decided, "decided_reason"),
            applied_version=applied,
            old_contact=old_contact,
            cooling_off=cooling_off * MICROSECOND,
            reverts=reverts,
            version=version,
            history=tuple((State(was), from_micros(at)) for was, at in self._uow.run(EVENTS, (number,))),
        )

    def _seal_text(self, request: ChangeRequest, text: str | None, column: str) -> bytes | None:
        if text is None:
            return None
        return self._uow.seal.seal(_key(request), text.encode(), f"change_request.{column}", request.number)

    def _open_text(self, key: KeyName, number: str, sealed: bytes | None, column: str) -> str | None:
        if sealed is None:
            return None
        return self._uow.seal.open(key, sealed, f"change_request.{column}", number).decode()


def _key(request: ChangeRequest) -> KeyName:
    return customer_key(request.customer)


def _micros(moment: dt.datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _moment(micros: int | None) -> dt.datetime | None:
    return None if micros is None else from_micros(micros)
