# ruff: noqa: E501 - a step is drafted by machine, then frozen
"""Index keys are rows of their own, and keys are replaced while everything runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations.guards import is_sqlite, put, take
from store.migrations.rewriting import rewrite

revision = "0010"
down_revision = "0009"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

GUARDS = (
    "CREATE TRIGGER value_version_stays BEFORE UPDATE OF id, customer, field, valid_from, origin, request ON value_version"
    " BEGIN SELECT RAISE(ABORT, 'a version is closed, never overwritten'); END",
    "CREATE TRIGGER value_index_stays BEFORE UPDATE OF value_index ON value_version WHEN NOT EXISTS (SELECT 1 FROM rotation WHERE kind = 'index' AND ended_at IS NULL) AND NOT EXISTS (SELECT 1 FROM customer WHERE id = NEW.customer AND status = 'erased')"
    " BEGIN SELECT RAISE(ABORT, 'a version is closed, never overwritten'); END",
    "CREATE TRIGGER freeze_stays BEFORE UPDATE OF id, customer, request, at, released_at, released_by, audit ON freeze WHEN OLD.released_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.customer <> OLD.customer OR NEW.request <> OLD.request OR NEW.at <> OLD.at"
    " BEGIN SELECT RAISE(ABORT, 'a freeze is released once and never changed'); END",
)


def upgrade() -> None:
    if is_sqlite():
        rewrite("data_key", "'company')", "'company', 'index')")
    else:
        op.drop_constraint(op.f("ck_data_key_kind"), "data_key")
        op.create_check_constraint(
            op.f("ck_data_key_kind"), "data_key", "kind IN ('customer', 'conversation', 'company', 'index')"
        )
    op.create_table(
        "rotation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("began_at", INT, nullable=False),
        sa.Column("ended_at", INT, nullable=True),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("reached", sa.Text(), nullable=False),
        sa.Column("done", INT, server_default="0", nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("kind IN ('master', 'data', 'index')", name=op.f("ck_rotation_kind")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_rotation_audit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rotation")),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_rotation_open",
        "rotation",
        ["kind"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    take("value_version_stays", "value_version")
    take("freeze_stays", "freeze")
    for guard in GUARDS:
        put(guard)
