"""Jobs have a priority and a place, the queue can be paused, and imports are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_GAP = 2**32


def upgrade() -> None:
    zero = sa.text("0")
    for column in (
        sa.Column("priority", sa.Integer(), nullable=False, server_default=zero),
        sa.Column("place", sa.BigInteger(), nullable=False, server_default=zero),
        sa.Column("digest", sa.String(64)),
        sa.Column("nzb_bytes", sa.BigInteger(), nullable=False, server_default=zero),
        sa.Column("due", sa.DateTime()),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=zero),
        sa.Column("updated", sa.DateTime()),
    ):
        op.add_column("jobs", column)
    jobs = sa.table("jobs", sa.column("id"), sa.column("place"))
    op.execute(sa.update(jobs).values(place=jobs.c.id * _GAP))
    op.drop_index("ix_jobs_status_id", "jobs")
    op.create_index("ix_jobs_status_priority_place", "jobs", ["status", "priority", "place"])
    state = op.create_table(
        "queue_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("until", sa.DateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_queue_state"),
    )
    op.execute(sa.insert(state).values(id=1, paused=False, until=None))
    op.create_table(
        "import_statistics",
        sa.Column("hour", sa.DateTime(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", name="pk_import_statistics"),
    )
