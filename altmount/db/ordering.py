"""Rows in an order in which they can be written."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, Table, literal, select


def in_order(table: Table) -> Select[*tuple[Any, ...]]:
    """All rows of a table, each after the one of the same table that it speaks of, if it does.

    Rows that speak of each other in a circle, or of one that is not there, are left out.
    """
    keys = list(table.primary_key.columns)
    own = [key for key in table.foreign_keys if key.column.table is table]
    if not own:
        return select(table).order_by(*keys)
    [link] = own
    tree = (
        select(link.column.label("id"), literal(0).label("depth"))
        .where(link.parent.is_(None))
        .cte("tree", recursive=True)
    )
    below = table.alias()
    tree = tree.union_all(
        select(below.c[link.column.name], tree.c.depth + 1).where(
            below.c[link.parent.name] == tree.c.id
        )
    )
    joined = table.join(tree, link.column == tree.c.id)
    return select(table).select_from(joined).order_by(tree.c.depth, *keys)
