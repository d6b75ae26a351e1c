"""Takes jobs from the queue and sees each through."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from altmount.aio.scope import TaskScope
from altmount.aio.whole import whole
from altmount.errors import TemporaryError
from altmount.importer.queue import ImportQueue
from altmount.importer.refusals import Reason, Refusal, refusal_for
from altmount.jobs import Job

DELAYS = (5.0, 15.0, 60.0, 300.0, 900.0, 1800.0)
"""How long an import that may yet succeed is left alone before each new try, in seconds."""

_PAUSE = 5.0
"""How long the database is left alone when it fails for now, in seconds."""

logger = logging.getLogger(__name__)


class Jobs(Protocol):
    """The jobs that are stored, as far as working on them needs them."""

    async def recover(self) -> int: ...

    async def claim(self) -> Job | None: ...

    async def fail(self, job_id: int, *, reason: str, message: str) -> Job: ...

    async def requeue_running(self, job_id: int) -> Job: ...


class Worker:
    """Imports queued jobs, the oldest first, a few at a time.

    Args:
        jobs: Where they are stored.
        queue: Says when there are new ones.
        import_: Imports one, and completes it; or raises.
        at_once: How many are worked on at a time; those that wait for a new try not counted.
        delays: Before each new try of what failed for now, in seconds.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        jobs: Jobs,
        queue: ImportQueue,
        import_: Callable[[Job], Awaitable[None]],
        *,
        at_once: int = 2,
        delays: Sequence[float] = DELAYS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._jobs = jobs
        self._queue = queue
        self._import = import_
        self._places = asyncio.Semaphore(at_once)
        self._delays = delays
        self._sleep = sleep
        self._held: set[int] = set()
        """The jobs that are running, and this worker's to finish or to give back."""

    async def run(self) -> None:
        """Work until cancelled; then what was being worked on is queued again.

        To be run once.

        Raises:
            AltmountError: The database cannot be used any more.
        """
        interrupted = await self._jobs.recover()
        if interrupted:
            logger.info("%d interrupted imports are taken up again", interrupted)
        try:
            async with TaskScope() as scope:
                while True:
                    await self._places.acquire()
                    job = await self._next()
                    scope.start(self._see_through(job), name=f"import {job.id}")
        finally:
            await whole(self._give_back(), "give jobs back")

    async def _next(self) -> Job:
        while True:
            self._queue.look()
            try:
                # Not to be cut off between the claim and knowing of it.
                job = await whole(self._claim(), "claim a job")
            except TemporaryError as error:
                logger.warning("no job can be taken from the queue now: %s", error)
                await self._sleep(_PAUSE)
                continue
            if job is not None:
                return job
            await self._queue.wait()

    async def _claim(self) -> Job | None:
        job = await self._jobs.claim()
        if job is not None:
            self._held.add(job.id)
        return job

    async def _see_through(self, job: Job) -> None:
        """Import a job, trying again what may yet succeed. Begins with a place taken."""
        for delay in self._delays:
            try:
                await self._try(job)
            except TemporaryError as error:
                logger.warning(
                    "%r cannot be imported now, and is tried again in %g s: %s",
                    job.name,
                    delay,
                    error,
                )
                await self._sleep(delay)
                await self._places.acquire()
            else:
                return
        try:
            await self._try(job)
        except TemporaryError as error:
            await self._refuse(job, refusal_for(error))

    async def _try(self, job: Job) -> None:
        try:
            await self._import(job)
        except TemporaryError:
            raise
        except Exception as error:  # noqa: BLE001 -- it costs this job, not the worker
            await self._refuse(job, refusal_for(error), cause=error)
        else:
            self._held.discard(job.id)
            logger.info("%r is imported", job.name)
        finally:
            self._places.release()

    async def _refuse(self, job: Job, refusal: Refusal, cause: Exception | None = None) -> None:
        unforeseen = cause if refusal.code is Reason.INTERNAL else None
        logger.warning(
            "%r is not imported (%s): %s", job.name, refusal.code, refusal, exc_info=unforeseen
        )
        while True:
            try:
                await self._jobs.fail(job.id, reason=refusal.code, message=str(refusal))
            except TemporaryError as error:
                logger.warning("that cannot be written down now: %s", error)
                await self._sleep(_PAUSE)
            except Exception:
                logger.exception("that cannot be written down, and the job stays as it is")
                return
            else:
                self._held.discard(job.id)
                return

    async def _give_back(self) -> None:
        for job_id in self._held:
            try:
                await self._jobs.requeue_running(job_id)
            except Exception as error:  # noqa: BLE001 -- the next start takes it up
                logger.warning("job %d is not given back: %s", job_id, error)
