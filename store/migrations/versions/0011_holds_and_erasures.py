# ruff: noqa: E501 - a step is drafted by machine, then frozen
"""Legal holds, and customers whose key was destroyed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations.guards import put

revision = "0011"
down_revision = "0010"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

GUARDS = (
    "CREATE TRIGGER legal_hold_stays BEFORE UPDATE OF id, customer, placed_by, at, lifted_at, lifted_by, audit ON legal_hold WHEN OLD.lifted_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.customer <> OLD.customer OR NEW.placed_by <> OLD.placed_by OR NEW.at <> OLD.at"
    " BEGIN SELECT RAISE(ABORT, 'a legal hold is lifted once and never changed'); END",
    "CREATE TRIGGER legal_hold_kept BEFORE DELETE ON legal_hold"
    " BEGIN SELECT RAISE(ABORT, 'a legal hold is lifted, never forgotten'); END",
    "CREATE TRIGGER held_key_stays BEFORE DELETE ON data_key WHEN OLD.kind = 'customer' AND EXISTS (SELECT 1 FROM legal_hold WHERE customer = OLD.holder AND lifted_at IS NULL)"
    " BEGIN SELECT RAISE(ABORT, 'nothing under a legal hold is erased'); END",
    "CREATE TRIGGER held_is_not_erased BEFORE UPDATE OF status ON customer WHEN NEW.status = 'erased' AND EXISTS (SELECT 1 FROM legal_hold WHERE customer = NEW.id AND lifted_at IS NULL)"
    " BEGIN SELECT RAISE(ABORT, 'nothing under a legal hold is erased'); END",
    "CREATE TRIGGER erased_gets_no_key BEFORE INSERT ON data_key WHEN NEW.kind = 'customer' AND EXISTS (SELECT 1 FROM customer WHERE id = NEW.holder AND status = 'erased')"
    " BEGIN SELECT RAISE(ABORT, 'an erased customer gets no key again'); END",
    "CREATE TRIGGER erased_stays BEFORE UPDATE OF status ON customer WHEN OLD.status = 'erased' AND NEW.status <> 'erased'"
    " BEGIN SELECT RAISE(ABORT, 'an erased customer stays erased'); END",
)


def upgrade() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("lifted_at", INT, nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name=op.f("ck_legal_hold_lifted")),
        sa.CheckConstraint("lifted_by IS NULL OR lifted_by <> placed_by", name=op.f("ck_legal_hold_another")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_legal_hold_audit")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_legal_hold_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_legal_hold_customer_at"), "legal_hold", ["customer", "at"], unique=False)
    op.create_index(
        "uq_legal_hold_open",
        "legal_hold",
        ["customer"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "erasure",
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_erasure_audit")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_erasure_customer")),
        sa.PrimaryKeyConstraint("customer", name=op.f("pk_erasure")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    for guard in GUARDS:
        put(guard)
