"""The properties that WebDAV clients set, in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import and_, delete, insert, or_, select, update

from altmount.db.database import Database
from altmount.db.schema import nodes, properties

_PAGE = 500
"""Rows taken from the database in one step of the event loop."""


class PropertyRepository:
    """Every way the program reads or changes the properties it has stored.

    They are known by the id of what they are set on, and by their names in Clark notation.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> AsyncIterator[list[tuple[str, str, str]]]:
        """Node, name and value of each, some at a time."""
        columns = properties.c.node, properties.c.name, properties.c.value
        page = select(*columns).order_by(properties.c.node, properties.c.name).limit(_PAGE)
        rows = await self._database.fetch(page)
        while rows:
            yield [(row.node, row.name, row.value) for row in rows]
            if len(rows) < _PAGE:
                return
            node, name, _ = rows[-1]
            further = and_(properties.c.node == node, properties.c.name > name)
            rows = await self._database.fetch(page.where(or_(properties.c.node > node, further)))

    async def set(self, node: str, name: str, value: str) -> None:
        """Keep a value, in place of what was there."""
        own = and_(properties.c.node == node, properties.c.name == name)
        async with self._database.transaction() as session:
            there = await session.fetch(
                update(properties).where(own).values(value=value).returning(properties.c.node)
            )
            if not there:
                await session.fetch(insert(properties).values(node=node, name=name, value=value))

    async def remove(self, node: str, name: str) -> None:
        """Forget one; it need not be there."""
        own = and_(properties.c.node == node, properties.c.name == name)
        async with self._database.transaction() as session:
            await session.fetch(delete(properties).where(own))

    async def forget(self, node: str) -> None:
        """Forget all that a node has."""
        async with self._database.transaction() as session:
            await session.fetch(delete(properties).where(properties.c.node == node))

    async def orphans(self) -> list[str]:
        """The nodes that have properties, but are gone for good."""
        known = select(nodes.c.id)
        rows = await self._database.fetch(
            select(properties.c.node).where(properties.c.node.not_in(known)).distinct()
        )
        return [row.node for row in rows]
