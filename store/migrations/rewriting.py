"""Gives a table another check. SQLite alters none: the table is written anew, under the same indexes and triggers."""

from __future__ import annotations

from alembic import op


def rewrite(table: str, old: str, new: str) -> None:
    """Put `new` where the table's own statement says `old`."""
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
