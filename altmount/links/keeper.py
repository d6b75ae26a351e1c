"""Keeps links beside the files that they are for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Protocol

from altmount.aio.steps import unhurried
from altmount.aio.whole import whole
from altmount.db.links import LinkRepository, MadeLink
from altmount.errors import AltmountError, NotFoundError
from altmount.library.nodes import File, Folder
from altmount.library.paths import VirtualPath
from altmount.links.folder import LinkFolder, LinkTakenError
from altmount.links.wanted import Link, Strategy

_PAUSE = 60.0
"""How long a folder that cannot be changed now is left alone, in seconds."""

logger = logging.getLogger(__name__)


class Library(Protocol):
    """Where the files are."""

    async def find(self, path: VirtualPath) -> File | Folder: ...

    async def by_id(self, node_id: str) -> File | Folder: ...

    def walk(self, path: VirtualPath) -> AsyncIterator[list[File | Folder]]: ...


class Keeper:
    """Makes links, and has them follow what becomes of their files.

    Where a link is to be, and where it may be still, is known before the disk is changed; so what a
    crash leaves undone is seen by the next :meth:`follow`, and done again does no harm.

    Args:
        strategy: Which links should stand.
        folder: Where.
        made: What is known of them.
        library: Has the files.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        strategy: Strategy,
        folder: LinkFolder,
        made: LinkRepository,
        library: Library,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._strategy = strategy
        self._folder = folder
        self._made = made
        self._library = library
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._news = asyncio.Event()
        self._news.set()  # what the last run left undone

    def look(self) -> None:
        """Say that the library has changed."""
        self._news.set()

    async def run(self) -> None:
        """Follow what becomes of files, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            began = monotonic()
            try:
                await self.follow()
                # A burst of changes is followed as one, and costs half of the time at the most.
                await self._sleep(monotonic() - began)
            except AltmountError as error:
                logger.warning("links do not follow their files now: %s", error)
                await self._sleep(_PAUSE)
                self._news.set()

    async def make(self, path: VirtualPath) -> int:
        """Have the links stand of the files of releases at and below a path; how many those are.

        Also those that someone has taken. It is done whole even if the caller is cancelled, up
        to the file that is being linked.

        Raises:
            NotFoundError: Nothing is at the path.
            LinkTakenError: Something else is where a link should be.
            LinkError, LinkUnavailableError: One could not be made.
            DatabaseUnavailableError: What was made could not be kept.
        """
        count = 0
        async with self._turn:
            known = await self._made.all()
            async for file in self._files(path):
                await whole(self._make(file, known), "make a link")
                count += 1
        return count

    async def follow(self) -> None:
        """Bring links to where their files are, and remove those whose files are gone.

        A link that someone has taken is not made again. Cancelling leaves some of it undone.

        Raises:
            LinkError, LinkUnavailableError: A link could not be changed.
            DatabaseUnavailableError: What is known could not be read or changed.
        """
        async with self._turn:
            await self._follow()

    async def _files(self, path: VirtualPath) -> AsyncIterator[File]:
        top = await self._library.find(path)
        if isinstance(top, File):
            if top.release is not None:
                yield top
            return
        async for nodes in self._library.walk(path):
            for node in nodes:
                if isinstance(node, File) and node.release is not None:
                    yield node

    async def _make(self, file: File, known: Mapping[str, MadeLink]) -> None:
        link = self._strategy.link(file)
        old = known.get(file.id)
        new = MadeLink(file.id, link.path, before=_places(old, link.path))
        if old is None or new != old:
            await self._made.put([new])
        await self._put(link)
        if new.before:
            others = {one.path for one in known.values() if one.node != file.id and not one.away}
            await self._remove(path for path in new.before if path not in others)
            await self._made.put([replace(new, before=())])

    async def _follow(self) -> None:
        known = await self._made.all()
        changed: list[tuple[MadeLink, Link | None]] = []
        places = await self._made.places()
        async for made in unhurried(known.values()):
            if self._is_right(made, places.get(made.node)):
                continue
            after = await self._after(made)
            if after is not None:
                changed.append(after)
        rows = [row for row, _ in changed]
        stood = [link is not None and await self._stood(row, known) for row, link in changed]
        if rows:
            await self._made.put(rows)
        for (_, link), is_to_be in zip(changed, stood, strict=True):
            if link is not None and is_to_be:
                try:
                    await self._put(link)
                except LinkTakenError as error:
                    logger.warning("a link does not follow its file: %s", error)
        now = {**known, **{row.node: row for row in rows}}
        stand = {one.path for one in now.values() if not one.away}
        await self._remove(path for row in rows for path in row.before if path not in stand)
        if rows:
            await self._made.put([replace(row, before=()) for row in rows])
            parents = {parent for path in stand for parent in _above(path)}
            await self._made.tidy(await self._made.folders() - parents)

    def _is_right(self, made: MadeLink, path: str | None) -> bool:
        if made.before:
            return False
        if path is None or made.away:
            return path is None and made.away
        return made.path == self._strategy.place(path)

    async def _after(self, made: MadeLink) -> tuple[MadeLink, Link | None] | None:
        """What is to be known of a link, and the link if it is to stand; ``None`` if no change."""
        try:
            file = await self._library.by_id(made.node)
        except NotFoundError:
            if made.away and not made.before:
                return None
            return replace(made, away=True, before=(*made.before, made.path)), None
        if isinstance(file, Folder):
            return None
        link = self._strategy.link(file)
        if not made.away and not made.before and link.path == made.path:
            return None
        return MadeLink(made.node, link.path, before=_places(made, link.path)), link

    async def _stood(self, row: MadeLink, known: Mapping[str, MadeLink]) -> bool:
        """Whether a link stood before, or went with its file: nobody has taken it."""
        if known[row.node].away:
            return True
        paths = (*row.before, row.path)
        return await asyncio.to_thread(lambda: any(map(self._folder.stands, paths)))

    async def _put(self, link: Link) -> None:
        await self._made.add_folders(await asyncio.to_thread(self._folder.put, link))

    async def _remove(self, paths: Iterable[str]) -> None:
        ours = await self._made.folders()
        for path in paths:
            await asyncio.to_thread(self._folder.remove, path, ours)


def _places(made: MadeLink | None, path: str) -> tuple[str, ...]:
    """Where a link may stand that is to be at a path."""
    if made is None:
        return ()
    return tuple(sorted({*made.before, *(() if made.away else (made.path,))} - {path}))


def _above(path: str) -> Sequence[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
