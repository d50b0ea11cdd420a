"""Whom an identity provider calls a member of staff, sign-ins through it, and allowances."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations.guards import is_sqlite

revision = "0012"
down_revision = "0011"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAYS = "way IN ('password', 'link', 'oidc')"


def upgrade() -> None:
    op.add_column("staff", sa.Column("identity", sa.Text(), nullable=True))
    named = sa.text("identity IS NOT NULL")
    op.create_index("ux_staff_identity", "staff", ["identity"], unique=True, sqlite_where=named, postgresql_where=named)
    op.create_table(
        "oidc_login",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("staff", sa.Text(), nullable=True),
        sa.Column("used_at", INT, nullable=False),
        sa.ForeignKeyConstraint(["staff"], ["staff.name"], name=op.f("fk_oidc_login_staff")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_oidc_login")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_oidc_login_used_at"), "oidc_login", ["used_at"], unique=False)
    op.create_table(
        "allowance",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("whole_at", INT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_allowance")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_allowance_whole_at"), "allowance", ["whole_at"], unique=False)
    if is_sqlite():
        _sessions()
    else:
        op.drop_constraint(op.f("ck_staff_session_way"), "staff_session")
        op.create_check_constraint(op.f("ck_staff_session_way"), "staff_session", WAYS)


def _sessions() -> None:
    """A session may have been begun in one more way. SQLite changes no check where it is."""
    op.drop_index("ix_staff_session_staff", "staff_session")
    op.rename_table("staff_session", "staff_session_before")
    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("opened_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("used_at", INT, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.CheckConstraint("stage IN ('full', 'enrol')", name=op.f("ck_staff_session_stage")),
        sa.CheckConstraint(WAYS, name=op.f("ck_staff_session_way")),
        sa.ForeignKeyConstraint(["staff"], ["staff.name"], name=op.f("fk_staff_session_staff")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("id", name=op.f("uq_staff_session_id")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO staff_session (token_hash, staff, origin, opened_at, expires_at, id, used_at, stage, way)"
        " SELECT token_hash, staff, origin, opened_at, expires_at, id, used_at, stage, way FROM staff_session_before"
    )
    op.drop_table("staff_session_before")
    op.create_index("ix_staff_session_staff", "staff_session", ["staff"], unique=False)
