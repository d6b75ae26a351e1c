"""How long jobs that have ended are remembered, and NZBs that nobody speaks of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from altmount.errors import TemporaryError
from altmount.importer.nzbstore import NzbStore
from altmount.jobs import Job, JobStatus

_HOUR = 3600.0
_AT_ONCE = 100
"""Jobs that are forgotten in one step."""

_ORPHAN = timedelta(days=1)
"""How old an NZB is that has no job for good: one that came in has one at once."""

logger = logging.getLogger(__name__)


class Jobs(Protocol):
    """The jobs that are stored."""

    async def forget(self, status: JobStatus, before: datetime, limit: int) -> Sequence[Job]: ...

    async def releases(self) -> set[str]: ...


class Library(Protocol):
    """Where releases are."""

    async def has(self, release: str) -> bool: ...

    async def withdraw(self, release: str) -> None: ...


class Retention:
    """Forgets jobs that ended long ago, with the NZBs of those that brought nothing.

    The files of a release stay in the library, and its NZB stays with them.

    Args:
        jobs: Where jobs are stored.
        nzbs: Where NZBs are kept.
        library: Knows which releases are there.
        lasts: How long jobs are remembered once they have ended so; for ever where none is said.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        jobs: Jobs,
        nzbs: NzbStore,
        library: Library,
        lasts: Mapping[JobStatus, timedelta],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._jobs = jobs
        self._nzbs = nzbs
        self._library = library
        self._lasts = lasts
        self._sleep = sleep

    async def run(self) -> None:
        """Look at once and every hour, until cancelled."""
        while True:
            try:
                await self.look(datetime.now(UTC))
            except (TemporaryError, OSError) as error:
                logger.warning("old jobs are not forgotten now: %s", error)
            await self._sleep(_HOUR)

    async def look(self, now: datetime) -> None:
        """Forget what is too old by now.

        Raises:
            TemporaryError: The database cannot be used now.
            OSError: An NZB could not be removed; the next look does that.
        """
        for status, lasts in self._lasts.items():
            while gone := await self._jobs.forget(status, now - lasts, _AT_ONCE):
                logger.info("%d %s jobs ended long ago and are forgotten", len(gone), status)
                if status is not JobStatus.COMPLETED:
                    for job in gone:
                        await self._library.withdraw(job.release)
                        await self._nzbs.drop(job.release)
        known = await self._jobs.releases()
        for release in await self._nzbs.releases(before=now - _ORPHAN):
            if release not in known and not await self._library.has(release):
                logger.info("the NZB of release %s has neither job nor files any more", release)
                await self._nzbs.drop(release)
