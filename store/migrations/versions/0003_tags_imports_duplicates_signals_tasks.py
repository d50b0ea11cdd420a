"""Tags, what was imported, likely duplicates, signals, tasks. The keys of likely duplicates need the master key:
`Database.upgrade` writes those of values already there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "customer_tag",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_customer_tag_customer")),
        sa.PrimaryKeyConstraint("tag", "customer", name=op.f("pk_customer_tag")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_customer_tag_customer"), "customer_tag", ["customer"], unique=False)

    op.create_table(
        "imported_row",
        sa.Column("row", sa.LargeBinary(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("run", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_imported_row_customer")),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_imported_row")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_imported_row_customer"), "imported_row", ["customer"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("due_at", INT, nullable=False),
        sa.Column("done_at", INT, nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("kind IN ('unconfirmed', 'unreachable')", name=op.f("ck_task_kind")),
        sa.CheckConstraint("(done_at IS NULL) = (done_by IS NULL)", name=op.f("ck_task_done")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_task_audit")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_task_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_task_customer_created_at"), "task", ["customer", "created_at"], unique=False)
    op.create_index(
        "ix_task_open",
        "task",
        ["due_at", "id"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(
        "uq_task_open",
        "task",
        ["customer", "kind", "field"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )

    op.create_table(
        "signal",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("at", INT, nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("kind = 'touchpoint' OR field IS NOT NULL", name=op.f("ck_signal_field")),
        sa.CheckConstraint("kind IN ('bounced', 'unreachable', 'returned', 'touchpoint')", name=op.f("ck_signal_kind")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_signal_audit")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_signal_customer")),
        sa.ForeignKeyConstraint(["version"], ["value_version.id"], name=op.f("fk_signal_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_signal_customer_at"), "signal", ["customer", "at"], unique=False)

    op.create_table(
        "value_block",
        sa.Column("block", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["value_version.id"], name=op.f("fk_value_block_version")),
        sa.PrimaryKeyConstraint("block", "version", name=op.f("pk_value_block")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_value_block_version"), "value_block", ["version"], unique=False)
    op.create_index(op.f("ix_customer_owner_no"), "customer", ["owner", "no"], unique=False)
