"""A request keeps how long it cools off, so that a later change of the rules does not weaken it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("change_request", sa.Column("cooling_off", INT, server_default="0", nullable=False))
