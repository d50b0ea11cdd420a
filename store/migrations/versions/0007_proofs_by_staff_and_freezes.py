# ruff: noqa: E501 - a step is drafted by machine, then frozen
"""Proofs recorded by staff, freezes, reversals, requests from outside the chat, staff who are customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations.guards import is_sqlite, put

revision = "0007"
down_revision = "0006"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

GUARDS = (
    "CREATE TRIGGER proof_stays BEFORE UPDATE OF id, customer, digest, kind, need, contact, challenge, person, signed_form, at ON proof"
    " BEGIN SELECT RAISE(ABORT, 'a proof does not change'); END",
    "CREATE TRIGGER proof_void_stays BEFORE UPDATE OF standing ON proof WHEN OLD.standing = 'void' AND NEW.standing <> 'void'"
    " BEGIN SELECT RAISE(ABORT, 'a void proof stays void'); END",
    "CREATE TRIGGER proof_callback BEFORE INSERT ON proof WHEN NEW.kind = 'callback' AND NOT EXISTS (SELECT 1 FROM value_version WHERE id = NEW.contact AND customer = NEW.customer AND field = 'phone' AND valid_to IS NULL AND valid_from <= NEW.at - 2592000000000)"
    " BEGIN SELECT RAISE(ABORT, 'a call goes back to a number that has been on file for thirty days'); END",
    "CREATE TRIGGER proof_in_person BEFORE INSERT ON proof WHEN NEW.kind = 'in_person' AND (NEW.contact NOT IN ('counter', 'video') OR length(NEW.signed_form) <> 32)"
    " BEGIN SELECT RAISE(ABORT, 'in person is at the counter or by video, with a signed form'); END",
    "CREATE TRIGGER staff_proof_filed BEFORE INSERT ON change_request WHEN NEW.importance <> 'important' AND EXISTS (SELECT 1 FROM proof WHERE id = NEW.proof AND kind <> 'code')"
    " BEGIN SELECT RAISE(ABORT, 'what one of staff has proved is decided by two others'); END",
    "CREATE TRIGGER staff_proof_joined BEFORE INSERT ON request_proof WHEN EXISTS (SELECT 1 FROM proof WHERE id = NEW.proof AND kind <> 'code') AND EXISTS (SELECT 1 FROM change_request WHERE number = NEW.request AND importance <> 'important')"
    " BEGIN SELECT RAISE(ABORT, 'what one of staff has proved is decided by two others'); END",
    "CREATE TRIGGER importance_stays BEFORE UPDATE OF importance ON change_request WHEN OLD.importance = 'important'"
    " BEGIN SELECT RAISE(ABORT, 'an important request stays important'); END",
    "CREATE TRIGGER colleague_takes_no_part BEFORE INSERT ON participant WHEN NEW.role = 'checker' AND EXISTS (SELECT 1 FROM staff_customer AS c JOIN participant AS p ON p.request = NEW.request AND p.person = 'customer:' || c.customer WHERE 'staff:' || c.staff = NEW.person)"
    " BEGIN SELECT RAISE(ABORT, 'nobody decides on their own record'); END",
    "CREATE TRIGGER reversal_stays BEFORE UPDATE ON reversal"
    " BEGIN SELECT RAISE(ABORT, 'what a request puts back does not change'); END",
    "CREATE TRIGGER reversal_by_two BEFORE INSERT ON reversal WHEN NOT EXISTS (SELECT 1 FROM change_request WHERE number = NEW.request AND importance = 'important')"
    " BEGIN SELECT RAISE(ABORT, 'two people decide on putting a value back'); END",
    "CREATE TRIGGER reversal_contact BEFORE INSERT ON reversal WHEN EXISTS (SELECT 1 FROM request_proof AS r JOIN proof AS p ON p.id = r.proof JOIN change_request AS d ON d.number = NEW.reverts WHERE r.request = NEW.request AND p.contact IN ('new', d.against, d.old_contact, d.applied_version))"
    " BEGIN SELECT RAISE(ABORT, 'neither the old contact nor the new one proves putting a value back'); END",
    "CREATE TRIGGER reversal_makers BEFORE INSERT ON participant WHEN NEW.role = 'checker' AND EXISTS (SELECT 1 FROM reversal AS r JOIN participant AS p ON p.request = r.reverts AND p.role = 'maker' WHERE r.request = NEW.request AND p.person = NEW.person)"
    " BEGIN SELECT RAISE(ABORT, 'who made the disputed change does not decide on undoing it'); END",
    "CREATE TRIGGER freeze_stays BEFORE UPDATE ON freeze WHEN OLD.released_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.customer <> OLD.customer OR NEW.request <> OLD.request OR NEW.at <> OLD.at"
    " BEGIN SELECT RAISE(ABORT, 'a freeze is released once and never changed'); END",
    "CREATE TRIGGER freeze_kept BEFORE DELETE ON freeze"
    " BEGIN SELECT RAISE(ABORT, 'a freeze is released, never forgotten'); END",
    "CREATE TRIGGER freeze_by_another BEFORE UPDATE OF released_by ON freeze WHEN EXISTS (SELECT 1 FROM participant WHERE request = NEW.request AND person = NEW.released_by AND role = 'maker') OR EXISTS (SELECT 1 FROM staff_customer WHERE customer = NEW.customer AND 'staff:' || staff = NEW.released_by)"
    " BEGIN SELECT RAISE(ABORT, 'a maker does not release their own change'); END",
    "CREATE TRIGGER frozen_applies_nothing BEFORE UPDATE OF state ON change_request WHEN NEW.state = 'applied' AND OLD.state <> 'applied' AND EXISTS (SELECT 1 FROM freeze WHERE customer = NEW.customer AND released_at IS NULL)"
    " BEGIN SELECT RAISE(ABORT, 'nothing of a frozen customer is applied'); END",
    "CREATE TRIGGER frozen_sends_nothing BEFORE INSERT ON challenge WHEN NEW.contact <> 'nowhere' AND EXISTS (SELECT 1 FROM freeze WHERE customer = NEW.customer AND released_at IS NULL)"
    " BEGIN SELECT RAISE(ABORT, 'no code goes to a frozen customer'); END",
    "CREATE TRIGGER not_me_once BEFORE UPDATE ON not_me WHEN OLD.used_at IS NOT NULL"
    " BEGIN SELECT RAISE(ABORT, 'the page counts once'); END",
)


HELD = "PERFORM 1 FROM customer WHERE id = NEW.customer FOR UPDATE; "


def upgrade() -> None:
    op.create_table(
        "staff_customer",
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_staff_customer_audit")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_staff_customer_customer")),
        sa.ForeignKeyConstraint(["staff"], ["staff.name"], name=op.f("fk_staff_customer_staff")),
        sa.PrimaryKeyConstraint("staff", name=op.f("pk_staff_customer")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_staff_customer_customer"), "staff_customer", ["customer"], unique=False)

    op.create_table(
        "freeze",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("released_at", INT, nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("released_by IS NULL OR released_by LIKE 'staff:_%'", name=op.f("ck_freeze_by_staff")),
        sa.CheckConstraint("(released_at IS NULL) = (reason IS NULL)", name=op.f("ck_freeze_reason")),
        sa.CheckConstraint("(released_at IS NULL) = (released_by IS NULL)", name=op.f("ck_freeze_released")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_freeze_audit")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_freeze_customer")),
        sa.ForeignKeyConstraint(["request"], ["change_request.number"], name=op.f("fk_freeze_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freeze")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_freeze_customer_at"), "freeze", ["customer", "at"], unique=False)
    op.create_index(
        "uq_freeze_open",
        "freeze",
        ["customer"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )

    op.create_table(
        "offline_receipt",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("received_at", INT, nullable=False),
        sa.Column("entered_at", INT, nullable=False),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("late", INT, nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("way IN ('counter', 'hotline', 'letter')", name=op.f("ck_offline_receipt_way")),
        sa.CheckConstraint(
            "late = (entered_at - received_at > 86400000000)"
            if is_sqlite()
            else "late = CASE WHEN entered_at - received_at > 86400000000 THEN 1 ELSE 0 END",
            name=op.f("ck_offline_receipt_late"),
        ),
        sa.CheckConstraint("received_at <= entered_at", name=op.f("ck_offline_receipt_received")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_offline_receipt_audit")),
        sa.ForeignKeyConstraint(["entered_by"], ["staff.name"], name=op.f("fk_offline_receipt_entered_by")),
        sa.ForeignKeyConstraint(["request"], ["change_request.number"], name=op.f("fk_offline_receipt_request")),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_offline_receipt")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reversal",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("reverts", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("request <> reverts", name=op.f("ck_reversal_another")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_reversal_audit")),
        sa.ForeignKeyConstraint(
            ["request", "customer", "field"],
            ["change_request.number", "change_request.customer", "change_request.field"],
            name="fk_reversal_request",
        ),
        sa.ForeignKeyConstraint(
            ["reverts", "customer", "field"],
            ["change_request.number", "change_request.customer", "change_request.field"],
            name="fk_reversal_reverts",
        ),
        sa.PrimaryKeyConstraint("request", name=op.f("pk_reversal")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_reversal_reverts"), "reversal", ["reverts"], unique=False)

    op.create_table(
        "not_me",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("used_at", INT, nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_not_me_expires")),
        sa.CheckConstraint("used_at IS NULL OR used_at < expires_at", name=op.f("ck_not_me_used")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_not_me_customer")),
        sa.ForeignKeyConstraint(["request"], ["change_request.number"], name=op.f("fk_not_me_request")),
        sa.ForeignKeyConstraint(["version"], ["value_version.id"], name=op.f("fk_not_me_version")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_not_me")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_proof_staff",
        "proof",
        ["customer", "digest"],
        unique=True,
        sqlite_where=sa.text("kind <> 'code' AND standing = 'held'"),
        postgresql_where=sa.text("kind <> 'code' AND standing = 'held'"),
    )
    if is_sqlite():
        rewrite("consent", "'signed')", "'signed', 'spoken')")
    else:
        op.drop_constraint(op.f("ck_consent_how"), "consent")
        op.create_check_constraint(op.f("ck_consent_how"), "consent", "how IN ('button', 'typed', 'signed', 'spoken')")
    for guard in GUARDS:
        put(guard, HELD if "NOT EXISTS" not in guard and "FROM freeze" in guard else "")


def rewrite(table: str, old: str, new: str) -> None:
    """Give a table another check. SQLite alters none: the table is written anew, under the same indexes and triggers."""
    run = op.get_bind().exec_driver_sql
    (made,) = run("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).one()
    if new in made:
        return
    if old not in made:
        raise ValueError(f"{table} is not as the step before left it")
    indexes = run("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (table,))
    again = [sql for (sql,) in indexes]
    triggers = run("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _ in triggers:  # renaming reads every trigger, and one that names the table finds none
        run(f"DROP TRIGGER {name}")
    head, name, rest = made.partition(table)
    run(f"{head}{name}_anew{rest.replace(old, new)}")
    run(f"INSERT INTO {table}_anew SELECT * FROM {table}")  # noqa: S608 - ours
    run(f"DROP TABLE {table}")
    run(f"ALTER TABLE {table}_anew RENAME TO {table}")
    for sql in (*again, *(sql for _, sql in triggers)):
        run(sql)
