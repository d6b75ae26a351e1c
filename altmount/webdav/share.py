"""What is where on the share: the library, and beside it what only WebDAV clients see.

Two folders are not listed. ``/.ids/4/0/e/9/a/40e9a6c9-…`` is the file of that id, wherever it
is; ``/.nzbs/<category>/`` takes NZBs.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from altmount.errors import ForbiddenError, NotFoundError
from altmount.library.nodes import File, Folder, Usage
from altmount.library.paths import ROOT, VirtualPath, join, name_of, parent_of, parts_of, safe_name
from altmount.webdav.receipts import Receipt, Receipts, is_litter

Node = File | Folder | Receipt

IDS = VirtualPath("/.ids")
NZBS = VirtualPath("/.nzbs")

_SHARDS = 5
_SHARD = re.compile("[0-9a-f]")
_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
"""When the folders that only exist here are said to be from."""


class Library(Protocol):
    """The library, as far as it is looked at."""

    async def find(self, path: VirtualPath) -> File | Folder: ...

    async def by_id(self, id: str) -> File | Folder: ...  # noqa: A002 - the library's word

    async def children(self, path: VirtualPath) -> list[File | Folder]: ...

    def walk(self, path: VirtualPath) -> AsyncIterator[list[File | Folder]]: ...

    async def usage(self) -> Usage: ...


@dataclass(frozen=True, slots=True)
class Queued:
    """What is written is an NZB to be imported."""

    category: str | None


@dataclass(frozen=True, slots=True)
class Dropped:
    """What is written is of no use to anyone else, and is not kept."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is written is kept as a local file."""


Fate = Queued | Dropped | Kept


class Share:
    """The tree that WebDAV clients see."""

    def __init__(
        self,
        library: Library,
        receipts: Receipts,
        *,
        categories: Mapping[VirtualPath, str | None],
    ) -> None:
        """Look at a library.

        Args:
            library: What is shared.
            receipts: What clients wrote that did not become a file.
            categories: The folders of the library in which NZBs are queued, and as what.
        """
        self._library = library
        self._receipts = receipts
        self._drops = dict(categories)
        self._drops[NZBS] = None
        for category in categories.values():
            if category:
                self._drops[join(NZBS, safe_name(category))] = category

    async def find(self, path: VirtualPath) -> Node:
        """What is at a path. A file below ``/.ids`` has its own path, not the one asked for.

        Raises:
            NotFoundError: Nothing is.
        """
        if _within(IDS, path):
            return await self._by_id(path)
        receipt = self._receipts.find(path)
        if _within(NZBS, path):
            if path in self._drops:
                return _folder(path)
            if receipt is None:
                raise NotFoundError(f"nothing is at {path}")
            return receipt
        try:
            return await self._library.find(path)
        except NotFoundError:
            if receipt is None:
                raise
            return receipt

    async def children(self, path: VirtualPath) -> list[Node]:
        """What a folder is said to hold.

        Raises:
            NotFoundError: There is no such folder.
        """
        if _within(IDS, path):
            await self._by_id(path)
            return []
        if _within(NZBS, path):
            if path not in self._drops:
                raise NotFoundError(f"{path} is not a folder")
            below = [_folder(one) for one in self._drops if parent_of(one) == path]
            return [*sorted(below, key=lambda one: one.path), *self._receipts.inside(path)]
        return list(await self._library.children(path))

    async def walk(self, path: VirtualPath) -> AsyncIterator[list[Node]]:
        """What is anywhere below a folder, some at a time, folders before what they hold."""
        if _within(IDS, path) or _within(NZBS, path):
            found = await self.children(path)
            yield found
            for one in found:
                if isinstance(one, Folder):
                    yield await self.children(one.path)
            return
        async for batch in self._library.walk(path):
            yield list(batch)

    async def usage(self) -> Usage:
        """How much is in the library."""
        return await self._library.usage()

    async def _by_id(self, path: VirtualPath) -> File | Folder:
        """The file of an id; the folders on the way to it are there whether they lead to any."""
        shards = parts_of(path)[1:]
        if len(shards) <= _SHARDS and all(map(_SHARD.fullmatch, shards)):
            return _folder(path)
        id_ = shards[-1]
        if len(shards) == _SHARDS + 1 and shards[:-1] == list(id_[:_SHARDS]):
            found = await self._library.by_id(id_)
            if isinstance(found, File):
                return found
        raise NotFoundError(f"nothing is at {path}")

    def fate(self, path: VirtualPath) -> Fate:
        """What becomes of something that is written to a path.

        Raises:
            ForbiddenError: Nothing is written there.
        """
        name = name_of(path).casefold()
        if is_litter(name):
            return Dropped()
        parent = parent_of(path)
        if parent in self._drops and name.endswith((".nzb", ".nzb.gz")):
            return Queued(self._drops[parent])
        if _within(NZBS, path):
            raise ForbiddenError(f"only NZBs can be put below {NZBS}, one level deep")
        check_changeable(path)
        return Kept()


def check_changeable(path: VirtualPath) -> None:
    """See to it that a path can be a file's or folder's.

    Raises:
        ForbiddenError: It is one of the folders that only exist here, or its name could not
            be shown by every client.
    """
    for own in (IDS, NZBS):
        if _within(own, path):
            raise ForbiddenError(f"nothing below {own} can be changed")
    name = name_of(path)
    if path != ROOT and safe_name(name) != name:
        raise ForbiddenError(f"not every client can show that name; take {safe_name(name)!r}")


def _within(folder: VirtualPath, path: VirtualPath) -> bool:
    return path == folder or path.startswith(f"{folder}/")


def _folder(path: VirtualPath) -> Folder:
    return Folder(path, _ALWAYS, "", _ALWAYS)
