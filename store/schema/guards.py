"""What keys and checks cannot say: rows that may not change once they stand."""

from __future__ import annotations

import sqlalchemy as sa

from store.dialect import trigger
from store.schema.columns import metadata

GUARDS = {
    "participant_stays": (
        "BEFORE UPDATE ON participant",
        "who took part in a request does not change",
    ),
    "participant_kept": (
        "BEFORE DELETE ON participant WHEN EXISTS (SELECT 1 FROM change_request WHERE number = OLD.request)",
        "who took part in a request is not forgotten",
    ),
    "approval_stays": (
        "BEFORE UPDATE ON approval",
        "an approval is withdrawn, never changed",
    ),
    "audit_entry_stays": (
        "BEFORE UPDATE ON audit_entry WHEN NEW.id <> OLD.id OR NEW.at <> OLD.at OR NEW.leaf <> OLD.leaf"
        " OR NEW.act <> 'trimmed' OR NOT EXISTS (SELECT 1 FROM audit_leaf AS l JOIN audit_trim AS t"
        " ON l.seq >= t.first AND l.seq < t.upto WHERE l.entry = OLD.id)",
        "an audit entry does not change",
    ),
    "audit_entry_kept": (
        "BEFORE DELETE ON audit_entry",
        "an audit entry is trimmed, never deleted",
    ),
    "audit_leaf_stays": (
        "BEFORE UPDATE ON audit_leaf",
        "the order of the trail does not change",
    ),
    "audit_leaf_kept": (
        "BEFORE DELETE ON audit_leaf",
        "the order of the trail does not change",
    ),
    "audit_node_stays": (
        "BEFORE UPDATE ON audit_node",
        "the hashes of the trail do not change",
    ),
    "audit_node_kept": (
        "BEFORE DELETE ON audit_node",
        "the hashes of the trail do not change",
    ),
    "audit_checkpoint_stays": (
        "BEFORE UPDATE ON audit_checkpoint",
        "a checkpoint stands",
    ),
    "audit_checkpoint_kept": (
        "BEFORE DELETE ON audit_checkpoint",
        "a checkpoint stands",
    ),
    "audit_trim_stays": (
        "BEFORE UPDATE ON audit_trim",
        "what was trimmed stays known",
    ),
    "audit_trim_kept": (
        "BEFORE DELETE ON audit_trim",
        "what was trimmed stays known",
    ),
    "value_version_stays": (
        "BEFORE UPDATE OF id, customer, field, valid_from, origin, request ON value_version",
        "a version is closed, never overwritten",
    ),
    "value_index_stays": (
        "BEFORE UPDATE OF value_index ON value_version WHEN NOT EXISTS (SELECT 1 FROM rotation"
        " WHERE kind = 'index' AND ended_at IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM customer WHERE id = NEW.customer AND status = 'erased')",
        "a version is closed, never overwritten",
    ),
    "value_version_closed": (
        "BEFORE UPDATE OF valid_to, closed_by ON value_version WHEN OLD.valid_to IS NOT NULL",
        "a closed version stays closed",
    ),
    "proof_stays": (
        "BEFORE UPDATE OF id, customer, digest, kind, need, contact, challenge, person, signed_form, at ON proof",
        "a proof does not change",
    ),
    "proof_void_stays": (
        "BEFORE UPDATE OF standing ON proof WHEN OLD.standing = 'void' AND NEW.standing <> 'void'",
        "a void proof stays void",
    ),
    "proof_callback": (
        "BEFORE INSERT ON proof WHEN NEW.kind = 'callback' AND NOT EXISTS (SELECT 1 FROM value_version"
        " WHERE id = NEW.contact AND customer = NEW.customer AND field = 'phone' AND valid_to IS NULL"
        " AND valid_from <= NEW.at - 2592000000000)",
        "a call goes back to a number that has been on file for thirty days",
    ),
    "proof_in_person": (
        "BEFORE INSERT ON proof WHEN NEW.kind = 'in_person'"
        " AND (NEW.contact NOT IN ('counter', 'video') OR length(NEW.signed_form) <> 32)",
        "in person is at the counter or by video, with a signed form",
    ),
    "staff_proof_filed": (
        "BEFORE INSERT ON change_request WHEN NEW.importance <> 'important'"
        " AND EXISTS (SELECT 1 FROM proof WHERE id = NEW.proof AND kind <> 'code')",
        "what one of staff has proved is decided by two others",
    ),
    "staff_proof_joined": (
        "BEFORE INSERT ON request_proof WHEN EXISTS (SELECT 1 FROM proof WHERE id = NEW.proof AND kind <> 'code')"
        " AND EXISTS (SELECT 1 FROM change_request WHERE number = NEW.request AND importance <> 'important')",
        "what one of staff has proved is decided by two others",
    ),
    "importance_stays": (
        "BEFORE UPDATE OF importance ON change_request WHEN OLD.importance = 'important'",
        "an important request stays important",
    ),
    "colleague_takes_no_part": (
        "BEFORE INSERT ON participant WHEN NEW.role = 'checker' AND EXISTS (SELECT 1 FROM staff_customer AS c"
        " JOIN participant AS p ON p.request = NEW.request AND p.person = 'customer:' || c.customer"
        " WHERE 'staff:' || c.staff = NEW.person)",
        "nobody decides on their own record",
    ),
    "reversal_stays": (
        "BEFORE UPDATE ON reversal",
        "what a request puts back does not change",
    ),
    "reversal_by_two": (
        "BEFORE INSERT ON reversal WHEN NOT EXISTS (SELECT 1 FROM change_request"
        " WHERE number = NEW.request AND importance = 'important')",
        "two people decide on putting a value back",
    ),
    "reversal_contact": (
        "BEFORE INSERT ON reversal WHEN EXISTS (SELECT 1 FROM request_proof AS r JOIN proof AS p ON p.id = r.proof"
        " JOIN change_request AS d ON d.number = NEW.reverts WHERE r.request = NEW.request"
        " AND p.contact IN ('new', d.against, d.old_contact, d.applied_version))",
        "neither the old contact nor the new one proves putting a value back",
    ),
    "reversal_makers": (
        "BEFORE INSERT ON participant WHEN NEW.role = 'checker' AND EXISTS (SELECT 1 FROM reversal AS r"
        " JOIN participant AS p ON p.request = r.reverts AND p.role = 'maker'"
        " WHERE r.request = NEW.request AND p.person = NEW.person)",
        "who made the disputed change does not decide on undoing it",
    ),
    "freeze_stays": (
        "BEFORE UPDATE OF id, customer, request, at, released_at, released_by, audit ON freeze"
        " WHEN OLD.released_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.customer <> OLD.customer"
        " OR NEW.request <> OLD.request OR NEW.at <> OLD.at",
        "a freeze is released once and never changed",
    ),
    "freeze_kept": (
        "BEFORE DELETE ON freeze",
        "a freeze is released, never forgotten",
    ),
    "freeze_by_another": (
        "BEFORE UPDATE OF released_by ON freeze WHEN EXISTS (SELECT 1 FROM participant"
        " WHERE request = NEW.request AND person = NEW.released_by AND role = 'maker')"
        " OR EXISTS (SELECT 1 FROM staff_customer WHERE customer = NEW.customer"
        " AND 'staff:' || staff = NEW.released_by)",
        "a maker does not release their own change",
    ),
    "frozen_applies_nothing": (
        "BEFORE UPDATE OF state ON change_request WHEN NEW.state = 'applied' AND OLD.state <> 'applied'"
        " AND EXISTS (SELECT 1 FROM freeze WHERE customer = NEW.customer AND released_at IS NULL)",
        "nothing of a frozen customer is applied",
    ),
    "frozen_sends_nothing": (
        "BEFORE INSERT ON challenge WHEN NEW.contact <> 'nowhere'"
        " AND EXISTS (SELECT 1 FROM freeze WHERE customer = NEW.customer AND released_at IS NULL)",
        "no code goes to a frozen customer",
    ),
    "legal_hold_stays": (
        "BEFORE UPDATE OF id, customer, placed_by, at, lifted_at, lifted_by, audit ON legal_hold"
        " WHEN OLD.lifted_at IS NOT NULL OR NEW.id <> OLD.id OR NEW.customer <> OLD.customer"
        " OR NEW.placed_by <> OLD.placed_by OR NEW.at <> OLD.at",
        "a legal hold is lifted once and never changed",
    ),
    "legal_hold_kept": (
        "BEFORE DELETE ON legal_hold",
        "a legal hold is lifted, never forgotten",
    ),
    "held_key_stays": (
        "BEFORE DELETE ON data_key WHEN OLD.kind = 'customer' AND EXISTS (SELECT 1 FROM legal_hold"
        " WHERE customer = OLD.holder AND lifted_at IS NULL)",
        "nothing under a legal hold is erased",
    ),
    "held_is_not_erased": (
        "BEFORE UPDATE OF status ON customer WHEN NEW.status = 'erased' AND EXISTS (SELECT 1 FROM legal_hold"
        " WHERE customer = NEW.id AND lifted_at IS NULL)",
        "nothing under a legal hold is erased",
    ),
    "erased_gets_no_key": (
        "BEFORE INSERT ON data_key WHEN NEW.kind = 'customer'"
        " AND EXISTS (SELECT 1 FROM customer WHERE id = NEW.holder AND status = 'erased')",
        "an erased customer gets no key again",
    ),
    "erased_stays": (
        "BEFORE UPDATE OF status ON customer WHEN OLD.status = 'erased' AND NEW.status <> 'erased'",
        "an erased customer stays erased",
    ),
    "archiving_stays": (
        "BEFORE UPDATE OF id, customer, measure, why, proposed_by, proposed_at, audit ON archiving",
        "what was proposed does not change",
    ),
    "archiving_decided": (
        "BEFORE UPDATE ON archiving WHEN OLD.state IN ('declined', 'void', 'undone')"
        " OR (OLD.state = 'done' AND (NEW.state <> 'undone' OR OLD.measure = 'delete'))"
        " OR (OLD.approved_by IS NOT NULL AND NEW.approved_by <> OLD.approved_by)",
        "what was decided stands",
    ),
    "archiving_kept": (
        "BEFORE DELETE ON archiving",
        "what was proposed is not forgotten",
    ),
    "archiving_own": (
        "BEFORE UPDATE ON archiving WHEN EXISTS (SELECT 1 FROM staff_customer WHERE customer = NEW.customer"
        " AND 'staff:' || staff IN (NEW.approved_by, NEW.confirmed_by))",
        "nobody decides on their own record",
    ),
    "archived_when_approved": (
        "BEFORE UPDATE OF status ON customer WHEN NEW.status = 'archived' AND NOT EXISTS (SELECT 1 FROM archiving"
        " WHERE customer = NEW.id AND measure = 'archive' AND state = 'done')",
        "a customer is archived when somebody approved it",
    ),
    "held_is_not_archived": (
        "BEFORE UPDATE OF status ON customer WHEN NEW.status = 'archived' AND EXISTS (SELECT 1 FROM legal_hold"
        " WHERE customer = NEW.id AND lifted_at IS NULL)",
        "nothing under a legal hold is archived",
    ),
    "not_me_once": (
        "BEFORE UPDATE ON not_me WHEN OLD.used_at IS NOT NULL",
        "the page counts once",
    ),
}
"""Trigger name → when it fires, and what the refusal says."""


HELD = dict.fromkeys(
    ("frozen_applies_nothing", "frozen_sends_nothing"), "PERFORM 1 FROM customer WHERE id = NEW.customer FOR UPDATE; "
)
"""What a guard of PostgreSQL's waits for before it looks: here whoever freezes the customer just now."""


def statement(name: str) -> str:
    """The guard as SQLite writes it."""
    fires, says = GUARDS[name]
    return f"CREATE TRIGGER {name} {fires} BEGIN SELECT RAISE(ABORT, '{says}'); END"


def listen(sql: str, dialect: str) -> None:
    ddl: sa.DDL = sa.DDL(sql.replace("%", "%%"))  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
    sa.event.listen(metadata, "after_create", ddl.execute_if(dialect=dialect))


for guard in GUARDS:
    listen(statement(guard), "sqlite")
    for part in trigger(statement(guard), HELD.get(guard, "")):
        listen(part, "postgresql")
