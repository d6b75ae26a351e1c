"""A job may wait for its NZB to be fetched from a URL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("url", sa.Text()))
    op.add_column(
        "jobs", sa.Column("named", sa.Boolean(), nullable=False, server_default=sa.true())
    )
