# ruff: noqa: E501, S608 - a step is drafted by machine, then frozen; its names are fixed
"""How staff sign in: authenticators, recovery codes, attempts kept; sessions that are listed, tokens that are activated.

Tokens that may decide are inactive from now on until their person activates them: nobody's TOTP stands behind them.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from store.migrations.guards import fresh_id, is_sqlite

revision = "0004"
down_revision = "0003"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sign_in_attempt",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("account", sa.LargeBinary(), nullable=True),
        sa.Column("failures", INT, nullable=False),
        sa.Column("last_at", INT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_attempt")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sign_in_attempt_account", "sign_in_attempt", ["account"])
    op.create_index("ix_sign_in_attempt_last_at", "sign_in_attempt", ["last_at"])
    op.create_table(
        "authenticator",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", INT, nullable=False),
        sa.Column("confirmed_at", INT, nullable=True),
        sa.Column("ended_at", INT, nullable=True),
        sa.Column("last_step", INT, nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (secret IS NOT NULL)", name=op.f("ck_authenticator_secret")),
        sa.CheckConstraint("last_step IS NULL OR confirmed_at IS NOT NULL", name=op.f("ck_authenticator_last_step")),
        sa.ForeignKeyConstraint(["staff"], ["staff.name"], name=op.f("fk_authenticator_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authenticator")),
        sqlite_strict=True,
    )
    for name, which in (("ux_authenticator_confirmed", "IS NOT NULL"), ("ux_authenticator_pending", "IS NULL")):
        where = sa.text(f"confirmed_at {which} AND ended_at IS NULL")
        op.create_index(name, "authenticator", ["staff"], unique=True, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("made_at", INT, nullable=False),
        sa.Column("used_at", INT, nullable=True),
        sa.Column("used_from", sa.Text(), nullable=True),
        sa.Column("told_at", INT, nullable=True),
        sa.CheckConstraint("(used_at IS NULL) = (used_from IS NULL)", name=op.f("ck_recovery_code_used")),
        sa.CheckConstraint("told_at IS NULL OR used_at IS NOT NULL", name=op.f("ck_recovery_code_told")),
        sa.ForeignKeyConstraint(["staff"], ["staff.name"], name=op.f("fk_recovery_code_staff")),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_recovery_code_staff", "recovery_code", ["staff"])
    anew(
        "staff_session",
        staff_session,
        "token_hash, staff, origin, opened_at, expires_at",
        id=fresh_id(),
        used_at="opened_at",
        stage="'full'",
        way="'password'",
    )
    anew("sign_in_link", sign_in_link, "token_hash, staff, expires_at, used_at")
    anew("api_token", api_token, "id, token_hash, name, staff, scopes, decides, channel, created_at, revoked_at")
    op.create_index("ix_staff_session_staff", "staff_session", ["staff"])
    if not is_sqlite():
        op.create_foreign_key(op.f("fk_api_answer_token"), "api_answer", "api_token", ["token"], ["id"])


def anew(table: str, make: Callable[[], None], columns: str, **added: str) -> None:
    """Write a table anew with its rows. No table is renamed, so that every reference keeps pointing to its name."""
    op.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table}")
    if is_sqlite():
        op.drop_table(table)
    else:
        op.execute(f"DROP TABLE {table} CASCADE")  # and the keys that point here, which `upgrade` puts back
    make()
    into, values = ", ".join((columns, *added)), ", ".join((columns, *added.values()))
    op.execute(f"INSERT INTO {table} ({into}) SELECT {values} FROM kept")
    op.execute("DROP TABLE kept")


def staff_session() -> None:
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
        sa.CheckConstraint("way IN ('password', 'link')", name=op.f("ck_staff_session_way")),
        sa.ForeignKeyConstraint(["staff"], ["staff.name"], name=op.f("fk_staff_session_staff")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_session")),
        sa.UniqueConstraint("id", name=op.f("uq_staff_session_id")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def sign_in_link() -> None:
    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("used_at", INT, nullable=True),
        sa.Column("asks_password", INT, server_default="0", nullable=False),
        sa.CheckConstraint("asks_password IN (0, 1)", name=op.f("ck_sign_in_link_asks_password")),
        sa.ForeignKeyConstraint(["staff"], ["staff.name"], name=op.f("fk_sign_in_link_staff")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_link")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def api_token() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("staff", sa.Text(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("decides", INT, nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("revoked_at", INT, nullable=True),
        sa.Column("activated_at", INT, nullable=True),
        sa.CheckConstraint("decides = 0 OR (decides = 1 AND staff IS NOT NULL)", name=op.f("ck_api_token_decides")),
        sa.CheckConstraint("activated_at IS NULL OR decides = 1", name=op.f("ck_api_token_activated")),
        sa.ForeignKeyConstraint(["staff"], ["staff.name"], name=op.f("fk_api_token_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        sqlite_strict=True,
    )
