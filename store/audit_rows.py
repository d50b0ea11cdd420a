"""Rows of acts carry the id of their audit entry: whether that entry says what the row says.

Of each row those columns are compared that the entry knows: who, when, what, on whom, and the digest of the change.
Other columns are protected by keys, checks and guards, and ciphertext by its seal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from store.audit_trim import TRIMMED

if TYPE_CHECKING:
    from store.uow import UnitOfWork


class Rule(msgspec.Struct, frozen=True):
    """What the entry of a row must be, as SQL over the row `r` (and what `join` adds to it). `row` names the row; `act`
    is a condition on the entry `e`; `also` are further conditions that must hold, on row and entry; None: not known.
    `bound` is a column that the subject ends with, after a slash; entries of older versions say nothing of it."""

    row: str
    act: str
    subject: str | None
    customer: str | None = None
    at: str | None = "r.at"
    digest: str | None = None
    actor: str | None = None
    join: str = ""
    also: tuple[str, ...] = ()
    bound: str | None = None


REQUEST = "JOIN change_request AS q ON q.number = r.request"

RULES = {
    "approval": Rule(
        "r.request || '/' || r.level",
        "e.act IN ('request.in_second_review', 'request.approved')",
        "'request:' || r.request",
        "q.customer",
        digest="r.digest",
        actor="r.checker",
        join=REQUEST,
        also=("r.level = (SELECT COUNT(*) FROM approval AS v WHERE v.request = r.request AND v.audit <= r.audit)",),
    ),
    "change_request": Rule(
        "r.number",
        "e.act = 'request.filed'",
        "'request:' || r.number",
        "r.customer",
        "r.filed_at",
        "r.digest",
        also=(
            "r.state = (SELECT v.state FROM request_event AS v WHERE v.request = r.number ORDER BY v.n DESC LIMIT 1)",
        ),
    ),
    "request_event": Rule(
        "r.request || '/' || r.n",
        "e.act = 'request.' || r.state",
        "'request:' || r.request",
        "q.customer",
        digest="q.digest",
        actor="r.actor_kind || ':' || r.actor",
        join=REQUEST,
        also=(
            "r.n = (SELECT COUNT(*) FROM request_event AS v WHERE v.request = r.request AND v.audit < r.audit)",
        ),
    ),
    "consent": Rule(
        "r.id", "e.act = 'consent.given'", "'consent:' || r.id", "r.customer", digest="r.digest", bound="r.how"
    ),
    "proof": Rule(
        "r.id",
        "e.act = CASE r.kind WHEN 'code' THEN 'proof.given' ELSE 'proof.' || r.kind END",
        "'proof:' || r.id",
        "r.customer",
        digest="r.digest",
        also=(
            "r.person = CASE r.kind WHEN 'code' THEN 'customer:' || r.customer"
            " ELSE e.actor_kind || ':' || e.actor END",
        ),
        bound="r.contact",
    ),
    "link": Rule(
        "r.id", "e.act = 'chat.linked.' || r.how", "'conversation:' || r.conversation", "r.customer"
    ),
    "note": Rule(
        "r.id",
        "e.act = 'note.added'",
        "'conversation:' || r.conversation",
        also=("r.author = e.actor",),
    ),
    "value_version": Rule(
        "r.id",
        "CASE r.origin WHEN 'request' THEN e.act = 'change.applied'"
        " ELSE e.act IN ('customer.added', 'customer.filled') END",
        None,
        "r.customer",
        "r.valid_from",
        also=(
            "(r.origin = 'request' OR e.subject = 'customer:' || r.customer"
            " OR e.subject LIKE 'customer:' || r.customer || '/%')",
            "(r.origin <> 'request' OR e.subject = 'request:' || r.request)",
        ),
    ),
    "suppression": Rule(
        "r.customer || '/' || r.channel", "e.act = 'check_in.suppressed'", "'customer:' || r.customer", "r.customer",
        bound="r.channel",
    ),
    "disclosure": Rule(
        "r.id",
        "e.act IN ('value.revealed', 'record.disclosed', 'customer.exported')",
        None,
        "r.customer",
        actor="r.actor_kind || ':' || r.actor",
        also=("(e.act <> 'value.revealed' OR e.subject = 'version:' || r.version)",),
    ),
    "signal": Rule(
        "r.id", "e.act = 'signal.' || r.kind", "'customer:' || r.customer", "r.customer", bound="COALESCE(r.field, '')"
    ),
    "task": Rule("r.id", "e.act = 'task.' || r.kind", "'customer:' || r.customer", "r.customer", "r.created_at"),
    "freeze": Rule("r.id", "e.act = 'customer.frozen'", "'customer:' || r.customer", "r.customer"),
    "reversal": Rule(
        "r.request", "e.act = 'request.filed'", "'request:' || r.request", "r.customer", None, "q.digest", join=REQUEST
    ),
    "offline_receipt": Rule(
        "r.request", "e.act = 'request.received_offline'", "'request:' || r.request", "q.customer", "r.entered_at",
        join=REQUEST, bound="r.way",
    ),
    "staff_customer": Rule("r.staff", "e.act = 'staff.is_customer'", "'staff:' || r.staff", "r.customer", None),
    "rotation": Rule("r.id", "e.act = 'keys.rotating.' || r.kind", "'rotation:' || r.id", at="r.began_at"),
    "legal_hold": Rule(
        "r.id", "e.act = 'hold.placed'", "'hold:' || r.id", "r.customer", actor="r.placed_by"
    ),
    "erasure": Rule("r.customer", "e.act = 'customer.erased'", "'customer:' || r.customer", "r.customer"),
    "archiving": Rule(
        "r.id", "e.act = r.measure || '.proposed'", "'archiving:' || r.id", "r.customer", "r.proposed_at",
        actor="r.proposed_by",
    ),
    "audit_key": Rule("r.name", "e.act = 'audit.key_made'", "'key:' || r.name", at=None),
    "audit_checkpoint": Rule("r.n", "e.act = 'audit.checkpoint'", "'checkpoint:' || r.n"),
    "audit_trim": Rule("r.n", "e.act = 'audit.trimmed'", "'trim:' || r.n"),
}  # fmt: skip
"""Every table whose rows carry the id of an entry."""


class Unlike(msgspec.Struct, frozen=True):
    """A row that its entry does not fit. `entry` is the id that it carries, `missing` that there is no such entry."""

    table: str
    row: str
    entry: int
    missing: bool


def statement(table: str) -> str:
    """The rows of a table that their entries do not fit."""
    rule = RULES[table]
    conditions = [rule.act, *rule.also]
    if rule.subject is not None:
        bound = "" if rule.bound is None else f", {rule.subject} || '/' || {rule.bound}"
        conditions.append(f"e.subject IN ({rule.subject}{bound})")
    if rule.digest is not None:
        conditions.append(f"e.digest = {rule.digest}")
    if rule.customer is not None:
        conditions.append(f"COALESCE(e.customer, '') = COALESCE({rule.customer}, '')")
    if rule.actor is not None:
        conditions.append(f"e.actor_kind || ':' || e.actor = {rule.actor}")
    fits = f"(e.act = '{TRIMMED}' OR ({' AND '.join(conditions)}))"
    if rule.at is not None:
        fits += f" AND e.at = {rule.at}"
    outer = rule.join.replace("JOIN", "LEFT JOIN", 1)
    return (
        f"SELECT {rule.row}, r.audit, e.id FROM {table} AS r LEFT JOIN audit_entry AS e ON e.id = r.audit {outer}"  # noqa: S608  # fixed
        f" WHERE e.id IS NULL OR NOT COALESCE({fits}, 1 = 0) ORDER BY r.audit LIMIT ?"
    )


def unlike(uow: UnitOfWork, table: str, limit: int) -> Iterator[Unlike]:
    """Rows of a table that their entries do not fit, at most `limit`."""
    for row, entry, found in uow.run(statement(table), (limit,)):
        yield Unlike(table, str(row), entry, found is None)
