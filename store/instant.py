"""Moments in the database: whole microseconds since 1970 in UTC.

An integer, not ISO text: it orders and compares the same on SQLite and PostgreSQL, needs eight bytes, has one form
only (no offset, no missing fraction), and costs a subtraction instead of a parse in the turn.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


def to_micros(moment: dt.datetime) -> int:
    """The stored form of an aware moment."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be stored")
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> dt.datetime:
    """The moment, aware, in UTC."""
    return EPOCH + dt.timedelta(microseconds=micros)


class Instant(sa.TypeDecorator[dt.datetime]):
    """A column of moments for Core statements; hand-written SQL uses `to_micros` and `from_micros`."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """SQLite's strict tables know INTEGER only, which is 64 bits there."""
        return dialect.type_descriptor(sa.Integer() if dialect.name == "sqlite" else sa.BigInteger())

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> int | None:
        """A moment becomes microseconds."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> dt.datetime | None:
        """Microseconds become a moment."""
        return None if value is None else from_micros(value)
