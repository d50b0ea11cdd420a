"""What Alembic runs for every command; the connection comes from `store.migrations.run`."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from store.instant import Instant
from store.schema import metadata


def plain_types(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write moments and whole numbers as the columns they are, so that a step stands without our code."""
    if kind == "type" and isinstance(item, Instant | sa.BigInteger):
        return 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    render_item=plain_types,
)
context.run_migrations()
