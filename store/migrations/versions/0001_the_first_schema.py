# ruff: noqa: E501 - a step is drafted by machine, then frozen
"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations.guards import put

revision = "0001"
down_revision = None

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

GUARDS = (
    "CREATE TRIGGER participant_stays BEFORE UPDATE ON participant"
    " BEGIN SELECT RAISE(ABORT, 'who took part in a request does not change'); END",
    "CREATE TRIGGER participant_kept BEFORE DELETE ON participant WHEN EXISTS (SELECT 1 FROM change_request WHERE number = OLD.request)"
    " BEGIN SELECT RAISE(ABORT, 'who took part in a request is not forgotten'); END",
    "CREATE TRIGGER approval_stays BEFORE UPDATE ON approval"
    " BEGIN SELECT RAISE(ABORT, 'an approval is withdrawn, never changed'); END",
    "CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry"
    " BEGIN SELECT RAISE(ABORT, 'an audit entry does not change'); END",
    "CREATE TRIGGER value_version_stays BEFORE UPDATE OF id, customer, field, value_index, valid_from, origin, request ON value_version"
    " BEGIN SELECT RAISE(ABORT, 'a version is closed, never overwritten'); END",
    "CREATE TRIGGER value_version_closed BEFORE UPDATE OF valid_to, closed_by ON value_version WHEN OLD.valid_to IS NOT NULL"
    " BEGIN SELECT RAISE(ABORT, 'a closed version stays closed'); END",
)


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", INT, nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('customer', 'staff', 'bot', 'system')", name=op.f("ck_audit_entry_actor_kind")
        ),
        sa.CheckConstraint("length(leaf) = 32", name=op.f("ck_audit_entry_leaf")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_audit_entry_customer_id"), "audit_entry", ["customer", "id"], unique=False)
    op.create_index(op.f("ix_audit_entry_subject_id"), "audit_entry", ["subject", "id"], unique=False)

    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", INT, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("no", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.CheckConstraint("status IN ('active', 'archived', 'erased')", name=op.f("ck_customer_status")),
        sa.CheckConstraint("type IN ('person', 'company')", name=op.f("ck_customer_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("no", name=op.f("uq_customer_no")),
        sqlite_strict=True,
    )
    op.create_table(
        "data_key",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("master", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('customer', 'conversation', 'company')", name=op.f("ck_data_key_kind")),
        sa.PrimaryKeyConstraint("kind", "holder", name=op.f("pk_data_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "job",
        sa.Column("id", INT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", INT, nullable=False),
        sa.Column("due_at", INT, nullable=False),
        sa.Column("lease_until", INT, nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("fence", INT, server_default="0", nullable=False),
        sa.Column("attempts", INT, server_default="0", nullable=False),
        sa.Column("dedup", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'leased') = (lease_until IS NOT NULL)", name=op.f("ck_job_lease")),
        sa.CheckConstraint("state <> 'behind' OR key IS NOT NULL", name=op.f("ck_job_behind")),
        sa.CheckConstraint("state IN ('ready', 'behind', 'leased', 'parked')", name=op.f("ck_job_state")),
        sa.CheckConstraint("priority BETWEEN 0 AND 2", name=op.f("ck_job_priority")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("dedup", name=op.f("uq_job_dedup")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index(
        "ix_job_behind",
        "job",
        ["key", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'behind'"),
        postgresql_where=sa.text("state = 'behind'"),
    )
    op.create_index(
        "ix_job_lease",
        "job",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state = 'leased'"),
        postgresql_where=sa.text("state = 'leased'"),
    )
    op.create_index(
        "ix_job_parked",
        "job",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'parked'"),
        postgresql_where=sa.text("state = 'parked'"),
    )
    op.create_index(
        "ix_job_ready",
        "job",
        ["kind", "priority", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'ready'"),
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_index(
        "uq_job_head",
        "job",
        ["key"],
        unique=True,
        sqlite_where=sa.text("state IN ('ready', 'leased')"),
        postgresql_where=sa.text("state IN ('ready', 'leased')"),
    )

    op.create_table(
        "notice",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key_kind", sa.Text(), nullable=False),
        sa.Column("key_holder", sa.Text(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("ended_at", INT, nullable=True),
        sa.CheckConstraint(
            "(state = 'waiting') = (address IS NOT NULL) AND (state = 'waiting') = (text IS NOT NULL)",
            name=op.f("ck_notice_erased"),
        ),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_notice_ended")),
        sa.CheckConstraint("kind IN ('phone', 'email')", name=op.f("ck_notice_kind")),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'expired')", name=op.f("ck_notice_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_notice_expires",
        "notice",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )

    op.create_table(
        "participant",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint("person LIKE 'customer:_%' OR person LIKE 'staff:_%'", name=op.f("ck_participant_person")),
        sa.CheckConstraint("role <> 'checker' OR person LIKE 'staff:_%'", name=op.f("ck_participant_checker")),
        sa.CheckConstraint("role IN ('maker', 'checker')", name=op.f("ck_participant_role")),
        sa.PrimaryKeyConstraint("request", "person", name=op.f("pk_participant")),
        sa.UniqueConstraint("request", "person", "role", name=op.f("uq_participant_request_person_role")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "staff",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("disabled_at", INT, nullable=True),
        sa.CheckConstraint(
            "role IN ('agent', 'reviewer', 'supervisor', 'operations', 'security_officer')", name=op.f("ck_staff_role")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_staff")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
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
        sa.CheckConstraint("decides = 0 OR (decides = 1 AND staff IS NOT NULL)", name=op.f("ck_api_token_decides")),
        sa.ForeignKeyConstraint(["staff"], ["staff.name"], name=op.f("fk_api_token_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        sqlite_strict=True,
    )
    op.create_table(
        "approval",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("level", INT, nullable=False),
        sa.Column("checker", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), server_default="checker", nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("level = 1 OR role = 'supervisor'", name=op.f("ck_approval_second_role")),
        sa.CheckConstraint("part = 'checker'", name=op.f("ck_approval_part")),
        sa.CheckConstraint("role IN ('reviewer', 'supervisor')", name=op.f("ck_approval_role")),
        sa.CheckConstraint("level IN (1, 2)", name=op.f("ck_approval_level")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_approval_audit")),
        sa.ForeignKeyConstraint(
            ["request", "checker", "part"],
            ["participant.request", "participant.person", "participant.role"],
            name="fk_approval_participant",
        ),
        sa.PrimaryKeyConstraint("request", "level", name=op.f("pk_approval")),
        sa.UniqueConstraint("request", "checker", name=op.f("uq_approval_request_checker")),
        sa.UniqueConstraint(
            "request", "level", "checker", "digest", name=op.f("uq_approval_request_level_checker_digest")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "conversation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("chat_index", sa.LargeBinary(), nullable=False),
        sa.Column("chat", sa.LargeBinary(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("flagged", sa.Text(), nullable=True),
        sa.Column("flagged_at", INT, nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("silence", sa.Text(), nullable=False),
        sa.Column("last_inbound_at", INT, nullable=True),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("last_seq", INT, server_default="0", nullable=False),
        sa.Column("version", INT, server_default="0", nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.CheckConstraint("language IN ('en', 'zh')", name=op.f("ck_conversation_language")),
        sa.CheckConstraint("silence IN ('active', 'nudged', 'parked')", name=op.f("ck_conversation_silence")),
        sa.CheckConstraint(
            "stage IN ('idle', 'linking', 'collecting', 'confirming', 'verifying', 'filed')",
            name=op.f("ck_conversation_stage"),
        ),
        sa.CheckConstraint("(flagged IS NULL) = (flagged_at IS NULL)", name=op.f("ck_conversation_flagged")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_conversation_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("channel", "chat_index", name=op.f("uq_conversation_channel_chat_index")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_conversation_customer"), "conversation", ["customer"], unique=False)
    op.create_index(
        "ix_conversation_flagged",
        "conversation",
        ["flagged_at", "id"],
        unique=False,
        sqlite_where=sa.text("flagged IS NOT NULL"),
        postgresql_where=sa.text("flagged IS NOT NULL"),
    )

    op.create_table(
        "sign_in_link",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("used_at", INT, nullable=True),
        sa.ForeignKeyConstraint(["staff"], ["staff.name"], name=op.f("fk_sign_in_link_staff")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_link")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "staff_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("opened_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.ForeignKeyConstraint(["staff"], ["staff.name"], name=op.f("fk_staff_session_staff")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_session")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "suppression",
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_suppression_audit")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_suppression_customer")),
        sa.PrimaryKeyConstraint("customer", "channel", name=op.f("pk_suppression")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "api_answer",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.ForeignKeyConstraint(["token"], ["api_token.id"], name=op.f("fk_api_answer_token")),
        sa.PrimaryKeyConstraint("token", "key", name=op.f("pk_api_answer")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_api_answer_at"), "api_answer", ["at"], unique=False)

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
        sa.CheckConstraint("purpose IN ('change', 'link')", name=op.f("ck_challenge_purpose")),
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
    op.create_index(
        op.f("ix_challenge_conversation_created_at"), "challenge", ["conversation", "created_at"], unique=False
    )
    op.create_index(op.f("ix_challenge_customer_created_at"), "challenge", ["customer", "created_at"], unique=False)
    op.create_index(
        op.f("ix_challenge_destination_created_at"), "challenge", ["destination", "created_at"], unique=False
    )
    op.create_index(
        "uq_challenge_live",
        "challenge",
        ["conversation"],
        unique=True,
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )

    op.create_table(
        "claim",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("chat_index", sa.LargeBinary(), nullable=False),
        sa.Column("inbound", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=True),
        sa.Column("first_seq", INT, nullable=True),
        sa.Column("last_seq", INT, nullable=True),
        sa.Column("at", INT, nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.id"], name=op.f("fk_claim_conversation")),
        sa.PrimaryKeyConstraint("channel", "chat_index", "inbound", name=op.f("pk_claim")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("form", sa.LargeBinary(), nullable=False),
        sa.Column("notice_version", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("withdraw", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("how IN ('button', 'typed', 'signed')", name=op.f("ck_consent_how")),
        sa.CheckConstraint("standing IN ('given', 'void')", name=op.f("ck_consent_standing")),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_consent_digest")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_consent_audit")),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.id"], name=op.f("fk_consent_conversation")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_consent_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint(
            "id", "digest", "customer", "standing", name=op.f("uq_consent_id_digest_customer_standing")
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_consent_draft"), "consent", ["draft"], unique=False)

    op.create_table(
        "link",
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=True),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("how IN ('token', 'code', 'api', 'vouched')", name=op.f("ck_link_how")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_link_audit")),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.id"], name=op.f("fk_link_conversation")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_link_customer")),
        sa.PrimaryKeyConstraint("conversation", "customer", name=op.f("pk_link")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_link_customer"), "link", ["customer"], unique=False)

    op.create_table(
        "link_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("used_at", INT, nullable=True),
        sa.Column("used_by", sa.Text(), nullable=True),
        sa.CheckConstraint("(used_at IS NULL) = (used_by IS NULL)", name=op.f("ck_link_token_used")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_link_token_customer")),
        sa.ForeignKeyConstraint(["used_by"], ["conversation.id"], name=op.f("fk_link_token_used_by")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_link_token")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "message",
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("seq", INT, nullable=False),
        sa.Column("author_kind", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.CheckConstraint(
            "author_kind IN ('customer', 'staff', 'bot', 'system')", name=op.f("ck_message_author_kind")
        ),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.id"], name=op.f("fk_message_conversation")),
        sa.PrimaryKeyConstraint("conversation", "seq", name=op.f("pk_message")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "note",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_note_audit")),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.id"], name=op.f("fk_note_conversation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_note_conversation_at"), "note", ["conversation", "at"], unique=False)

    op.create_table(
        "proof",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("challenge", sa.Text(), nullable=True),
        sa.Column("challenge_state", sa.Text(), server_default="spent", nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("signed_form", sa.LargeBinary(), nullable=True),
        sa.Column("at", INT, nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("(kind = 'code') = (challenge IS NOT NULL)", name=op.f("ck_proof_code")),
        sa.CheckConstraint("(kind = 'in_person') = (signed_form IS NOT NULL)", name=op.f("ck_proof_signed")),
        sa.CheckConstraint("challenge_state = 'spent'", name=op.f("ck_proof_challenge_state")),
        sa.CheckConstraint("kind <> 'code' OR person = 'customer:' || customer", name=op.f("ck_proof_by_customer")),
        sa.CheckConstraint("kind = 'code' OR person LIKE 'staff:_%'", name=op.f("ck_proof_by_staff")),
        sa.CheckConstraint("kind IN ('code', 'callback', 'in_person')", name=op.f("ck_proof_kind")),
        sa.CheckConstraint("need IN ('on_file', 'phone_on_file', 'new_contact')", name=op.f("ck_proof_need")),
        sa.CheckConstraint("standing IN ('held', 'void')", name=op.f("ck_proof_standing")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_proof_audit")),
        sa.ForeignKeyConstraint(
            ["challenge", "digest", "customer", "need", "contact", "challenge_state"],
            [
                "challenge.id",
                "challenge.digest",
                "challenge.customer",
                "challenge.need",
                "challenge.contact",
                "challenge.state",
            ],
            name="fk_proof_challenge",
        ),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_proof_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof")),
        sa.UniqueConstraint("challenge", name=op.f("uq_proof_challenge")),
        sa.UniqueConstraint(
            "id",
            "digest",
            "customer",
            "need",
            "person",
            "standing",
            name=op.f("uq_proof_id_digest_customer_need_person_standing"),
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_proof_digest"), "proof", ["digest"], unique=False)

    op.create_table(
        "change_request",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("consent_standing", sa.Text(), server_default="given", nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("proof_need", sa.Text(), nullable=False),
        sa.Column("proof_person", sa.Text(), nullable=False),
        sa.Column("proof_standing", sa.Text(), server_default="held", nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("maker_role", sa.Text(), server_default="maker", nullable=False),
        sa.Column("importance", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("filed_at", INT, nullable=False),
        sa.Column("due_at", INT, nullable=True),
        sa.Column("time_left", INT, nullable=True),
        sa.Column("effective", sa.Text(), nullable=True),
        sa.Column("against", sa.Text(), nullable=True),
        sa.Column("old_contact", sa.Text(), nullable=True),
        sa.Column("risks", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("decided_reason", sa.LargeBinary(), nullable=True),
        sa.Column("checker1", sa.Text(), nullable=True),
        sa.Column("level1", INT, server_default="1", nullable=False),
        sa.Column("checker2", sa.Text(), nullable=True),
        sa.Column("level2", INT, server_default="2", nullable=False),
        sa.Column("applied_version", sa.Text(), nullable=True),
        sa.Column("version", INT, server_default="0", nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("consent_standing = 'given'", name=op.f("ck_change_request_consent_standing")),
        sa.CheckConstraint("importance IN ('ordinary', 'important')", name=op.f("ck_change_request_importance")),
        sa.CheckConstraint("maker = 'customer:' || customer", name=op.f("ck_change_request_maker")),
        sa.CheckConstraint("maker_role = 'maker'", name=op.f("ck_change_request_maker_role")),
        sa.CheckConstraint(
            "operation IN ('changed', 'wants_change', 'wrong_on_record', 'add', 'remove', 'unreachable')",
            name=op.f("ck_change_request_operation"),
        ),
        sa.CheckConstraint("proof_need <> 'new_contact'", name=op.f("ck_change_request_proof_need")),
        sa.CheckConstraint("proof_standing = 'held'", name=op.f("ck_change_request_proof_standing")),
        sa.CheckConstraint(
            "state <> 'in_second_review' OR checker1 IS NOT NULL", name=op.f("ck_change_request_checked_first")
        ),
        sa.CheckConstraint(
            "state IN ('filed', 'in_review', 'in_second_review', 'returned', 'approved', 'cooling_off', 'scheduled', 'applied', 'synced', 'sync_failed', 'confirmed', 'disputed', 'reverted', 'rejected', 'withdrawn', 'expired', 'stale', 'frozen')",
            name=op.f("ck_change_request_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'cooling_off', 'scheduled', 'applied', 'synced', 'sync_failed', 'confirmed', 'disputed', 'reverted') OR checker1 IS NOT NULL",
            name=op.f("ck_change_request_checked"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'cooling_off', 'scheduled', 'applied', 'synced', 'sync_failed', 'confirmed', 'disputed', 'reverted') OR importance = 'ordinary' OR checker2 IS NOT NULL",
            name=op.f("ck_change_request_checked_twice"),
        ),
        sa.CheckConstraint("checker1 <> checker2", name=op.f("ck_change_request_checkers")),
        sa.CheckConstraint("level1 = 1", name=op.f("ck_change_request_level1")),
        sa.CheckConstraint("level2 = 2", name=op.f("ck_change_request_level2")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_change_request_audit")),
        sa.ForeignKeyConstraint(
            ["consent", "digest", "customer", "consent_standing"],
            ["consent.id", "consent.digest", "consent.customer", "consent.standing"],
            name="fk_change_request_consent",
        ),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.id"], name=op.f("fk_change_request_conversation")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_change_request_customer")),
        sa.ForeignKeyConstraint(
            ["number", "level1", "checker1", "digest"],
            ["approval.request", "approval.level", "approval.checker", "approval.digest"],
            name="fk_change_request_checker1",
        ),
        sa.ForeignKeyConstraint(
            ["number", "level2", "checker2", "digest"],
            ["approval.request", "approval.level", "approval.checker", "approval.digest"],
            name="fk_change_request_checker2",
        ),
        sa.ForeignKeyConstraint(
            ["number", "maker", "maker_role"],
            ["participant.request", "participant.person", "participant.role"],
            name="fk_change_request_maker",
        ),
        sa.ForeignKeyConstraint(
            ["number", "proof_person", "maker_role"],
            ["participant.request", "participant.person", "participant.role"],
            name="fk_change_request_proof_person",
        ),
        sa.ForeignKeyConstraint(
            ["proof", "digest", "customer", "proof_need", "proof_person", "proof_standing"],
            ["proof.id", "proof.digest", "proof.customer", "proof.need", "proof.person", "proof.standing"],
            name="fk_change_request_proof",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_change_request")),
        sa.UniqueConstraint("number", "customer", "field", name=op.f("uq_change_request_number_customer_field")),
        sa.UniqueConstraint("number", "digest", "customer", name=op.f("uq_change_request_number_digest_customer")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_change_request_customer_number"), "change_request", ["customer", "number"], unique=False)
    op.create_index(op.f("ix_change_request_state_number"), "change_request", ["state", "number"], unique=False)
    op.create_index(
        "ix_change_request_undecided",
        "change_request",
        ["customer", "field"],
        unique=False,
        sqlite_where=sa.text("state IN ('filed', 'in_review', 'in_second_review', 'returned')"),
        postgresql_where=sa.text("state IN ('filed', 'in_review', 'in_second_review', 'returned')"),
    )

    op.create_table(
        "delivery",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", INT, server_default="0", nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("ended_at", INT, nullable=True),
        sa.CheckConstraint("(state = 'pending') = (ended_at IS NULL)", name=op.f("ck_delivery_ended")),
        sa.CheckConstraint("state IN ('pending', 'acknowledged', 'given_up')", name=op.f("ck_delivery_state")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_delivery_customer")),
        sa.ForeignKeyConstraint(["request"], ["change_request.number"], name=op.f("fk_delivery_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_delivery_idempotency_key")),
        sa.UniqueConstraint("request", "target", name=op.f("uq_delivery_request_target")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_delivery_state_created_at"), "delivery", ["state", "created_at"], unique=False)

    op.create_table(
        "request_event",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("n", INT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("at", INT, nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('customer', 'staff', 'bot', 'system')", name=op.f("ck_request_event_actor_kind")
        ),
        sa.CheckConstraint(
            "state IN ('filed', 'in_review', 'in_second_review', 'returned', 'approved', 'cooling_off', 'scheduled', 'applied', 'synced', 'sync_failed', 'confirmed', 'disputed', 'reverted', 'rejected', 'withdrawn', 'expired', 'stale', 'frozen')",
            name=op.f("ck_request_event_state"),
        ),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_request_event_audit")),
        sa.ForeignKeyConstraint(["request"], ["change_request.number"], name=op.f("fk_request_event_request")),
        sa.PrimaryKeyConstraint("request", "n", name=op.f("pk_request_event")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "request_proof",
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), server_default="held", nullable=False),
        sa.Column("role", sa.Text(), server_default="maker", nullable=False),
        sa.CheckConstraint("role = 'maker'", name=op.f("ck_request_proof_role")),
        sa.CheckConstraint("standing = 'held'", name=op.f("ck_request_proof_standing")),
        sa.ForeignKeyConstraint(
            ["proof", "digest", "customer", "need", "person", "standing"],
            ["proof.id", "proof.digest", "proof.customer", "proof.need", "proof.person", "proof.standing"],
            name="fk_request_proof_proof",
        ),
        sa.ForeignKeyConstraint(
            ["request", "digest", "customer"],
            ["change_request.number", "change_request.digest", "change_request.customer"],
            name="fk_request_proof_request",
        ),
        sa.ForeignKeyConstraint(
            ["request", "person", "role"],
            ["participant.request", "participant.person", "participant.role"],
            name="fk_request_proof_maker",
        ),
        sa.PrimaryKeyConstraint("request", "proof", name=op.f("pk_request_proof")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "value_version",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("value_index", sa.LargeBinary(), nullable=False),
        sa.Column("valid_from", INT, nullable=False),
        sa.Column("valid_to", INT, nullable=True),
        sa.Column("proven_at", INT, nullable=True),
        sa.Column("affirmed_at", INT, nullable=True),
        sa.Column("doubted_at", INT, nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("approval_level", INT, server_default="1", nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint("(origin = 'request') = (request IS NOT NULL)", name=op.f("ck_value_version_request")),
        sa.CheckConstraint("origin IN ('import', 'request')", name=op.f("ck_value_version_origin")),
        sa.CheckConstraint("approval_level = 1", name=op.f("ck_value_version_approval_level")),
        sa.CheckConstraint("closed_by IS NULL OR valid_to IS NOT NULL", name=op.f("ck_value_version_closed")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_value_version_validity")),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_value_version_audit")),
        sa.ForeignKeyConstraint(["closed_by"], ["change_request.number"], name=op.f("fk_value_version_closed_by")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_value_version_customer")),
        sa.ForeignKeyConstraint(
            ["request", "approval_level"], ["approval.request", "approval.level"], name="fk_value_version_approval"
        ),
        sa.ForeignKeyConstraint(
            ["request", "customer", "field"],
            ["change_request.number", "change_request.customer", "change_request.field"],
            name="fk_value_version_request",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_value_version")),
        sa.UniqueConstraint("request", name=op.f("uq_value_version_request")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_value_version_customer_field_valid_from"),
        "value_version",
        ["customer", "field", "valid_from"],
        unique=False,
    )
    op.create_index(
        "ix_value_version_index",
        "value_version",
        ["value_index"],
        unique=False,
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_index(
        "uq_value_version_live",
        "value_version",
        ["customer", "field"],
        unique=True,
        sqlite_where=sa.text("valid_to IS NULL"),
        postgresql_where=sa.text("valid_to IS NULL"),
    )

    op.create_table(
        "attempt",
        sa.Column("delivery", sa.Text(), nullable=False),
        sa.Column("n", INT, nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", INT, nullable=True),
        sa.CheckConstraint("outcome IN ('acknowledged', 'refused', 'failed')", name=op.f("ck_attempt_outcome")),
        sa.ForeignKeyConstraint(["delivery"], ["delivery.id"], name=op.f("fk_attempt_delivery")),
        sa.PrimaryKeyConstraint("delivery", "n", name=op.f("pk_attempt")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "check_in",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("sent_at", INT, nullable=True),
        sa.Column("answered_at", INT, nullable=True),
        sa.Column("expires_at", INT, nullable=False),
        sa.CheckConstraint("(state = 'answered') = (answer IS NOT NULL)", name=op.f("ck_check_in_answered")),
        sa.CheckConstraint("answer IN ('still_right', 'changed', 'later', 'stop')", name=op.f("ck_check_in_answer")),
        sa.CheckConstraint("state IN ('planned', 'sent', 'answered', 'expired')", name=op.f("ck_check_in_state")),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.id"], name=op.f("fk_check_in_conversation")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_check_in_customer")),
        sa.ForeignKeyConstraint(["version"], ["value_version.id"], name=op.f("fk_check_in_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_check_in_customer_created_at"), "check_in", ["customer", "created_at"], unique=False)
    op.create_index(
        "ix_check_in_expires",
        "check_in",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('planned', 'sent')"),
        postgresql_where=sa.text("state IN ('planned', 'sent')"),
    )
    op.create_index(
        "uq_check_in_open",
        "check_in",
        ["customer"],
        unique=True,
        sqlite_where=sa.text("state IN ('planned', 'sent')"),
        postgresql_where=sa.text("state IN ('planned', 'sent')"),
    )

    op.create_table(
        "disclosure",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("audit", INT, nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('customer', 'staff', 'bot', 'system')", name=op.f("ck_disclosure_actor_kind")
        ),
        sa.ForeignKeyConstraint(["audit"], ["audit_entry.id"], name=op.f("fk_disclosure_audit")),
        sa.ForeignKeyConstraint(["customer"], ["customer.id"], name=op.f("fk_disclosure_customer")),
        sa.ForeignKeyConstraint(["version"], ["value_version.id"], name=op.f("fk_disclosure_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosure")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_disclosure_customer_at"), "disclosure", ["customer", "at"], unique=False)
    for guard in GUARDS:
        put(guard)
