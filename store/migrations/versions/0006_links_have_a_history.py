"""A chat's links have a history, what was said stays with whom it was said to, and a code may disclose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations.guards import fresh_id, is_sqlite

revision = "0006"
down_revision = "0005"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OF = "(SELECT customer FROM conversation WHERE conversation.id = {}.conversation)"


def upgrade() -> None:
    for table in ("message", "note"):
        op.add_column(table, sa.Column("whose", sa.Text(), nullable=True))
        op.execute(f"UPDATE {table} SET whose = {OF.format(table)}")  # noqa: S608  # fixed text
    op.add_column("consent", sa.Column("withdrawn_at", INT, nullable=True))
    if not is_sqlite():
        _altered()
        return
    op.execute("PRAGMA legacy_alter_table = ON")  # a table put aside must not take along those that refer to it
    _link()
    _challenge()
    op.execute("PRAGMA legacy_alter_table = OFF")


def _altered() -> None:
    """The same on PostgreSQL, which alters tables where they are."""
    op.add_column("link", sa.Column("id", sa.Text(), nullable=True))
    op.add_column("link", sa.Column("ended_at", INT, nullable=True))
    op.execute(f"UPDATE link SET id = {fresh_id()}")  # noqa: S608  # fixed text
    op.execute(
        "UPDATE link SET ended_at = later.at FROM (SELECT id,"
        " LEAD(at) OVER (PARTITION BY conversation ORDER BY at, audit) AS at FROM link) AS later"
        " WHERE later.id = link.id"
    )
    op.alter_column("link", "id", nullable=False)
    op.drop_constraint(op.f("pk_link"), "link")
    op.create_primary_key(op.f("pk_link"), "link", ["id"])
    op.create_check_constraint(op.f("ck_link_ended"), "link", "ended_at IS NULL OR ended_at >= at")
    op.create_index(op.f("ix_link_conversation_at"), "link", ["conversation", "at"], unique=False)
    standing = sa.text("ended_at IS NULL")
    op.create_index("uq_link_standing", "link", ["conversation"], unique=True, postgresql_where=standing)
    op.drop_constraint(op.f("ck_challenge_purpose"), "challenge")
    op.create_check_constraint(op.f("ck_challenge_purpose"), "challenge", "purpose IN ('change', 'link', 'disclose')")


def _link() -> None:
    """The links so far, the last of each chat standing."""
    op.drop_index("ix_link_customer", "link")
    op.rename_table("link", "link_before")
    op.create_table(
        "link",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=True),
        sa.Column("ended_at", INT, nullable=True),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("how IN ('token', 'code', 'api', 'vouched')", name=op.f("ck_link_how")),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= at", name=op.f("ck_link_ended")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_link_audit")),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.id"], name=op.f("fk_link_conversation")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_link_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sqlite_strict=True,
    )
    op.execute(
        "INSERT INTO link (id, conversation, customer, at, how, via, ended_at, audit)"
        " SELECT lower(hex(randomblob(16))), conversation, customer, at, how, via,"
        " LEAD(at) OVER (PARTITION BY conversation ORDER BY at, audit), audit FROM link_before"
    )
    op.drop_table("link_before")
    op.create_index(op.f("ix_link_conversation_at"), "link", ["conversation", "at"], unique=False)
    op.create_index(op.f("ix_link_customer"), "link", ["customer"], unique=False)
    op.create_index(
        "uq_link_standing",
        "link",
        ["conversation"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


INDEXED = ("conversation", "customer", "destination")
COLUMNS = (
    "id, conversation, customer, purpose, need, digest, draft, code_hash, attempts, max_attempts, created_at,"
    " expires_at, state, contact, destination"
)


def _challenge() -> None:
    """The same table with one purpose more."""
    for column in INDEXED:
        op.drop_index(f"ix_challenge_{column}_created_at", "challenge")
    op.drop_index("uq_challenge_live", "challenge")
    op.rename_table("challenge", "challenge_before")
    op.create_table(
        "challenge",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("need", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("draft", sa.Text(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", INT, server_default="0", nullable=False),
        sa.Column("max_attempts", INT, nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("destination", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(purpose = 'change') = (need IS NOT NULL)", name=op.f("ck_challenge_bound")),
        sa.CheckConstraint("need IN ('on_file', 'phone_on_file', 'new_contact')", name=op.f("ck_challenge_need")),
        sa.CheckConstraint("purpose IN ('change', 'link', 'disclose')", name=op.f("ck_challenge_purpose")),
        sa.CheckConstraint("state <> 'spent' OR attempts > 0", name=op.f("ck_challenge_spent")),
        sa.CheckConstraint("state IN ('live', 'spent', 'void', 'exhausted')", name=op.f("ck_challenge_state")),
        sa.CheckConstraint("attempts >= 0 AND attempts <= max_attempts", name=op.f("ck_challenge_attempts")),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.id"], name=op.f("fk_challenge_conversation")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_challenge_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
        sa.UniqueConstraint(
            "id",
            "digest",
            "customer",
            "need",
            "contact",
            "state",
            name=op.f("uq_challenge_id_digest_customer_need_contact_state"),
        ),
        sqlite_strict=True,
    )
    op.execute(f"INSERT INTO challenge ({COLUMNS}) SELECT {COLUMNS} FROM challenge_before")  # noqa: S608  # fixed text
    op.drop_table("challenge_before")
    for column in INDEXED:
        op.create_index(op.f(f"ix_challenge_{column}_created_at"), "challenge", [column, "created_at"], unique=False)
    op.create_index(
        "uq_challenge_live",
        "challenge",
        ["conversation"],
        unique=True,
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )
