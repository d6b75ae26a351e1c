"""Keeps links beside the files that they are for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Protocol

from altmount.aio.steps import unhurried
from altmount.aio.whole import whole
from altmount.db.batches import batches
from altmount.db.links import LinkRepository, MadeLink
from altmount.errors import AltmountError
from altmount.library.nodes import File, Folder
from altmount.library.paths import VirtualPath
from altmount.links.folder import LinkFolder, LinkTakenError
from altmount.links.wanted import Link, Strategy

_PAUSE = 60.0
"""How long a folder that cannot be changed now is left alone, in seconds."""

_MOST_NAMED = 100
"""Of what is in the way of links, in an answer."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Regenerated:
    """What making links again came to."""

    links: int
    """How many stand now."""

    taken: int
    """How many do not, since something else is where they should be."""

    obstacles: tuple[str, ...]
    """What is there and what to do, a sentence each; of the first ones."""


class Library(Protocol):
    """Where the files are."""

    async def find(self, path: VirtualPath) -> File | Folder: ...

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
        self._thorough = True  # the settings may be others than those that links were made by

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

    async def regenerate(self, path: VirtualPath) -> Regenerated:
        """Bring all links to rights, and make those again of what is at and below a path.

        Also those that someone has taken. Cancelling leaves some of it undone.

        Raises:
            NotFoundError: Nothing is at the path.
            LinkError, LinkUnavailableError: A link could not be made or removed.
            DatabaseUnavailableError: What was made could not be kept.
        """
        links, taken = 0, 0
        obstacles: list[str] = []
        async with self._turn:
            await self._follow(thorough=True)
            known = await self._made.all()
            async for file in self._files(path):
                try:
                    await whole(self._make(file, known), "make a link")
                    links += 1
                except LinkTakenError as error:
                    taken += 1
                    if taken <= _MOST_NAMED:
                        obstacles.append(str(error))
        return Regenerated(links, taken, tuple(obstacles))

    async def follow(self) -> None:
        """Bring links to where their files are, and remove those whose files are gone.

        A link that someone has taken is not made again. The first time, those that stand are made
        to say what the settings want by now. Cancelling leaves some of it undone.

        Raises:
            LinkError, LinkUnavailableError: A link could not be changed.
            DatabaseUnavailableError: What is known could not be read or changed.
        """
        async with self._turn:
            await self._follow(thorough=self._thorough)
            self._thorough = False

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
        link = self._strategy.link(file.path, file.id)
        old = known.get(file.id)
        new = MadeLink(file.id, link.path, before=_places(old, link.path))
        if old is None or new != old:
            await self._made.put([new])
        await self._put(link, made=old is not None and old.path == link.path)
        if new.before:
            others = {one.path for one in known.values() if one.node != file.id and not one.away}
            await self._remove(path for path in new.before if path not in others)
            await self._made.put([replace(new, before=())])

    async def _follow(self, *, thorough: bool) -> None:
        known = await self._made.all()
        changed: list[tuple[MadeLink, Link | None]] = []
        right: list[Link] = []
        places = await self._made.places()
        async for made in unhurried(known.values()):
            path = places.get(made.node)
            if not self._is_right(made, path):
                changed.append(self._after(made, path))
            elif thorough and path is not None:
                right.append(self._strategy.link(path, made.node))
        await self._correct(right)
        rows = [row for row, _ in changed]
        stood = [link is not None and await self._stood(row, known) for row, link in changed]
        if rows:
            await self._made.put(rows)
        for (row, link), is_to_be in zip(changed, stood, strict=True):
            if link is not None and is_to_be:
                try:
                    await self._put(link, made=known[row.node].path == link.path)
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

    def _after(self, made: MadeLink, path: str | None) -> tuple[MadeLink, Link | None]:
        """What is to be known of a link, and the link if it is to stand."""
        if path is None:
            return replace(made, away=True, before=(*made.before, made.path)), None
        link = self._strategy.link(path, made.node)
        return MadeLink(made.node, link.path, before=_places(made, link.path)), link

    async def _correct(self, links: Sequence[Link]) -> None:
        """Have those that stand say what they should."""
        count = 0
        for batch in batches(links):
            count += await asyncio.to_thread(self._folder.correct, batch)
        if count:
            logger.info("%d links were made anew, as the settings want them now", count)

    async def _stood(self, row: MadeLink, known: Mapping[str, MadeLink]) -> bool:
        """Whether a link stood before, or went with its file: nobody has taken it."""
        if known[row.node].away:
            return True
        paths = (*row.before, row.path)
        return await asyncio.to_thread(lambda: any(map(self._folder.stands, paths)))

    async def _put(self, link: Link, *, made: bool) -> None:
        await self._made.add_folders(await asyncio.to_thread(self._folder.put, link, made=made))

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
