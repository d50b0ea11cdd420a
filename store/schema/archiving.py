"""What is proposed about customers who fell silent or left: archiving, and deletion after that."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index

from dialogs.archiving import Measure, State, Why
from store.schema.columns import audited, ident, instant, one, one_of, some, table

archiving = table(
    "archiving",  # one proposal, and what people said to it
    ident("id", primary=True),
    ident("customer", ForeignKey("customer.id")),
    ident("measure"),
    ident("why"),
    ident("state"),
    ident("proposed_by"),
    instant("proposed_at"),
    ident("approved_by", null=True),
    ident("confirmed_by", null=True),
    instant("changed_at"),
    audited(),
    one_of("measure", Measure),
    one_of("why", Why),
    one_of("state", State),
    CheckConstraint("approved_by IS NULL OR substr(approved_by, 1, 6) = 'staff:'", name="person"),
    CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="another"),
    CheckConstraint("state NOT IN ('approved', 'done', 'undone') OR approved_by IS NOT NULL", name="approved"),
    CheckConstraint("measure = 'delete' OR (state <> 'approved' AND confirmed_by IS NULL)", name="by_one"),
    CheckConstraint(
        "measure = 'archive' OR state NOT IN ('done', 'undone') OR confirmed_by IS NOT NULL", name="by_two"
    ),
    CheckConstraint(
        "confirmed_by IS NULL OR (substr(confirmed_by, 1, 6) = 'staff:' AND confirmed_by <> approved_by"
        " AND confirmed_by <> proposed_by)",
        name="second",
    ),
    one("uq_archiving_open", "customer", where="state IN ('open', 'approved')"),
    Index(None, "customer", "changed_at"),
    some("ix_archiving_open", "proposed_at", "id", where="state IN ('open', 'approved')"),
)
