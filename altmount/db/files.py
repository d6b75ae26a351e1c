"""The index of the library's files and folders.

Only an index: what is true of a release stands in its sidecar.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Protocol

from sqlalchemy import Executable, Row, delete, exists, insert, or_, select, update

from altmount.db.database import Database, Session
from altmount.db.errors import ConflictError
from altmount.db.jobs import complete
from altmount.db.schema import nodes

_ROOT = "/"

_BATCH = 150
"""Rows handed to the database in one step of the event loop."""

_PAGE = 500
"""Rows taken from the database in one step of the event loop."""

_NODES = select(
    nodes.c.name, nodes.c.modified, nodes.c.release, nodes.c.entry, nodes.c.size, nodes.c.etag
)

_PREFIX = 32
"""Characters of a name by which the database looks for its like."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file as the index has it."""

    path: str
    size: int
    modified: datetime
    etag: str
    release: str
    entry: int


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A folder as the index has it."""

    path: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class Placement:
    """A release and where its files are to be."""

    release: str
    folder: str
    """Its own: whatever is below belongs to it."""

    created: datetime
    files: Sequence[FileRow]


class _Fetch(Protocol):
    """What both :class:`Database` and :class:`Session` can do."""

    async def __call__(self, statement: Executable, /) -> Sequence[Row[*tuple[Any, ...]]]: ...


class FileRepository:
    """Every way the program reads or changes the index of its files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, path: str) -> FileRow | FolderRow | None:
        rows = await self._database.fetch(_NODES.where(nodes.c.key == _key(path)))
        return _node(_inside(_parent(path)), rows[0]) if rows else None

    async def children(self, path: str) -> AsyncIterator[list[FileRow | FolderRow]]:
        """What is in a folder, by name, some at a time; nothing if there is no such folder."""
        page = _NODES.where(nodes.c.parent == _key(path)).order_by(nodes.c.name).limit(_PAGE)
        rows = await self._database.fetch(page)
        while rows:
            inside = _inside(path)
            yield [_node(inside, row) for row in rows]
            if len(rows) < _PAGE:
                return
            rows = await self._database.fetch(page.where(nodes.c.name > rows[-1].name))

    async def names_taken(self, folder: str, like: str, release: str, *, shared: bool) -> set[str]:
        """The names in a folder, among those that begin as ``like`` does, that are not to be had.

        Args:
            folder: Where to look.
            like: The name that is wished for.
            release: Who wishes; what is its own already is to be had.
            shared: Whether it wants a folder that others may be in too.
        """
        return await _names_taken(self._database.fetch, folder, like, release, shared=shared)

    async def publish(self, placement: Placement, job_id: int) -> None:
        """Show the files of a release, in place of what it had before, and complete its job.

        Raises:
            ConflictError: Another release has one of the paths.
            NotFoundError: There is no such job.
            JobStateError: It is not running.
        """
        size = sum(file.size for file in placement.files)
        async with self._database.transaction() as session:
            await _withdraw(session, placement.release)
            await _place(session, placement)
            await complete(session, job_id, path=placement.folder, size=size)

    @asynccontextmanager
    async def refill(self) -> AsyncIterator[Refill]:
        """Start the index anew. Until the block is left nothing of it shows."""
        async with self._database.transaction() as session:
            await session.fetch(delete(nodes))
            yield Refill(session)


