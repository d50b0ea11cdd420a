"""From entries to rows: an act whose row is gone is missed, since its entry remains; a row too many stands out.

An entry whose body was trimmed says nothing any more, and asks for nothing. What else removes a row is in the table
below: erasure, a review begun afresh, check-ins allowed again, somebody named as another customer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from dialogs.request import State

if TYPE_CHECKING:
    from store.uow import UnitOfWork


BY_ENTRY = "r.audit = e.id"


class Expected(msgspec.Struct, frozen=True):
    """Which entries `e` have a row in a table, as SQL. `row` says which row `r` it is; `unless` on what condition it is
    rightly gone or never was; `counted`: the entry says at its subject's end how many rows there are."""

    acts: str
    unless: str = ""
    row: str = BY_ENTRY
    counted: bool = False


STATES = ", ".join(f"'request.{state.value}'" for state in State)
REVIEWED_AFRESH = (
    "EXISTS (SELECT 1 FROM request_event AS v WHERE v.request = substr(e.subject, 9) AND v.audit > e.id"
    " AND v.state IN ('returned', 'in_review'))"
)
REMOVAL = (
    "e.act = 'change.applied' AND EXISTS (SELECT 1 FROM change_request AS q WHERE q.number = substr(e.subject, 9)"
    " AND q.operation = 'remove')"
)
ERASED = "substr(e.subject, 14) IN (SELECT l.conversation FROM link AS l JOIN erasure AS x ON x.customer = l.customer)"
ALLOWED = (
    "EXISTS (SELECT 1 FROM audit_entry AS a WHERE a.customer = e.customer AND a.id > e.id"
    " AND a.act = 'check_in.allowed'"
    " AND (a.subject = e.subject OR 'customer:' || e.customer IN (a.subject, e.subject)))"
)
ANOTHER = "EXISTS (SELECT 1 FROM audit_entry AS a WHERE a.subject = e.subject AND a.id > e.id AND a.act = e.act)"

EXPECTED = {
    "approval": Expected("e.act IN ('request.in_second_review', 'request.approved')", REVIEWED_AFRESH),
    "change_request": Expected("e.act = 'request.filed'"),
    "request_event": Expected(f"e.act IN ({STATES})"),
    "consent": Expected("e.act = 'consent.given'"),
    "proof": Expected("e.act IN ('proof.given', 'proof.callback', 'proof.in_person')"),
    "link": Expected("substr(e.act, 1, 12) = 'chat.linked.'"),
    "note": Expected("e.act = 'note.added'", ERASED),
    "value_version": Expected(
        "e.act IN ('customer.added', 'customer.filled', 'change.applied')", REMOVAL, counted=True
    ),
    "suppression": Expected(
        "e.act = 'check_in.suppressed'",
        ALLOWED,
        "r.customer = e.customer"
        " AND e.subject IN ('customer:' || r.customer, 'customer:' || r.customer || '/' || r.channel)",
    ),
    "disclosure": Expected("e.act IN ('value.revealed', 'record.disclosed', 'customer.exported')", counted=True),
    "signal": Expected("substr(e.act, 1, 7) = 'signal.'"),
    "task": Expected("substr(e.act, 1, 5) = 'task.' AND e.act <> 'task.done'"),
    "freeze": Expected("e.act = 'customer.frozen'"),
    "reversal": Expected(
        "e.act = 'request.filed' AND EXISTS (SELECT 1 FROM change_request AS q WHERE q.audit = e.id"
        " AND q.number = substr(e.subject, 9) AND q.risks LIKE '%\"reverting\"%')"
    ),
    "offline_receipt": Expected("e.act = 'request.received_offline'"),
    "staff_customer": Expected("e.act = 'staff.is_customer'", ANOTHER),
    "rotation": Expected("substr(e.act, 1, 14) = 'keys.rotating.'"),
    "legal_hold": Expected("e.act = 'hold.placed'"),
    "erasure": Expected("e.act = 'customer.erased'"),
    "archiving": Expected("e.act IN ('archive.proposed', 'delete.proposed')"),
    "audit_key": Expected("e.act = 'audit.key_made'"),
    "audit_trim": Expected("e.act = 'audit.trimmed'"),
}
"""Every table whose rows carry the id of an entry, but for checkpoints, which the walk along the log misses."""

MAYBE_NONE = "'customer.filled', 'record.disclosed'"
"""Acts of which an older entry, one without a count, may have had no row."""


class Missing(msgspec.Struct, frozen=True):
    """An entry of which there are not as many rows as it says. `rows` is how many there are."""

    entry: int
    act: str
    subject: str
    rows: int

    @property
    def more(self) -> bool:
        """Whether a row was put in beside; one of several that is gone is missing."""
        count = self.subject.partition("/")[2]
        return self.rows > (int(count) if count.isascii() and count.isdigit() else 1)


def statement(table: str) -> str:
    """The entries that have another number of rows in a table than they should, at most so many."""
    expected = EXPECTED[table]
    conditions = [f"({expected.acts})"]
    if expected.unless:
        conditions.append(f"NOT ({expected.unless})")
    rows = f"(SELECT audit, COUNT(*) AS n FROM {table} GROUP BY audit)"  # noqa: S608  # fixed; one pass and an index
    if expected.counted:
        conditions.append(
            "CASE WHEN e.subject LIKE '%/%' THEN e.subject NOT LIKE '%/' || COALESCE(r.n, 0)"
            f" ELSE r.n IS NULL AND e.act NOT IN ({MAYBE_NONE}) END"
        )
    elif expected.row == BY_ENTRY:
        conditions.append("COALESCE(r.n, 0) <> 1")
    else:
        rows = f"(SELECT s.*, 1 AS n FROM {table} AS s)"  # noqa: S608  # fixed
        conditions.append("r.audit IS NULL")
    return (
        f"SELECT e.id, e.act, e.subject, COALESCE(r.n, 0) FROM audit_entry AS e LEFT JOIN {rows} AS r ON {expected.row}"  # noqa: S608  # fixed
        f" WHERE {' AND '.join(conditions)} ORDER BY e.id LIMIT ?"
    )


def missing(uow: UnitOfWork, table: str, limit: int) -> Iterator[Missing]:
    """Entries that have another number of rows in a table than they should, at most `limit`."""
    for row in uow.run(statement(table), (limit,)):
        yield Missing(*row)
