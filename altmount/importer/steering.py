"""What users do with jobs that are in the queue."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from altmount.db.queue import Change, Pause
from altmount.errors import InvalidRequestError
from altmount.importer.categories import Categories
from altmount.importer.queue import ImportQueue, job_name
from altmount.importer.refusals import Reason
from altmount.importer.running import Running
from altmount.jobs import Job, Priority

_CANCELLED = "it was cancelled by a user; try the job again if it is wanted after all"


class Changes(Protocol):
    """How jobs that are stored are changed, and their order."""

    async def cancel(
        self, job_ids: Collection[int], *, reason: str, message: str
    ) -> Sequence[Job]: ...

    async def pause(self, job_ids: Collection[int] | None) -> Sequence[Job]: ...

    async def resume(self, job_ids: Collection[int] | None) -> Sequence[Job]: ...

    async def retry(self, job_ids: Collection[int]) -> Sequence[Job]: ...

    async def change(self, job_ids: Collection[int], change: Change) -> Sequence[Job]: ...

    async def move(self, job_id: int, position: int) -> tuple[int, Job]: ...

    async def pausing(self) -> Pause: ...

    async def set_pause(self, pause: Pause) -> None: ...


class Steering:
    """Changes which jobs are imported, when, and as what.

    What a call returns stands in the database and outlives a crash. A job that has gone on
    meanwhile is let be, and is not among what is returned.

    Args:
        changes: Changes what is stored.
        queue: Is told of what there is to do.
        running: Knows what is being imported.
        withdraw: Takes back from the disk what a job left there that never came in.
        categories: What jobs may have as their category.
    """

    def __init__(
        self,
        changes: Changes,
        queue: ImportQueue,
        running: Running,
        *,
        withdraw: Callable[[str], Awaitable[None]],
        categories: Categories,
    ) -> None:
        self._changes = changes
        self._queue = queue
        self._running = running
        self._withdraw = withdraw
        self._categories = categories

    async def pause(self, job_ids: Collection[int]) -> Sequence[Job]:
        """Have jobs wait, those that are being imported too; those that do now."""
        paused = await self._changes.pause(job_ids)
        await self._running.stop([job.id for job in paused])
        return paused

    async def resume(self, job_ids: Collection[int] | None) -> Sequence[Job]:
        """Let paused jobs go on, each at its place; ``None`` for all. Those that do now."""
        resumed = await self._changes.resume(job_ids)
        self._queue.wake()
        return resumed

    async def cancel(self, job_ids: Collection[int]) -> Sequence[Job]:
        """Have jobs of the queue be failed; those that are now.

        An import ends at once, or is done by then. Nothing of it is to be seen.
        """
        cancelled = await self._changes.cancel(job_ids, reason=Reason.CANCELLED, message=_CANCELLED)
        await self._running.stop([job.id for job in cancelled])
        for job in cancelled:
            await self._withdraw(job.release)
        return cancelled

    async def retry(self, job_ids: Collection[int]) -> Sequence[Job]:
        """Queue jobs again that have ended, or have those that wait tried at once."""
        again = await self._changes.retry(job_ids)
        self._queue.wake()
        return again

    async def change(
        self,
        job_ids: Collection[int],
        *,
        name: str | None = None,
        category: str | None = None,
        priority: Priority | None = None,
    ) -> Sequence[Job]:
        """Change jobs that wait; those that were.

        Args:
            job_ids: Which.
            name: What they are called from now on.
            category: Any name of one, or an empty one for none; its priority is not taken on.
            priority: Theirs; whose that is new is the last of it.

        Raises:
            InvalidRequestError: There is no such category, or the name says nothing.
        """
        if name is not None and not name.strip():
            raise InvalidRequestError("a job must have a name")
        change = Change(
            name=None if name is None else job_name(name),
            category=None if category is None else self._categories.find(category) or "",
            priority=priority,
        )
        changed = await self._changes.change(job_ids, change)
        self._queue.wake()
        return changed

    async def move(self, job_id: int, position: int) -> tuple[int, Job]:
        """Put a job elsewhere in the order of the queue; where it is then, and the job.

        Args:
            job_id: Which.
            position: Where to among all that are in the queue, from 0; the nearest end if that
                lies outside. The job takes on the priority of those it is put between.

        Raises:
            NotFoundError: There is no such job in the queue.
        """
        moved = await self._changes.move(job_id, position)
        self._queue.wake()
        return moved

    async def pause_all(self, until: datetime | None = None) -> None:
        """Begin no import, but what is forced, until someone or a time ends that.

        What is being imported goes on to its end. It stays so over a restart.
        """
        await self._changes.set_pause(Pause(paused=True, until=until))

    async def resume_all(self) -> None:
        """Begin imports again; jobs that are paused by themselves stay so."""
        await self._changes.set_pause(Pause(paused=False))
        self._queue.wake()

    async def pausing(self) -> Pause:
        """Whether the queue is paused."""
        return await self._changes.pausing()
