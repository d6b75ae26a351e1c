"""Which links were made, and which folders for them, in the database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select

from altmount.aio.steps import unhurried
from altmount.db.batches import batches
from altmount.db.database import Database
from altmount.db.nodes import ROOT_ID
from altmount.db.schema import link_folders, links, nodes

_PAGE = 500
"""Rows taken from the database in one step of the event loop."""


@dataclass(frozen=True, slots=True)
class MadeLink:
    """A link that was made for a file, be it taken by someone since."""

    node: str
    """The id of the file."""

    path: str
    """Below the folder of all links."""

    before: tuple[str, ...] = ()
    """Where it may stand, too, since what was begun has not ended."""

    away: bool = False
    """Whether it was removed with its file, and comes back with it."""


class LinkRepository:
    """Every way the program reads or changes what it has stored of links."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> dict[str, MadeLink]:
        """What was made, by the file's id."""
        rows = await self._database.fetch(select(*links.c))
        return {
            row.node: MadeLink(row.node, row.path, tuple(json.loads(row.before)), row.away)
            async for row in unhurried(rows)
        }

    async def places(self) -> dict[str, str]:
        """Where the files are that links were made for, by id; what cannot be seen is not there."""
        is_folder = nodes.c.size.is_(None)
        folders = {row.id: row async for row in self._pages(is_folder)}
        paths: dict[str, str | None] = {ROOT_ID: ""}
        linked = nodes.c.id.in_(select(links.c.node))
        found = {}
        async for row in self._pages(linked):
            above = _path_of(row.parent, folders, paths)
            if above is not None:
                found[row.id] = f"{above}/{row.name}"
        return found

    async def folders(self) -> set[str]:
        """The folders that were made for links, below the folder of all links."""
        return {row.path for row in await self._database.fetch(select(link_folders.c.path))}

    async def add_folders(self, paths: Collection[str]) -> None:
        """Keep that folders were made, if that is not known."""
        if not paths:
            return
        async with self._database.transaction() as session:
            await session.fetch(delete(link_folders).where(link_folders.c.path.in_(paths)))
            await session.fetch(insert(link_folders), [{"path": path} for path in sorted(paths)])

    async def _pages(self, wanted: ColumnElement[bool]) -> AsyncIterator[Row[Any]]:
        page = select(nodes.c.id, nodes.c.parent, nodes.c.name).where(wanted)
        page = page.order_by(nodes.c.id).limit(_PAGE)
        rows = await self._database.fetch(page)
        while rows:
            for row in rows:
                yield row
            if len(rows) < _PAGE:
                return
            rows = await self._database.fetch(page.where(nodes.c.id > rows[-1].id))

    async def put(self, made: Iterable[MadeLink]) -> None:
        """Keep links in place of what was kept for the same files; all of them or none."""
        rows = [
            {
                "node": one.node,
                "path": one.path,
                "before": json.dumps(one.before),
                "away": one.away,
            }
            for one in made
        ]
        async with self._database.transaction() as session:
            for batch in batches(rows):
                old = [row["node"] for row in batch]
                await session.fetch(delete(links).where(links.c.node.in_(old)))
                await session.fetch(insert(links), batch)

    async def tidy(self, folders: Collection[str]) -> None:
        """Forget the links of files that were let go, and folders that are no more."""
        gone = delete(links).where(
            links.c.away, links.c.before == "[]", links.c.node.not_in(select(nodes.c.id))
        )
        async with self._database.transaction() as session:
            await session.fetch(gone)
            for batch in batches(sorted(folders)):
                await session.fetch(delete(link_folders).where(link_folders.c.path.in_(batch)))


def _path_of(
    folder: str | None, folders: Mapping[str, Row[Any]], paths: dict[str, str | None]
) -> str | None:
    """The path of a folder, without a last slash; ``None`` if it is nowhere to be seen."""
    way = []
    while folder is not None and folder not in paths:
        way.append(folder)
        row = folders.get(folder)
        folder = row.parent if row is not None else None
    path = paths[folder] if folder is not None else None
    for each in reversed(way):
        path = f"{path}/{folders[each].name}" if path is not None else None
        paths[each] = path
    return path
