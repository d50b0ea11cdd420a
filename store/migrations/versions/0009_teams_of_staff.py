"""Staff belong to teams."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("staff", sa.Column("team", sa.Text(), nullable=True))
