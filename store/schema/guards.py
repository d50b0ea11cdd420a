"""What keys and checks cannot say: rows that may not change once they stand."""

from __future__ import annotations

import sqlalchemy as sa

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
        "BEFORE UPDATE ON audit_entry",
        "an audit entry does not change",
    ),
    "value_version_stays": (
        "BEFORE UPDATE OF id, customer, field, value_index, valid_from, origin, request ON value_version",
        "a version is closed, never overwritten",
    ),
    "value_version_closed": (
        "BEFORE UPDATE OF valid_to, closed_by ON value_version WHEN OLD.valid_to IS NOT NULL",
        "a closed version stays closed",
    ),
}
"""Trigger name → when it fires, and what the refusal says."""


def statement(name: str) -> str:
    """The guard as SQLite writes it."""
    fires, says = GUARDS[name]
    return f"CREATE TRIGGER {name} {fires} BEGIN SELECT RAISE(ABORT, '{says}'); END"


for guard in GUARDS:
    ddl: sa.DDL = sa.DDL(statement(guard))  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy
    sa.event.listen(metadata, "after_create", ddl.execute_if(dialect="sqlite"))
