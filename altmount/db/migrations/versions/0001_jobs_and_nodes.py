"""Jobs, files and folders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text()),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("started", sa.DateTime()),
        sa.Column("ended", sa.DateTime()),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("path", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("message", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("release", name="uq_jobs_release"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_status_id", "jobs", ["status", "id"])
    op.create_table(
        "nodes",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("parent", sa.String(32)),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("modified", sa.DateTime(), nullable=False),
        sa.Column("release", sa.String(32)),
        sa.Column("entry", sa.Integer()),
        sa.Column("size", sa.BigInteger()),
        sa.Column("etag", sa.String(32)),
        sa.PrimaryKeyConstraint("key", name="pk_nodes"),
        sa.ForeignKeyConstraint(["parent"], ["nodes.key"], name="fk_nodes_parent_nodes"),
        sa.UniqueConstraint("release", "entry", name="uq_nodes_release_entry"),
    )
    op.create_index("ix_nodes_parent_name", "nodes", ["parent", "name"])
