# ruff: noqa: E501 - a step is drafted by machine, then frozen
"""The trail as a Merkle log: places, kept hashes, signed checkpoints, trims."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations.guards import is_sqlite, put

revision = "0008"
down_revision = "0007"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

GUARDS = (
    "CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry WHEN NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.leaf <> OLD.leaf OR NEW.act <> 'trimmed' OR NOT EXISTS (SELECT 1 FROM audit_leaf AS l JOIN audit_trim AS t ON l.seq >= t.first AND l.seq < t.upto WHERE l.entry = OLD.id)"
    " BEGIN SELECT RAISE(ABORT, 'an audit entry does not change'); END",
    "CREATE TRIGGER audit_entry_kept BEFORE DELETE ON audit_entry"
    " BEGIN SELECT RAISE(ABORT, 'an audit entry is trimmed, never deleted'); END",
    "CREATE TRIGGER audit_leaf_stays BEFORE UPDATE ON audit_leaf"
    " BEGIN SELECT RAISE(ABORT, 'the order of the trail does not change'); END",
    "CREATE TRIGGER audit_leaf_kept BEFORE DELETE ON audit_leaf"
    " BEGIN SELECT RAISE(ABORT, 'the order of the trail does not change'); END",
    "CREATE TRIGGER audit_node_stays BEFORE UPDATE ON audit_node"
    " BEGIN SELECT RAISE(ABORT, 'the hashes of the trail do not change'); END",
    "CREATE TRIGGER audit_node_kept BEFORE DELETE ON audit_node"
    " BEGIN SELECT RAISE(ABORT, 'the hashes of the trail do not change'); END",
    "CREATE TRIGGER audit_checkpoint_stays BEFORE UPDATE ON audit_checkpoint"
    " BEGIN SELECT RAISE(ABORT, 'a checkpoint stands'); END",
    "CREATE TRIGGER audit_checkpoint_kept BEFORE DELETE ON audit_checkpoint"
    " BEGIN SELECT RAISE(ABORT, 'a checkpoint stands'); END",
    "CREATE TRIGGER audit_trim_stays BEFORE UPDATE ON audit_trim"
    " BEGIN SELECT RAISE(ABORT, 'what was trimmed stays known'); END",
    "CREATE TRIGGER audit_trim_kept BEFORE DELETE ON audit_trim"
    " BEGIN SELECT RAISE(ABORT, 'what was trimmed stays known'); END",
)


def upgrade() -> None:
    op.create_table(
        "audit_gap",
        sa.Column("first", INT, autoincrement=False, nullable=False),
        sa.Column("last", INT, nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.CheckConstraint("first <= last", name=op.f("ck_audit_gap_range")),
        sa.PrimaryKeyConstraint("first", name=op.f("pk_audit_gap")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_leaf",
        sa.Column("seq", INT, autoincrement=False, nullable=False),
        sa.Column("entry", INT, nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(leaf) = 32", name=op.f("ck_audit_leaf_leaf")),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_audit_leaf_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_leaf")),
        sa.UniqueConstraint("entry", name=op.f("uq_audit_leaf_entry")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_log",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", INT, server_default="0", nullable=False),
        sa.Column("seen", INT, server_default="0", nullable=False),
        sa.CheckConstraint("name = 'audit'", name=op.f("ck_audit_log_name")),
        sa.CheckConstraint("size >= 0 AND seen >= 0", name=op.f("ck_audit_log_counts")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audit_log")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_node",
        sa.Column("level", INT, nullable=False),
        sa.Column("n", INT, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(hash) = 32", name=op.f("ck_audit_node_hash")),
        sa.CheckConstraint("level > 0 AND level % 8 = 0 AND n >= 0", name=op.f("ck_audit_node_place")),
        sa.PrimaryKeyConstraint("level", "n", name=op.f("pk_audit_node")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("n", INT, autoincrement=False, nullable=False),
        sa.Column("size", INT, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("length(root) = 32", name=op.f("ck_audit_checkpoint_root")),
        sa.CheckConstraint("n > 0 AND size > 0", name=op.f("ck_audit_checkpoint_counts")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_audit_checkpoint_audit")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_audit_checkpoint")),
        sa.UniqueConstraint("size", name=op.f("uq_audit_checkpoint_size")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_key",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("length(public) = 32", name=op.f("ck_audit_key_public")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_audit_key_audit")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_audit_key")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_trim",
        sa.Column("n", INT, autoincrement=False, nullable=False),
        sa.Column("first", INT, nullable=False),
        sa.Column("upto", INT, nullable=False),
        sa.Column("before", INT, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("n > 0 AND first >= 0 AND upto > first", name=op.f("ck_audit_trim_range")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_audit_trim_audit")),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_audit_trim")),
        sa.UniqueConstraint("first", name=op.f("uq_audit_trim_first")),
        sqlite_strict=True,
    )
    if is_sqlite():
        op.execute("DROP TRIGGER audit_entry_stays")
    else:
        op.execute("DROP TRIGGER audit_entry_stays ON audit_entry")
        op.execute("DROP FUNCTION audit_entry_stays()")
    for guard in GUARDS:
        put(guard)