class Refill:
    """An index on its way."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def names_taken(self, folder: str, like: str, release: str, *, shared: bool) -> set[str]:
        """As :meth:`FileRepository.names_taken`, of the index that is being made."""
        return await _names_taken(self._session.fetch, folder, like, release, shared=shared)

    async def place(self, placement: Placement) -> None:
        """Add a release.

        Raises:
            ConflictError: Another release has one of the paths.
        """
        await _place(self._session, placement)


async def _names_taken(
    fetch: _Fetch, folder: str, like: str, release: str, *, shared: bool
) -> set[str]:
    taken = nodes.c.release != release  # which is not true of a shared folder: it has none
    if not shared:
        taken = or_(taken, nodes.c.release.is_(None))
    rows = await fetch(
        select(nodes.c.name).where(
            nodes.c.parent == _key(folder),
            nodes.c.name.startswith(like[:_PREFIX], autoescape=True),
            taken,
        )
    )
    return {row.name for row in rows}


async def _place(session: Session, placement: Placement) -> None:
    await _share(session, _above(placement.folder), placement.created)
    folders, known = [placement.folder], {placement.folder}
    for start in range(0, max(len(placement.files), 1), _BATCH):
        files = placement.files[start : start + _BATCH]
        for file in files:
            folders += _unknown(known, _parent(file.path))
        if folders:
            rows = [_folder(path, placement.created, placement.release) for path in folders]
            await session.fetch(insert(nodes), rows)
            folders = []
        if files:
            await session.fetch(insert(nodes), [_file(file) for file in files])


async def _share(session: Session, folders: Sequence[str], changed: datetime) -> None:
    """Have folders that any release may be in, each after the one it is in."""
    keys = [_key(path) for path in folders]
    rows = await session.fetch(select(nodes).where(nodes.c.key.in_(keys)))
    there = {row.key: row for row in rows}
    if any(row.release is not None for row in rows):
        raise ConflictError(f"{folders[-1]} is another release's, or not a folder")
    older = [row.key for row in rows if row.modified < changed]
    await session.fetch(update(nodes).where(nodes.c.key.in_(older)).values(modified=changed))
    missing = [_folder(path, changed, None) for path in folders if _key(path) not in there]
    if missing:
        await session.fetch(insert(nodes), missing)


async def _withdraw(session: Session, release: str) -> None:
    """Take a release out, and the shared folders that this leaves empty."""
    own = nodes.c.release == release
    parent = nodes.alias()
    within = select(parent.c.key).join(nodes, nodes.c.parent == parent.c.key)
    rows = await session.fetch(within.where(own, parent.c.release.is_(None)).distinct())
    if not rows:
        return
    await session.fetch(delete(nodes).where(own))
    child = nodes.alias()
    empty = ~exists().where(child.c.parent == nodes.c.key)
    folders = [row.key for row in rows]
    while folders:
        rows = await session.fetch(
            delete(nodes).where(nodes.c.key.in_(folders), empty).returning(nodes.c.parent)
        )
        folders = [row.parent for row in rows if row.parent is not None]


def _unknown(known: set[str], folder: str) -> list[str]:
    """The folders on the way down to ``folder`` that are not known yet, and are now."""
    found = []
    while folder not in known:
        known.add(folder)
        found.append(folder)
        folder = _parent(folder)
    return found[::-1]


def _above(path: str) -> list[str]:
    """The folders that a path is in, from the root down."""
    found = []
    while path != _ROOT:
        path = _parent(path)
        found.append(path)
    return found[::-1]


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or _ROOT


def _inside(folder: str) -> str:
    return f"{folder.removesuffix('/')}/"


def _key(path: str) -> str:
    return blake2b(path.encode(), digest_size=16).hexdigest()


def _place_of(path: str) -> dict[str, object]:
    parent = None if path == _ROOT else _key(_parent(path))
    return {"key": _key(path), "parent": parent, "name": path.rpartition("/")[2]}


def _folder(path: str, modified: datetime, release: str | None) -> dict[str, object]:
    return {**_place_of(path), "modified": modified, "release": release}


def _file(file: FileRow) -> dict[str, object]:
    return {
        **_place_of(file.path),
        "modified": file.modified,
        "release": file.release,
        "entry": file.entry,
        "size": file.size,
        "etag": file.etag,
    }


def _node(folder: str, row: Row[*tuple[Any, ...]]) -> FileRow | FolderRow:
    name, modified, release, entry, size, etag = row
    path = f"{folder}{name}"
    if entry is None:
        return FolderRow(path, modified)
    return FileRow(path, size, modified, etag, release, entry)
