"""The watch folder: NZBs that are put there are taken in.

It is looked at again and again, rather than watched by the kernel, which does not tell of
changes on network mounts. Symbolic links are not followed, hidden files are not seen.
"""

from __future__ import annotations

import asyncio
import logging
import os
import stat
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import TypeVar

from altmount.aio.uninterrupted import uninterrupted
from altmount.aio.whole import whole
from altmount.errors import AltmountError, TemporaryError
from altmount.importer.localfiles import files_below
from altmount.importer.queue import MAX_NZB_BYTES
from altmount.jobs import Job

T = TypeVar("T")

ENDINGS = (".nzb", ".nzb.gz")
"""What the names of NZBs end in."""

_MAX_FILES = 10_000
"""How many files are taken note of at a time; the others have their turn later."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Mark:
    """Changes when a file is written to, or is another file."""

    inode: int
    size: int
    modified: int

    @classmethod
    def of(cls, status: os.stat_result) -> _Mark:
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)


class WatchFolder:
    """Takes each NZB in a folder once it has stopped changing, and then removes it.

    Args:
        folder: Where it looks, and in the folders below.
        add: Takes an NZB, its file name and its category; once it returns, the NZB is kept.
        categories: The folder of each category, by its name; see :func:`category_of`.
        seconds: How long to wait between two looks.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        folder: Path,
        add: Callable[[bytes, str, str | None], Awaitable[Job]],
        categories: Mapping[str, str],
        *,
        seconds: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._folder = folder
        self._add = add
        self._categories = categories
        self._seconds = seconds
        self._sleep = sleep
        self._seen: dict[Path, _Mark] = {}
        self._left_alone: dict[Path, _Mark] = {}
        self._trouble = ""

    async def run(self) -> None:
        """Look, and look again, until cancelled. A file that is being taken is taken whole."""
        while True:
            await self.look()
            await self._sleep(self._seconds)

    async def look(self) -> None:
        """Take what has not changed since the last look."""
        try:
            found = await _in_thread(partial(_scan, self._folder))
        except OSError as error:
            self._say(f"the watch folder cannot be read: {error}")
            return
        self._say("")
        self._left_alone = {
            path: mark for path, mark in self._left_alone.items() if found.get(path) == mark
        }
        before, self._seen = self._seen, found
        for path, mark in found.items():
            if before.get(path) == mark and path not in self._left_alone:
                await whole(self._take(path, mark), f"take {path}")

    async def _take(self, path: Path, mark: _Mark) -> None:
        try:
            data = await _in_thread(partial(_read, path, mark))
            if data is None:
                return
            category = category_of(path.relative_to(self._folder), self._categories)
            job = await self._add(data, path.name, category)
        except TemporaryError as error:
            logger.warning("%s is taken later: %s", path, error)
            return
        except (AltmountError, OSError) as error:
            self._left_alone[path] = mark
            logger.warning("%s is left alone: %s", path, error)
            return
        logger.info("%s is taken as job %d", path, job.id)
        try:
            await _in_thread(path.unlink)
        except OSError as error:
            self._left_alone[path] = mark
            logger.warning("%s is taken but cannot be removed: %s", path, error)

    def _say(self, trouble: str) -> None:
        """Log what is wrong with the folder once, not at every look."""
        if trouble and trouble != self._trouble:
            logger.warning("%s", trouble)
        self._trouble = trouble


def category_of(file: PurePath, categories: Mapping[str, str]) -> str | None:
    """The category whose folder, or else name, a file lies in; the longest if there are two.

    Args:
        file: Relative to the watch folder.
        categories: The folder of each, by its name; "a/b" is a folder in a folder.
    """
    parts = [part.casefold() for part in file.parts[:-1]]
    best, length = None, 0
    for name, folder in categories.items():
        for wanted in (folder, name):
            of_folder = [part.casefold() for part in wanted.split("/") if part]
            if len(of_folder) > length and parts[: len(of_folder)] == of_folder:
                best, length = name, len(of_folder)
    return best


def _scan(folder: Path) -> dict[Path, _Mark]:
    found: dict[Path, _Mark] = {}
    for entry in files_below(folder, ENDINGS):
        try:
            found[Path(entry.path)] = _Mark.of(entry.stat(follow_symlinks=False))
        except FileNotFoundError:
            continue  # it went away meanwhile
        if len(found) == _MAX_FILES:
            break
    return found


def _read(path: Path, mark: _Mark) -> bytes | None:
    """The whole file, or ``None`` if it has changed since it was seen.

    Raises:
        OSError: It cannot be read, or not be removed afterwards, or is too large.
    """
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise PermissionError("its folder is not to be written to, so it could not be removed")
    if mark.size > MAX_NZB_BYTES:
        raise OSError(f"it has {mark.size} bytes; an NZB may have at most {MAX_NZB_BYTES}")
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(handle, "rb") as file:  # noqa: PTH123 -- a handle, not a path
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or _Mark.of(status) != mark:
            return None
        data = file.read(mark.size + 1)
    return data if len(data) == mark.size else None


async def _in_thread(work: Callable[[], T]) -> T:
    return await uninterrupted(asyncio.get_running_loop().run_in_executor(None, work))
