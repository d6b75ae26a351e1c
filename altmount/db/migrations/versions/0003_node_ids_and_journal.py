"""Files and folders have ids that last, and an index of the journal."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ROOT = "00000000-0000-0000-0000-000000000000"
_TRASH = "ffffffff-ffff-ffff-ffff-ffffffffffff"
_BATCH = 500


def upgrade() -> None:
    op.rename_table("nodes", "nodes_0001")
    op.drop_index("ix_nodes_parent_name", "nodes_0001")
    if op.get_bind().dialect.name == "postgresql":  # where the name of a key is a schema's
        op.execute("ALTER TABLE nodes_0001 RENAME CONSTRAINT pk_nodes TO pk_nodes_0001")
    nodes = op.create_table(
        "nodes",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("parent", sa.String(36)),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("modified", sa.DateTime(), nullable=False),
        sa.Column("release", sa.String(32)),
        sa.Column("entry", sa.Integer()),
        sa.Column("local", sa.String(64)),
        sa.Column("size", sa.BigInteger()),
        sa.Column("etag", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_nodes"),
        sa.ForeignKeyConstraint(["parent"], ["nodes.id"], name="fk_nodes_parent_nodes"),
        sa.UniqueConstraint("parent", "name", name="uq_nodes_parent_name"),
    )
    _carry_over(nodes)
    op.drop_table("nodes_0001")
    op.create_index("ix_nodes_release_entry", "nodes", ["release", "entry"])
    op.create_index("ix_nodes_local", "nodes", ["local"])
    op.create_table(
        "journal",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("door", sa.String(32), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("shifts", sa.Text(), nullable=False),
        sa.Column("undoes", sa.Integer()),
        sa.Column("undone_by", sa.Integer()),
        sa.PrimaryKeyConstraint("number", name="pk_journal"),
    )
    op.create_table(
        "library",
        sa.Column("journal", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("journal", name="pk_library"),
    )


def _carry_over(nodes: sa.Table) -> None:
    """Give every node an id, files the one that a rebuild gives them."""
    connection = op.get_bind()
    columns = [
        sa.column(name, sa.DateTime() if name == "modified" else None)
        for name in ("key", "parent", "name", "modified", "release", "entry", "size", "etag")
    ]
    old = connection.execute(sa.select(*columns).select_from(sa.table("nodes_0001"))).fetchall()
    ids, came = {}, {}
    for row in old:
        if row.parent is None:
            ids[row.key] = _ROOT
        elif row.entry is None:
            ids[row.key] = str(UUID(row.key))
        else:
            ids[row.key] = _derived(f"{row.release} {row.entry}")
        came[row.key] = row.modified
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001 - the column is of UTC, without saying so
    bare = dict.fromkeys(("parent", "release", "entry", "local", "size", "etag"))
    made = [
        {**bare, "id": special, "name": name, "created": epoch, "modified": epoch}
        for special, name in ((_TRASH, "trash"), (_ROOT, ""))
        if special not in ids.values()
    ]
    by_depth: dict[str | None, list[sa.Row[*tuple[Any, ...]]]] = {}
    for row in old:
        by_depth.setdefault(row.parent, []).append(row)
    level = by_depth.get(None, [])
    while level:
        for row in level:
            # A file came in when its release's folder was made.
            created = row.modified if row.entry is None else came[row.parent]
            made.append(
                {
                    "id": ids[row.key],
                    "parent": ids[row.parent] if row.parent is not None else None,
                    "name": row.name,
                    "created": created,
                    "modified": row.modified,
                    "release": row.release,
                    "entry": row.entry,
                    "local": None,
                    "size": row.size,
                    "etag": row.etag,
                }
            )
        level = [child for row in level for child in by_depth.get(row.key, ())]
    for start in range(0, len(made), _BATCH):
        connection.execute(sa.insert(nodes), made[start : start + _BATCH])


def _derived(facts: str) -> str:
    return str(UUID(blake2b(facts.encode(), digest_size=16).hexdigest()))
