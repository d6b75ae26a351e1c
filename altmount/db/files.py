"""The index of the library's files and folders.

Only an index: what is true of a release stands in its sidecar, and what was changed stands in
the journal.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any, Protocol

from sqlalchemy import (
    CTE,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from altmount.db.batches import batches
from altmount.db.database import Reading
from altmount.db.nodes import ROOT_ID, TRASH_ID, Effects, NodeRow
from altmount.db.octets import octets
from altmount.db.schema import nodes

_PAGE = 500
"""Rows taken from the database in one step of the event loop."""

_STRIDE = 8
"""How many names of a path one statement follows."""

_PREFIX = 32
"""Characters of a name by which the database looks for its like."""

_NODES = select(*nodes.c)


class Facts(Protocol):
    """What a sidecar says of a file."""

    @property
    def size(self) -> int: ...

    @property
    def etag(self) -> str: ...

    @property
    def modified(self) -> datetime: ...

    @property
    def status(self) -> str: ...


class Files:
    """The index as one transaction, or any reader, sees it."""

    def __init__(self, reading: Reading) -> None:
        self._fetch = reading.fetch

    async def find(self, path: str) -> NodeRow | None:
        """What is at a path."""
        return await self.below(ROOT_ID, [name for name in path.split("/") if name])

    async def below(self, folder: str, names: Sequence[str]) -> NodeRow | None:
        """What is at the end of a way of names that begins in a folder."""
        if not names:
            return await self.get(folder)
        row = None
        for start in range(0, len(names), _STRIDE):
            way = names[start : start + _STRIDE]
            values = {"folder": folder} | {f"name{n}": name for n, name in enumerate(way)}
            rows = await self._fetch(_way(len(way)), values)
            if not rows:
                return None
            row = NodeRow._make(rows[0])
            folder = row.id
        return row

    async def get(self, node_id: str) -> NodeRow | None:
        """A node by its id, wherever it is."""
        rows = await self._fetch(_BY_ID, {"node": node_id})
        return NodeRow._make(rows[0]) if rows else None

    async def path_of(self, node_id: str) -> str | None:
        """Where a node is; ``None`` if it is nowhere to be seen."""
        rows = await self._fetch(_UPWARD, {"node": node_id})
        if not rows or rows[-1].id != ROOT_ID:
            return None
        return "/" + "/".join([row.name for row in rows[-2::-1]])

    async def children(self, folder: str) -> AsyncIterator[Sequence[NodeRow]]:
        """What is in a folder, by name, some at a time."""
        values: dict[str, object] = {"folder": folder, "page": _PAGE}
        rows = await self._fetch(_CHILDREN, values)
        while rows:
            yield [NodeRow._make(row) for row in rows]
            if len(rows) < _PAGE:
                return
            rows = await self._fetch(_MORE_CHILDREN, values | {"name": rows[-1].name})

    async def descend(
        self, folders: Sequence[str], depth: int | None = None
    ) -> AsyncIterator[Sequence[NodeRow]]:
        """What is below some folders, some at a time, each after the folder that it is in.

        Args:
            folders: Where to begin; they themselves are not among it.
            depth: How far down to go; 1 is what is in ``folders``, ``None`` everything.
        """
        while folders and depth != 0:
            below: list[str] = []
            for some in batches(folders):
                page = _NODES.where(nodes.c.parent.in_(some))
                page = page.order_by(nodes.c.parent, nodes.c.name).limit(_PAGE)
                rows = await self._fetch(page)
                while rows:
                    found = [NodeRow._make(row) for row in rows]
                    below += [row.id for row in found if row.is_folder]
                    yield found
                    if len(rows) < _PAGE:
                        break
                    last = tuple_(literal(rows[-1].parent), literal(rows[-1].name))
                    here = tuple_(nodes.c.parent, nodes.c.name)
                    rows = await self._fetch(page.where(here > last))
            folders = below
            depth = None if depth is None else depth - 1

    async def roots(self) -> list[NodeRow]:
        """The root, and the trash."""
        rows = await self._fetch(_NODES.where(nodes.c.parent.is_(None)).order_by(nodes.c.id))
        return [NodeRow._make(row) for row in rows]

    async def usage(self) -> tuple[int, int]:
        """How many files can be seen, and their bytes."""
        totals = select(func.count(nodes.c.size), func.coalesce(func.sum(nodes.c.size), 0))
        [(count, size)] = await self._fetch(totals)
        hidden = _within(TRASH_ID)
        [(gone, gone_size)] = await self._fetch(totals.where(nodes.c.id.in_(select(hidden.c.id))))
        return int(count - gone), int(size - gone_size)

    async def statuses(self) -> dict[str | None, int]:
        """How many files that can be seen are how; None is for those that clients wrote."""
        totals = select(nodes.c.status, func.count(nodes.c.size)).group_by(nodes.c.status)
        hidden = _within(TRASH_ID)
        counts = {row[0]: int(row[1]) for row in await self._fetch(totals)}
        for row in await self._fetch(totals.where(nodes.c.id.in_(select(hidden.c.id)))):
            counts[row[0]] -= int(row[1])
        return {status: count for status, count in counts.items() if count}

    async def longest_below(self, folder: str) -> int:
        """Bytes of the longest path that begins in a folder; 0 for a file."""
        [(size,)] = await self._fetch(_LONGEST, {"node": folder})
        return int(size or 0)

    async def of_release(self, release: str) -> list[NodeRow]:
        """The files of a release, all copies and removed ones among them, and its folders."""
        rows = await self._fetch(_NODES.where(nodes.c.release == release))
        return [NodeRow._make(row) for row in rows]

    async def releases(self) -> set[str]:
        """Every release that has a file, be it removed."""
        statement = select(nodes.c.release).where(nodes.c.entry.is_not(None)).distinct()
        return {row.release for row in await self._fetch(statement)}

    async def only_within(self, tops: Sequence[str]) -> set[str]:
        """The releases that have files in some folders, or are some files, and none elsewhere."""
        within = _within(*tops)
        inside = nodes.c.id.in_(select(within.c.id))
        releases = select(nodes.c.release).where(nodes.c.entry.is_not(None)).distinct()
        here = {row.release for row in await self._fetch(releases.where(inside))}
        elsewhere = releases.where(~inside, nodes.c.release.in_(here))
        return here - {row.release for row in await self._fetch(elsewhere)}

    async def locals(self) -> set[str]:
        """The contents that local files name, removed ones among them."""
        statement = select(nodes.c.local).where(nodes.c.local.is_not(None)).distinct()
        return {row.local for row in await self._fetch(statement)}

    async def trashed_before(self, name: str, limit: int) -> list[NodeRow]:
        """What lies in the trash under names that come before ``name``."""
        old = _NODES.where(nodes.c.parent == TRASH_ID, nodes.c.name < name)
        rows = await self._fetch(old.order_by(nodes.c.name).limit(limit))
        return [NodeRow._make(row) for row in rows]

    async def names_taken(self, folder: str, like: str, release: str, *, shared: bool) -> set[str]:
        """The names in a folder, among those that begin as ``like`` does, that are not to be had.

        Args:
            folder: Where to look.
            like: The name that is wished for.
            release: Who wishes; what is its own already is to be had.
            shared: Whether it wants a folder that others may be in too.
        """
        inside = await self.find(folder)
        if inside is None:
            return set()
        # Only a shared folder has no release, which is not the same as another one.
        taken = or_(nodes.c.release != release, nodes.c.local.is_not(None))
        if not shared:
            taken = or_(taken, nodes.c.release.is_(None))
        rows = await self._fetch(
            select(nodes.c.name).where(
                nodes.c.parent == inside.id,
                nodes.c.name.startswith(like[:_PREFIX], autoescape=True),
                taken,
            )
        )
        return {row.name for row in rows}


async def apply(reading: Reading, effects: Effects) -> None:
    """Do to the index what a change says, within a transaction.

    Raises:
        ConflictError: Something is at a place already.
    """
    fetch = reading.fetch
    for some in batches(effects.drop):
        gone = _within(*some)
        await fetch(delete(nodes).where(nodes.c.id.in_(select(gone.c.id))))
    for shift in effects.shifts:
        if shift.was is not None:
            values = {"node": shift.id, "to": shift.now.parent, "as": shift.now.name}
            await fetch(_PUT, values)
    for rows in batches(effects.add):
        await fetch(insert(nodes), [row._asdict() for row in rows])
    for some in batches(effects.touch):
        older = nodes.c.modified < effects.at
        await fetch(update(nodes).where(nodes.c.id.in_(some), older).values(modified=effects.at))


async def refresh(reading: Reading, rows: Sequence[NodeRow], facts: Sequence[Facts]) -> None:
    """Have what sidecars say of the bytes of files, where the index says something else."""
    for row in rows:
        if row.entry is None or row.entry >= len(facts):
            continue
        new = facts[row.entry]
        right = row._replace(size=new.size, etag=new.etag, modified=new.modified, status=new.status)
        if row != right:
            statement = update(nodes).where(nodes.c.id == row.id)
            await reading.fetch(statement.values(right._asdict()))


async def clear(reading: Reading, roots: Sequence[NodeRow]) -> None:
    """Forget everything but the root and the trash, which become as they are given."""
    await reading.fetch(delete(nodes))
    await reading.fetch(insert(nodes), [row._asdict() for row in roots])


_BY_ID = _NODES.where(nodes.c.id == bindparam("node"))
_CHILDREN = (
    _NODES.where(nodes.c.parent == bindparam("folder"))
    .order_by(nodes.c.name)
    .limit(bindparam("page"))
)
_MORE_CHILDREN = _CHILDREN.where(nodes.c.name > bindparam("name"))
_PUT = (
    update(nodes)
    .where(nodes.c.id == bindparam("node"))
    .values(parent=bindparam("to"), name=bindparam("as"))
)


def _upward() -> Select[*tuple[Any, ...]]:
    up = (
        select(nodes.c.id, nodes.c.parent, nodes.c.name, literal(0).label("step"))
        .where(nodes.c.id == bindparam("node"))
        .cte("up", recursive=True)
    )
    above = nodes.alias()
    up = up.union_all(
        select(above.c.id, above.c.parent, above.c.name, up.c.step + 1).where(
            above.c.id == up.c.parent
        )
    )
    return select(up.c.id, up.c.name).order_by(up.c.step)


def _longest() -> Select[*tuple[Any, ...]]:
    deep = (
        select(nodes.c.id, literal(0).label("size"))
        .where(nodes.c.id == bindparam("node"))
        .cte("deep", recursive=True)
    )
    inside = nodes.alias()
    deep = deep.union_all(
        select(inside.c.id, deep.c.size + 1 + octets(inside.c.name)).where(
            inside.c.parent == deep.c.id
        )
    )
    return select(func.max(deep.c.size))


_UPWARD = _upward()
_LONGEST = _longest()


@cache
def _way(length: int) -> Select[*tuple[Any, ...]]:
    """Follow so many names, the first of them in a folder."""
    steps = [nodes.alias() for _ in range(length)]
    way = select(*steps[-1].c).select_from(steps[0])
    way = way.where(steps[0].c.parent == bindparam("folder"))
    for upper, lower in pairwise(steps):
        way = way.join(lower, lower.c.parent == upper.c.id)
    named = [step.c.name == bindparam(f"name{number}") for number, step in enumerate(steps)]
    return way.where(*named)


def _within(*tops: str) -> CTE:
    """Some nodes, and all that is in them."""
    within = select(nodes.c.id).where(nodes.c.id.in_(tops)).cte("within", recursive=True)
    inside = nodes.alias()
    return within.union(select(inside.c.id).where(inside.c.parent == within.c.id))
