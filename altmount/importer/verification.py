"""Looks, when there is time, at what imports only inferred."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from altmount.errors import AltmountError, NotFoundError, TemporaryError
from altmount.importer.nzbstore import NzbStore
from altmount.importer.refusals import Refusal
from altmount.jobs import Job, JobStatus
from altmount.library.release import Draft

_REST = 30.0
"""How long a new release is left alone, in seconds, for whoever waits for it to play."""

_PAUSE = 300.0
"""How long what cannot be looked at now is left alone, in seconds."""

logger = logging.getLogger(__name__)


class Jobs(Protocol):
    """The jobs that are stored."""

    async def get(self, job_id: int) -> Job: ...


class Drafts(Protocol):
    """What can look at a post as closely as there is."""

    async def draft(self, job: Job, *, thorough: bool = False) -> tuple[Draft, bool]: ...


class Amending(Protocol):
    """Whatever has the releases that are looked at."""

    async def amend(self, release: str, draft: Draft) -> bool: ...

    async def tell_damaged(self, release: str, entry: int | None = None) -> None: ...


class Verification:
    """Looks at releases of which something was only inferred, one at a time, and corrects them.

    Which these are lies on the disk, so that a restart forgets none. Until a release was looked
    at, reading it ends in an error where an inference turns out to be wrong. What is refused when
    it is looked at stays, and is said to be damaged.

    Args:
        nzbs: Knows which releases are in doubt.
        jobs: What they came from.
        drafts: Looks at them.
        library: Has them.
        news: Set whenever one has come in.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        nzbs: NzbStore,
        jobs: Jobs,
        drafts: Drafts,
        library: Amending,
        news: asyncio.Event,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._nzbs = nzbs
        self._jobs = jobs
        self._drafts = drafts
        self._library = library
        self._sleep = sleep
        self._news = news

    async def run(self) -> None:
        """Look at one release after the other, until cancelled."""
        while True:
            self._news.clear()
            await self._sleep(_REST)
            later = 0
            for job_id in await self._nzbs.doubted():
                later += not await self._settled(job_id)
            if later:
                await self._sleep(_PAUSE)
            else:
                await self._news.wait()

    async def _settled(self, job_id: int) -> bool:
        """Look at what a job brought; whether that is done with."""
        try:
            job = await self._jobs.get(job_id)
            if job.status is not JobStatus.COMPLETED:
                return True  # its import goes on, or starts anew, and says so again
            await self._look_at(job)
            await self._nzbs.settle(job.release)
        except NotFoundError:
            return True
        except (TemporaryError, OSError) as error:
            logger.info("what was inferred of job %d cannot be looked at now: %s", job_id, error)
            return False
        return True

    async def _look_at(self, job: Job) -> None:
        try:
            draft, _ = await self._drafts.draft(job, thorough=True)
            if await self._library.amend(job.release, draft):
                logger.warning("%r was not quite what it was taken for; it is corrected", job.name)
        except (Refusal, ValueError) as error:
            logger.warning(
                "%r is not what it was taken for, and reading it may end in errors: %s",
                job.name,
                error,
            )
            await self._library.tell_damaged(job.release)
        except TemporaryError:
            raise
        except AltmountError as error:
            logger.warning("%r cannot be looked at: %s", job.name, error)
