# ruff: noqa: E501 - a step is drafted by machine, then frozen
"""What is proposed about customers who fell silent, and what people decide."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations.guards import put

revision = "0013"
down_revision = "0012"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

GUARDS = (
    "CREATE TRIGGER archiving_stays BEFORE UPDATE OF id, customer, measure, why, proposed_by, proposed_at, audit ON archiving"
    " BEGIN SELECT RAISE(ABORT, 'what was proposed does not change'); END",
    "CREATE TRIGGER archiving_decided BEFORE UPDATE ON archiving WHEN OLD.state IN ('declined', 'void', 'undone') OR (OLD.state = 'done' AND (NEW.state <> 'undone' OR OLD.measure = 'delete')) OR (OLD.approved_by IS NOT NULL AND NEW.approved_by <> OLD.approved_by)"
    " BEGIN SELECT RAISE(ABORT, 'what was decided stands'); END",
    "CREATE TRIGGER archiving_kept BEFORE DELETE ON archiving"
    " BEGIN SELECT RAISE(ABORT, 'what was proposed is not forgotten'); END",
    "CREATE TRIGGER archiving_own BEFORE UPDATE ON archiving WHEN EXISTS (SELECT 1 FROM staff_customer WHERE customer = NEW.customer AND 'staff:' || staff IN (NEW.approved_by, NEW.confirmed_by))"
    " BEGIN SELECT RAISE(ABORT, 'nobody decides on their own record'); END",
    "CREATE TRIGGER archived_when_approved BEFORE UPDATE OF status ON customer WHEN NEW.status = 'archived' AND NOT EXISTS (SELECT 1 FROM archiving WHERE customer = NEW.id AND measure = 'archive' AND state = 'done')"
    " BEGIN SELECT RAISE(ABORT, 'a customer is archived when somebody approved it'); END",
    "CREATE TRIGGER held_is_not_archived BEFORE UPDATE OF status ON customer WHEN NEW.status = 'archived' AND EXISTS (SELECT 1 FROM legal_hold WHERE customer = NEW.id AND lifted_at IS NULL)"
    " BEGIN SELECT RAISE(ABORT, 'nothing under a legal hold is archived'); END",
)
CHECKS = (
    ("another", "approved_by IS NULL OR approved_by <> proposed_by"),
    ("approved", "state NOT IN ('approved', 'done', 'undone') OR approved_by IS NOT NULL"),
    ("by_one", "measure = 'delete' OR (state <> 'approved' AND confirmed_by IS NULL)"),
    ("by_two", "measure = 'archive' OR state NOT IN ('done', 'undone') OR confirmed_by IS NOT NULL"),
    ("measure", "measure IN ('archive', 'delete')"),
    ("person", "approved_by IS NULL OR substr(approved_by, 1, 6) = 'staff:'"),
    (
        "second",
        "confirmed_by IS NULL OR (substr(confirmed_by, 1, 6) = 'staff:' AND confirmed_by <> approved_by AND confirmed_by <> proposed_by)",
    ),
    ("state", "state IN ('open', 'approved', 'done', 'declined', 'void', 'undone')"),
    ("why", "why IN ('silent', 'ended', 'kept')"),
)


def upgrade() -> None:
    op.create_table(
        "archiving",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", INT, nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("changed_at", INT, nullable=False),
        sa.Column("audit", INT, nullable=False),
        *(sa.CheckConstraint(check, name=op.f(f"ck_archiving_{name}")) for name, check in CHECKS),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_archiving_audit")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_archiving_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archiving")),
        sqlite_strict=True,
    )
    waits = sa.text("state IN ('open', 'approved')")
    op.create_index("ix_archiving_open", "archiving", ["proposed_at", "id"], sqlite_where=waits, postgresql_where=waits)
    op.create_index(
        "uq_archiving_open", "archiving", ["customer"], unique=True, sqlite_where=waits, postgresql_where=waits
    )
    op.create_index(op.f("ix_archiving_customer_changed_at"), "archiving", ["customer", "changed_at"], unique=False)
    for guard in GUARDS:
        put(guard)
