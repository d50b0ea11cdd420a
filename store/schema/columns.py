"""The kinds of columns and tables that the schema is made of."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey
from sqlalchemy.schema import SchemaItem

from store.instant import Instant

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def ident(name: str, *constraints: SchemaItem, null: bool = False, primary: bool = False) -> Column[str]:
    """An id or other short plain text."""
    return Column(name, sa.Text, *constraints, nullable=null, primary_key=primary)


def number(name: str, default: int | None = None, *, null: bool = False) -> Column[int]:
    """A whole number."""
    return Column(name, SERIAL, nullable=null, server_default=None if default is None else str(default))


def instant(name: str, *, null: bool = False) -> Column[object]:
    """A moment."""
    return Column(name, Instant, nullable=null)


def sealed(name: str, *, null: bool = False) -> Column[bytes]:
    """Ciphertext (store.crypto)."""
    return Column(name, sa.LargeBinary, nullable=null, info={"sealed": True})


def keyed(name: str, *constraints: SchemaItem, null: bool = False, primary: bool = False) -> Column[bytes]:
    """A keyed hash: blind index, token or code."""
    return Column(name, sa.LargeBinary, *constraints, nullable=null, primary_key=primary)


def audited() -> Column[int]:
    """The act carries the id of its audit entry (rule 6)."""
    return Column("audit", SERIAL, ForeignKey("audit_entry.id"), nullable=False)


def quoted(values: Iterable[str]) -> str:
    """The values as SQL literals; ours only, never a person's."""
    return ", ".join(f"'{value}'" for value in values)


def one_of(column: str, values: type[StrEnum] | Iterable[str]) -> CheckConstraint:
    """The column holds one of these, or NULL where it may."""
    return CheckConstraint(f"{column} IN ({quoted(str(value) for value in values)})", name=column)


def always(column: str, value: str) -> Column[str]:
    """A column that holds one value for ever, so that a composite foreign key can demand it of the other row."""
    return Column(column, sa.Text, nullable=False, server_default=value, info={"always": f"'{value}'"})


def always_level(column: str, value: int) -> Column[int]:
    """The same for a number."""
    return Column(column, SERIAL, nullable=False, server_default=str(value), info={"always": str(value)})


def some(name: str, *columns: str, where: str) -> sa.Index:
    """An index over some of the rows only."""
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def one(name: str, *columns: str, where: str) -> sa.Index:
    """At most one of these rows for the columns."""
    return sa.Index(name, *columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def table(name: str, *items: SchemaItem) -> sa.Table:
    """A table whose types SQLite enforces."""
    return sa.Table(name, metadata, *items, *kept(items), sqlite_strict=True)


def clustered(name: str, *items: SchemaItem) -> sa.Table:
    """A table stored in the order of its primary key: one tree instead of two on SQLite."""
    return sa.Table(name, metadata, *items, *kept(items), sqlite_strict=True, sqlite_with_rowid=False)


def numbered(name: str, *items: SchemaItem) -> sa.Table:
    """A table whose numbers are never given twice, not even after the last row is deleted."""
    return sa.Table(name, metadata, *items, *kept(items), sqlite_strict=True, sqlite_autoincrement=True)


def kept(items: Iterable[SchemaItem]) -> list[CheckConstraint]:
    """The checks of columns that always hold one value. Of the table, since Alembic drafts no checks of columns."""
    return [
        CheckConstraint(f"{item.name} = {item.info['always']}", name=item.name)
        for item in items
        if isinstance(item, Column) and "always" in item.info
    ]
