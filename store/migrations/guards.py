"""What the steps need to write on both databases."""

from __future__ import annotations

from alembic import op

from store.dialect import trigger


def is_sqlite() -> bool:
    """Whether the step runs on SQLite, which alters a table only by writing it anew."""
    return op.get_bind().dialect.name == "sqlite"


def put(guard: str, first: str = "") -> None:
    """Create a guard, given as SQLite writes it."""
    for statement in [guard] if is_sqlite() else trigger(guard, first):
        op.get_bind().exec_driver_sql(statement)


def fresh_id() -> str:
    """An expression that is another 128-bit id for every row."""
    return "lower(hex(randomblob(16)))" if is_sqlite() else "replace(gen_random_uuid()::text, '-', '')"


def take(guard: str, table: str) -> None:
    """Remove a guard, so that it can be put anew."""
    if is_sqlite():
        op.execute(f"DROP TRIGGER {guard}")
        return
    op.execute(f"DROP TRIGGER {guard} ON {op.get_bind().dialect.identifier_preparer.quote(table)}")
    op.execute(f"DROP FUNCTION {guard}()")
