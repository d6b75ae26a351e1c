"""A folder of NZBs, handed in all at once."""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from altmount.aio.scope import Scoped
from altmount.aio.uninterrupted import uninterrupted
from altmount.aio.whole import whole
from altmount.errors import AltmountError, InvalidRequestError, ObstacleError, TemporaryError
from altmount.importer.duplicates import Policy
from altmount.importer.localfiles import LocalFiles, files_below
from altmount.importer.watch import ENDINGS, category_of
from altmount.jobs import Job

T = TypeVar("T")

MOST_FILES = 100_000
"""How many NZBs one scan hands in."""

_RETRY_SECONDS = 5.0

logger = logging.getLogger(__name__)


class ScanState(enum.StrEnum):
    """What a scan is doing; the words are the ancestor's."""

    IDLE = "idle"
    SCANNING = "scanning"
    CANCELING = "canceling"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the last scan has come."""

    state: ScanState = ScanState.IDLE
    path: str = ""
    started: datetime | None = None
    found: int = 0
    added: int = 0
    skipped: int = 0
    """Those that were handed in before, and have not failed."""

    failed: int = 0
    current: str = ""
    error: str = ""
    """What went wrong last."""


class Queue(Protocol):
    """Where NZBs are handed in."""

    async def add(
        self,
        data: bytes,
        name: str,
        category: str | None = None,
        *,
        duplicates: Policy | None = None,
    ) -> Job: ...


class Scan(Scoped):
    """Hands in the NZBs of a folder, one scan at a time, inside its block.

    The files stay where they are. One that was handed in before is passed over, so that a scan
    that was cancelled, or of which some failed, can simply be begun again.

    Args:
        files: Where a folder may lie.
        queue: Takes NZBs.
        categories: The folder of each category, by its name, as the watch folder has them.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        files: LocalFiles,
        queue: Queue,
        categories: Mapping[str, str],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__()
        self._files = files
        self._queue = queue
        self._categories = categories
        self._sleep = sleep
        self._task: asyncio.Task[None] | None = None
        self.progress = Progress()

    async def start(self, name: str) -> Progress:
        """Begin with a folder, by its absolute path.

        Raises:
            NotFoundError: It is not there, or not in a folder that may be read.
            InvalidRequestError: It is no folder.
            ObstacleError: A scan is running.
        """
        folder = await _in_thread(partial(self._folder, name))
        if self._task is not None:
            raise ObstacleError(f"{self.progress.path} is being scanned; cancel that first")
        self.progress = Progress(ScanState.SCANNING, str(folder), datetime.now(UTC))
        self._task = self._scope.start(self._run(folder), name="scan")
        self._task.add_done_callback(self._over)
        return self.progress

    def cancel(self) -> Progress:
        """Leave off after the file that is being handed in.

        Raises:
            ObstacleError: No scan is running.
        """
        if self._task is None:
            raise ObstacleError("no folder is being scanned")
        self._task.cancel()
        self.progress = replace(self.progress, state=ScanState.CANCELING)
        return self.progress

    def _over(self, task: asyncio.Task[None]) -> None:
        self._task = None
        self.progress = replace(self.progress, state=ScanState.IDLE, current="")
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("the scan of %s ended", self.progress.path, exc_info=error)
            self.progress = replace(self.progress, error=f"it ended early: {error}")

    def _folder(self, name: str) -> Path:
        folder = self._files.find(name)
        if not folder.is_dir():
            raise InvalidRequestError("that is no folder; name one")
        return folder

    async def _run(self, folder: Path) -> None:
        try:
            found = await _in_thread(partial(_nzbs, folder))
        except OSError as error:
            self._wrong(f"{folder} cannot be read: {error.strerror}")
            return
        self.progress = replace(self.progress, found=len(found))
        for path in found:
            self.progress = replace(self.progress, current=path.name)
            await whole(self._take(path), f"take {path.name}")
        done = self.progress
        logger.info(
            "%s was scanned: %d NZBs handed in, %d known, %d failed",
            *(folder, done.added, done.skipped, done.failed),
        )

    async def _take(self, path: Path) -> None:
        category = category_of(self._files.within(path), self._categories)
        try:
            data = await _in_thread(partial(self._files.read, path))
            await self._queue.add(data, path.name, category, duplicates=Policy.REFUSE)
        except ObstacleError:
            self.progress = replace(self.progress, skipped=self.progress.skipped + 1)
        except (AltmountError, OSError) as error:
            self._wrong(f"{path.name}: {error}")
            if isinstance(error, TemporaryError):
                await self._sleep(_RETRY_SECONDS)
        else:
            self.progress = replace(self.progress, added=self.progress.added + 1)

    def _wrong(self, said: str) -> None:
        logger.warning("of a scan: %s", said)
        self.progress = replace(self.progress, failed=self.progress.failed + 1, error=said)


def _nzbs(folder: Path) -> list[Path]:
    entries = islice(files_below(folder, ENDINGS), MOST_FILES)
    return sorted(Path(entry.path) for entry in entries)


async def _in_thread(work: Callable[[], T]) -> T:
    return await uninterrupted(asyncio.get_running_loop().run_in_executor(None, work))
