"""NZBs that are handed in: as a file, as a URL, or as a path on the server's disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from altmount.aio.uninterrupted import uninterrupted
from altmount.errors import InvalidRequestError, NotFoundError
from altmount.importer.localfiles import LocalFiles
from altmount.jobs import Job, Priority
from altmount.nzb.packed import Found, nzbs_in
from altmount.sabnzbd.answer import Answer, RefusedError
from altmount.sabnzbd.asked import Asked
from altmount.sabnzbd.modes import Mode
from altmount.sabnzbd.slots import nzo_id

SUFFIXES = (".nzb", ".gz", ".bz2", ".zip")
"""What a file on the disk may end in."""

# SABnzbd's numbers and the ancestor's words; -100 and all others are the category's own.
_PRIORITIES: Mapping[str, Priority] = {
    "force": Priority.FORCE,
    "2": Priority.FORCE,
    "high": Priority.HIGH,
    "1": Priority.HIGH,
    "normal": Priority.NORMAL,
    "0": Priority.NORMAL,
    "low": Priority.LOW,
    "-1": Priority.LOW,
}
_PAUSED = frozenset({"paused", "-2"})

NO_CATEGORY = frozenset({"", "*", "default", "none"})
"""What clients say for none, in lower case."""

logger = logging.getLogger(__name__)


class Queue(Protocol):
    """Where NZBs are handed in."""

    async def add(
        self,
        data: bytes,
        name: str,
        category: str | None = None,
        password: str | None = None,
        *,
        priority: Priority | None = None,
        paused: bool = False,
    ) -> Job: ...


class Urls(Protocol):
    """Where URLs of NZBs are handed in."""

    async def add(
        self,
        url: str,
        name: str = "",
        category: str | None = None,
        password: str | None = None,
        *,
        priority: Priority | None = None,
        paused: bool = False,
    ) -> Job: ...


class Adding:
    """What hands NZBs in.

    Args:
        queue: Takes them.
        urls: Takes URLs of them.
        categories: What the categories are called; if there are none, any name is one.
        folders: Whose files may be named, with all that is below them.
        max_bytes: How much an NZB may have.
    """

    def __init__(
        self,
        queue: Queue,
        urls: Urls,
        categories: Iterable[str],
        folders: Iterable[Path],
        *,
        max_bytes: int,
    ) -> None:
        self._queue = queue
        self._urls = urls
        self._categories = frozenset(name.casefold() for name in categories)
        self._files = LocalFiles(folders, max_bytes=max_bytes)
        self._max_bytes = max_bytes

    @property
    def table(self) -> Mapping[Mode, Callable[[Asked], Awaitable[Answer]]]:
        """The modes."""
        return {
            Mode.ADD_FILE: self.add_file,
            Mode.ADD_URL: self.add_url,
            Mode.ADD_LOCAL_FILE: self.add_local_file,
        }

    async def add_file(self, asked: Asked) -> Answer:
        """Queue the NZB that came with a request, or those in the zip."""
        if asked.file is None:
            raise RefusedError("No NZB file provided")
        return await self._add(asked, asked.file.name, asked.file.data)

    async def add_url(self, asked: Asked) -> Answer:
        """Queue an NZB that is yet to be fetched."""
        if not (url := asked.text("name")):
            raise RefusedError("URL parameter 'name' required")
        job = await self._urls.add(
            url,
            asked.text("nzbname"),
            self.category(asked.text("cat", "category")),
            asked.text("password") or None,
            priority=priority_of(asked.text("priority")),
            paused=_wants_pause(asked),
        )
        return _added([job])

    async def add_local_file(self, asked: Asked) -> Answer:
        """Queue an NZB that lies in one of the folders of the settings; it stays there."""
        if not (name := asked.text("name")):
            raise RefusedError("expects one parameter")
        loop = asyncio.get_running_loop()
        reading = loop.run_in_executor(None, partial(self._read, name))
        path, data = await uninterrupted(reading)
        return await self._add(asked, path.name, data)

    def category(self, wanted: str) -> str:
        """What is handed on as a category; one that is not known is none, as SABnzbd has it."""
        name = wanted.casefold()
        if name in self._categories:
            return wanted
        if name in NO_CATEGORY:
            return ""
        if self._categories:
            logger.warning(
                "a client asks for the category %r, which there is not; its job gets none: add it"
                " to sabnzbd.categories if it is meant",
                wanted[:100],
            )
            return ""
        return wanted

    async def _add(self, asked: Asked, name: str, data: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        work = partial(nzbs_in, name, data, self._max_bytes)
        found = await uninterrupted(loop.run_in_executor(None, work))
        given = asked.text("nzbname")
        jobs = [await self._queued(asked, one, given if len(found) == 1 else "") for one in found]
        return _added(jobs)

    async def _queued(self, asked: Asked, nzb: Found, given: str) -> Job:
        return await self._queue.add(
            nzb.data,
            given or nzb.name,
            self.category(asked.text("cat", "category")),
            asked.text("password") or None,
            priority=priority_of(asked.text("priority")),
            paused=_wants_pause(asked),
        )

    def _read(self, name: str) -> tuple[Path, bytes]:
        """A file of one of the folders."""
        try:
            path = self._files.find(name)
        except NotFoundError:
            path = Path()
        if not path.is_file():
            raise RefusedError("file does not exist")
        if not path.name.lower().endswith(SUFFIXES):
            raise RefusedError("no file given")
        try:
            return path, self._files.read(path)
        except (NotFoundError, InvalidRequestError) as error:
            raise RefusedError(str(error)) from None


def priority_of(text: str) -> Priority | None:
    """The priority that a client asks for; None for that of the category."""
    return _PRIORITIES.get(text.lower())


def _wants_pause(asked: Asked) -> bool:
    return asked.text("priority").lower() in _PAUSED


def _added(jobs: Sequence[Job]) -> Answer:
    return Answer("", {"status": True, "nzo_ids": [nzo_id(job) for job in jobs]})
