"""Takes jobs from the queue and sees each through."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import chain, repeat
from typing import Protocol, TypeVar

from altmount.aio.scope import TaskScope
from altmount.aio.whole import whole
from altmount.errors import NotFoundError, TemporaryError
from altmount.importer.queue import ImportQueue
from altmount.importer.refusals import Reason, Refusal, refusal_for
from altmount.importer.running import Running
from altmount.jobs import Job, JobStateError

DELAYS = (5.0, 15.0, 60.0, 300.0, 900.0, 1800.0)
"""How long an import that may yet succeed is left alone before each new try, in seconds."""

MEMORY = 256 * 1024 * 1024
"""Bytes of NZBs, unpacked, that are worked on at once; a larger one is worked on alone."""

_PAUSES = (5.0, 15.0, 60.0)
"""How long the database is left alone when it fails, and again and again, in seconds."""

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Jobs(Protocol):
    """The jobs that are stored, as far as working on them needs them."""

    async def recover(self) -> int: ...

    async def claim(self, room: int | None = None) -> Job | None: ...

    async def patience(self) -> float | None: ...

    async def fail(self, job_id: int, *, reason: str, message: str) -> Job: ...

    async def postpone(self, job_id: int, seconds: float, *, message: str) -> Job: ...

    async def requeue_running(self, job_id: int) -> Job: ...


class Worker:
    """Imports queued jobs as it is their turn, a few at a time.

    It outlives whatever becomes of the database; :attr:`trouble` says what is the matter.

    Args:
        jobs: Where they are stored.
        queue: Says when there may be something to do.
        running: Is told what is being imported, so that others can stop it.
        import_: Imports one, and completes it; or raises.
        withdraw: Takes back from the disk what a job left there that never came in.
        hand_on: Hands on what is refused; says what the history is to say of it. None if nobody
            takes it.
        at_once: How many are worked on at a time.
        memory: How many bytes their NZBs may have, in all.
        delays: Before each new try of what failed for now, in seconds.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        jobs: Jobs,
        queue: ImportQueue,
        running: Running,
        import_: Callable[[Job], Awaitable[None]],
        *,
        withdraw: Callable[[str], Awaitable[None]],
        hand_on: Callable[[Job, Refusal], Awaitable[Refusal]] | None = None,
        at_once: int = 2,
        memory: int = MEMORY,
        delays: Sequence[float] = DELAYS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._jobs = jobs
        self._queue = queue
        self._running = running
        self._import = import_
        self._withdraw = withdraw
        self._hand_on = hand_on
        self._places = asyncio.Semaphore(at_once)
        self._memory = memory
        self._delays = delays
        self._sleep = sleep
        self._held: dict[int, Job] = {}
        """The jobs that are running, and this worker's to finish or to give back."""

        self.trouble: str | None = None
        """Why nothing is imported, if the database fails; for people."""

    async def run(self) -> None:
        """Work until cancelled; then what was being worked on is queued again. To be run once."""
        interrupted = await self._insist(self._jobs.recover, "take up what was interrupted")
        if interrupted:
            logger.info("%d interrupted imports are taken up again", interrupted)
        try:
            async with TaskScope() as scope:
                while True:
                    await self._places.acquire()
                    job = await self._next()
                    scope.start(self._see_through(job, scope), name=f"import {job.id}")
        finally:
            await whole(self._give_back(), "give jobs back")

    async def _next(self) -> Job:
        while True:
            self._queue.look()
            # Not to be cut off between the claim and knowing of it.
            job = await self._insist(
                lambda: whole(self._claim(), "claim a job"), "take a job from the queue"
            )
            if job is not None:
                return job
            seconds = await self._insist(self._jobs.patience, "look at the queue")
            await self._queue.wait(seconds)

    async def _claim(self) -> Job | None:
        used = sum(job.nzb_bytes for job in self._held.values())
        job = await self._jobs.claim(max(0, self._memory - used) if self._held else None)
        if job is not None:
            self._held[job.id] = job
        return job

    async def _see_through(self, job: Job, scope: TaskScope) -> None:
        """Try a job once. Begins with a place taken."""
        try:
            await self._running.over(job.id)
            attempt = scope.start(self._try(job), name=f"try {job.id}")
            self._running.begin(job.id, attempt)
            await asyncio.wait([attempt])
            await self._settle(job, attempt)
            del self._held[job.id]
        finally:
            self._places.release()
            self._queue.wake()  # there is room, perhaps for a large one

    async def _try(self, job: Job) -> None:
        try:
            await self._import(job)
        except Exception as error:
            if self._hand_on is None or self._delay(job, error) is not None:
                raise
            raise await self._hand_on(job, refusal_for(error)) from error

    def _delay(self, job: Job, error: BaseException) -> float | None:
        """How long to wait until the next try, in seconds; None if there is none."""
        again = isinstance(error, TemporaryError) and job.attempts < len(self._delays)
        return self._delays[job.attempts] if again else None

    async def _settle(self, job: Job, attempt: asyncio.Task[None]) -> None:
        """Write down what came of a try, unless somebody else has decided on the job."""
        if attempt.cancelled():
            await self._write(lambda: self._jobs.requeue_running(job.id))
            return
        error = attempt.exception()
        if error is None:
            logger.info("%r is imported", job.name)
        elif (delay := self._delay(job, error)) is not None:
            logger.warning(
                "%r cannot be imported now, and is tried again in %g s: %s", job.name, delay, error
            )
            postponed = partial(self._jobs.postpone, job.id, delay, message=str(error))
            await self._write(postponed)
        elif isinstance(error, Exception):
            await self._refuse(job, refusal_for(error), error)
        else:
            raise error

    async def _refuse(self, job: Job, refusal: Refusal, cause: Exception) -> None:
        async def fail() -> None:
            await self._jobs.fail(job.id, reason=refusal.code, message=str(refusal))
            unforeseen = cause if refusal.code is Reason.INTERNAL else None
            logger.warning(
                "%r is not imported (%s): %s", job.name, refusal.code, refusal, exc_info=unforeseen
            )

        await self._write(fail)
        await self._withdraw(job.release)

    async def _write(self, write: Callable[[], Awaitable[object]]) -> None:
        async def unless_decided() -> None:
            try:
                await write()
            except (JobStateError, NotFoundError) as error:
                logger.info("an import has ended that nobody wanted any more: %s", error)

        await self._insist(unless_decided, "write down what came of an import")

    async def _insist(self, work: Callable[[], Awaitable[T]], what: str) -> T:
        """Do something with the database, again and again if it fails, later and later."""
        pauses = chain(_PAUSES, repeat(_PAUSES[-1]))
        while True:
            try:
                done = await work()
            except Exception as error:
                unforeseen = not isinstance(error, TemporaryError)
                self.trouble = f"the database does not let the importer {what}: {error}"
                pause = next(pauses)
                logger.warning(
                    "%s; it is tried again in %g s", self.trouble, pause, exc_info=unforeseen
                )
                await self._sleep(pause)
            else:
                self.trouble = None
                return done

    async def _give_back(self) -> None:
        for job_id in self._held:
            try:
                await self._jobs.requeue_running(job_id)
            except (JobStateError, NotFoundError):
                continue  # it is somewhere else by now
            except Exception as error:  # noqa: BLE001 -- the next start takes it up
                logger.warning("job %d is not given back: %s", job_id, error)
