"""The history: what came to an end, and what clients do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from altmount.db.jobs import Key
from altmount.jobs import ENDED, Job, JobStatus
from altmount.sabnzbd.answer import DONE, Answer, RefusedError
from altmount.sabnzbd.asked import MOST_NAMED, Asked
from altmount.sabnzbd.header import VERSION
from altmount.sabnzbd.jobs import Jobs, filters_of, named, page_of
from altmount.sabnzbd.modes import Mode
from altmount.sabnzbd.quantities import units
from altmount.sabnzbd.slots import history_slot, nzo_id

_LISTED = 100
_MOST_LISTED = 1000
_FAILED = frozenset({JobStatus.FAILED})
_BULK: Mapping[str, frozenset[JobStatus]] = {
    "all": ENDED,
    "failed": _FAILED,
    "completed": frozenset({JobStatus.COMPLETED}),
}


@dataclass(frozen=True, slots=True)
class Sums:
    """Bytes that were imported."""

    total: int = 0
    month: int = 0
    week: int = 0
    day: int = 0


class Queue(Protocol):
    """Where jobs are forgotten, and tried again."""

    async def retry(self, job_id: int, password: str | None = None) -> Job: ...

    async def remove(
        self, statuses: Collection[JobStatus], releases: Sequence[str] | None
    ) -> Sequence[Job]: ...


class Steering(Protocol):
    """What queues jobs again."""

    async def retry(self, job_ids: Collection[int]) -> Sequence[Job]: ...


class HistoryModes:
    """What clients ask of the history.

    Args:
        jobs: Lists jobs.
        queue: Forgets them, and has one tried again.
        steering: Has many tried again.
        storage: Where clients find what a job brought.
        sums: How much was imported.
    """

    def __init__(
        self,
        jobs: Jobs,
        queue: Queue,
        steering: Steering,
        storage: Callable[[Job], str],
        sums: Callable[[], Awaitable[Sums]],
    ) -> None:
        self._jobs = jobs
        self._queue = queue
        self._steering = steering
        self._storage = storage
        self._sums = sums

    @property
    def table(self) -> Mapping[Mode, Callable[[Asked], Awaitable[Answer]]]:
        """The modes."""
        return {
            Mode.HISTORY: self.list,
            Mode.HISTORY_DELETE: self.delete,
            Mode.RETRY: self.retry,
            Mode.RETRY_ALL: self.retry_all,
        }

    async def list(self, asked: Asked) -> Answer:
        """A page of what came to an end, the newest first."""
        start = asked.number("start")
        limit = min(asked.number("limit"), _MOST_LISTED) or _LISTED
        wanted = filters_of(asked, _FAILED if asked.flag("failed_only") else ENDED)
        jobs, total = await page_of(self._jobs, wanted, Key.CREATED, start=start, limit=limit)
        sums = await self._sums()
        ended = [job.ended for job in jobs if job.ended is not None]
        history = {
            "total_size": units(sums.total, "B"),
            "month_size": units(sums.month, "B"),
            "week_size": units(sums.week, "B"),
            "day_size": units(sums.day, "B"),
            "slots": [
                history_slot(job, start + index, self._storage(job))
                for index, job in enumerate(jobs)
            ],
            "ppslots": 0,
            "noofslots": total,
            "last_history_update": int(max(ended).timestamp()) if ended else 0,
            "version": VERSION,
        }
        return Answer("history", history)

    async def delete(self, asked: Asked) -> Answer:
        """Forget what came to an end; the library keeps its files, whatever is asked for.

        Clients ask for the files to be deleted once they have imported them, too, and then show
        the very file that is in the library. SABnzbd deletes those of failed jobs alone.
        """
        value = asked.text("value")
        if not value:
            raise RefusedError("Missing value parameter")
        statuses = _BULK.get(value.lower())
        if statuses is None:
            jobs = await named(self._jobs, asked.several("value"), ENDED)
        elif search := asked.text("search"):
            wanted = filters_of(Asked({"search": search}), statuses)
            jobs, _ = await page_of(self._jobs, wanted, Key.CREATED, limit=_MOST_LISTED)
        else:
            await self._queue.remove(statuses, None)
            return DONE
        if jobs:
            await self._queue.remove(statuses or ENDED, [job.release for job in jobs])
        return DONE

    async def retry(self, asked: Asked) -> Answer:
        """Queue a job again that failed, perhaps with a password."""
        jobs = await named(self._jobs, asked.several("value")[:1], _FAILED)
        if not jobs:
            raise RefusedError("item does not exist")
        job = await self._queue.retry(jobs[0].id, asked.text("password") or None)
        return Answer("", {"status": True, "nzo_id": nzo_id(job)})

    async def retry_all(self, _asked: Asked) -> Answer:
        """Queue all jobs again that failed; told are those that are queued now."""
        wanted = filters_of(Asked({}), _FAILED)
        jobs, _ = await page_of(self._jobs, wanted, Key.CREATED, limit=MOST_NAMED)
        again = await self._steering.retry([job.id for job in jobs]) if jobs else ()
        return Answer("status", [nzo_id(job) for job in again])
