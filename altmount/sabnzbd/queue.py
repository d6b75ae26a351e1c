"""The queue: what waits, and what clients do with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from altmount.db.jobs import Key
from altmount.errors import NotFoundError
from altmount.jobs import OPEN, WAITING, Job, JobStatus, Priority
from altmount.sabnzbd.adding import Adding, priority_of
from altmount.sabnzbd.answer import DONE, Answer, RefusedError
from altmount.sabnzbd.asked import Asked
from altmount.sabnzbd.header import Standing, header
from altmount.sabnzbd.jobs import Jobs, filters_of, named, page_of
from altmount.sabnzbd.modes import Mode
from altmount.sabnzbd.quantities import duration, megabytes, units
from altmount.sabnzbd.slots import STATUS, nzo_id, queue_slot

MOST_LISTED = 5000
"""How many jobs are listed where a client wants all: Sonarr and Radarr do."""

_PAUSED_PRIORITY = -2
_EXPECTS_TWO = "expects two parameters"
_NO_ITEM = "item does not exist"


class Queue(Protocol):
    """Where jobs are taken back."""

    async def remove(
        self, statuses: Collection[JobStatus], releases: Sequence[str] | None
    ) -> Sequence[Job]: ...

    async def keep_password(self, job: Job, password: str) -> None: ...


class Steering(Protocol):
    """What changes which jobs are imported, when, and as what."""

    async def pause(self, job_ids: Collection[int]) -> Sequence[Job]: ...

    async def resume(self, job_ids: Collection[int] | None) -> Sequence[Job]: ...

    async def change(
        self,
        job_ids: Collection[int],
        *,
        name: str | None = None,
        category: str | None = None,
        priority: Priority | None = None,
    ) -> Sequence[Job]: ...

    async def move(self, job_id: int, position: int) -> tuple[int, Job]: ...

    async def pause_all(self, until: datetime | None = None) -> None: ...

    async def resume_all(self) -> None: ...


class QueueModes:
    """What clients ask of the queue.

    Args:
        jobs: Lists jobs.
        queue: Takes them back.
        steering: Changes them.
        adding: Knows the categories.
        standing: Tells how the program stands.
        progress: How much of a running job is done, from 0 to 1, by its number; None if that is
            not known.
    """

    def __init__(
        self,
        jobs: Jobs,
        queue: Queue,
        steering: Steering,
        adding: Adding,
        standing: Callable[[], Awaitable[Standing]],
        progress: Callable[[int], float | None],
    ) -> None:
        self._jobs = jobs
        self._queue = queue
        self._steering = steering
        self._adding = adding
        self._standing = standing
        self._progress = progress

    @property
    def table(self) -> Mapping[Mode, Callable[[Asked], Awaitable[Answer]]]:
        """The modes."""
        return {
            Mode.QUEUE: self.list,
            Mode.QUEUE_DELETE: self.delete,
            Mode.QUEUE_PURGE: self.purge,
            Mode.QUEUE_PAUSE: self.pause,
            Mode.QUEUE_RESUME: self.resume,
            Mode.QUEUE_PRIORITY: self.set_priority,
            Mode.QUEUE_RENAME: self.rename,
            Mode.SWITCH: self.switch,
            Mode.CHANGE_CAT: self.change_category,
            Mode.CHANGE_OPTS: self.change_options,
            Mode.PAUSE: self.pause_all,
            Mode.RESUME: self.resume_all,
            Mode.SET_PAUSE: self.pause_for,
        }

    async def list(self, asked: Asked) -> Answer:
        """A page of the queue, in the order in which jobs take their turn."""
        start, limit = asked.number("start"), asked.number("limit")
        wanted = filters_of(asked, OPEN)
        most = min(limit, MOST_LISTED) or MOST_LISTED
        jobs, total = await page_of(self._jobs, wanted, Key.TURN, start=start, limit=most)
        counts = await self._jobs.counts()
        standing, now = await self._standing(), datetime.now(UTC)
        slots = [
            queue_slot(job, start + index, self._progress(job.id), now)
            for index, job in enumerate(jobs)
        ]
        size = sum(job.size for job in jobs)
        queue: dict[str, Any] = {
            **header(standing, now),
            "kbpersec": f"{standing.rate / 1024:.2f}",
            "speed": units(standing.rate),
            "mbleft": megabytes(size),
            "mb": megabytes(size),
            "sizeleft": units(size, "B"),
            "size": units(size, "B"),
            "noofslots_total": sum(counts.get(status, 0) for status in OPEN),
            "noofslots": total,
            "start": start,
            "limit": limit,
            "finish": start + limit,
            "status": _status(standing, counts),
            "timeleft": duration(0),
            "slots": slots,
        }
        return Answer("queue", queue, {"status": True})

    async def delete(self, asked: Asked) -> Answer:
        """Take jobs back, those that have ended by now too; or all of the queue."""
        if asked.text("value").lower() == "all":
            return await self.purge(asked)
        if not (wanted := asked.several("value")):
            raise RefusedError("Missing value parameter")
        jobs = await named(self._jobs, wanted, frozenset(JobStatus))
        return _handled(await self._removed(jobs, frozenset(JobStatus)))

    async def purge(self, asked: Asked) -> Answer:
        """Take back all jobs of the queue, or those whose name has something in it."""
        if search := asked.text("search"):
            wanted = filters_of(Asked({"search": search}), OPEN)
            jobs, _ = await page_of(self._jobs, wanted, Key.TURN, limit=MOST_LISTED)
            return _handled(await self._removed(jobs, OPEN))
        return _handled(await self._queue.remove(OPEN, None))

    async def _removed(self, jobs: Sequence[Job], statuses: Collection[JobStatus]) -> Sequence[Job]:
        return await self._queue.remove(statuses, [job.release for job in jobs]) if jobs else ()

    async def pause(self, asked: Asked) -> Answer:
        """Have jobs wait; told are those that do."""
        jobs = await named(self._jobs, asked.several("value"), OPEN)
        await self._steering.pause([job.id for job in jobs])
        return await self._those(jobs, {JobStatus.PAUSED})

    async def resume(self, asked: Asked) -> Answer:
        """Let paused jobs go on; told are those that do."""
        jobs = await named(self._jobs, asked.several("value"), OPEN)
        await self._steering.resume([job.id for job in jobs])
        return await self._those(jobs, OPEN - {JobStatus.PAUSED})

    async def _those(self, jobs: Sequence[Job], statuses: Collection[JobStatus]) -> Answer:
        now = await named(self._jobs, [nzo_id(job) for job in jobs], statuses)
        return Answer("", {"status": bool(now), "nzo_ids": [nzo_id(job) for job in now]})

    async def set_priority(self, asked: Asked) -> Answer:
        """Give jobs that wait another priority; the place in the queue that the last one has."""
        wanted, number = asked.several("value"), asked.text("value2")
        if not wanted or not number:
            raise RefusedError(_EXPECTS_TWO)
        if asked.integer("value2") is None and priority_of(number) is None:
            raise RefusedError("expects integer value")
        jobs = await named(self._jobs, wanted, OPEN)
        if asked.integer("value2") == _PAUSED_PRIORITY:
            await self._steering.pause([job.id for job in jobs])
        else:
            priority = priority_of(number)
            chosen = Priority.NORMAL if priority is None else priority
            await self._steering.change([job.id for job in jobs], priority=chosen)
        return Answer("position", await self._position(jobs[-1]) if jobs else -1)

    async def rename(self, asked: Asked) -> Answer:
        """Call a job that waits something else; a password may come with it."""
        wanted, name = asked.several("value")[:1], asked.text("value2")
        if not wanted or not name:
            raise RefusedError(_EXPECTS_TWO)
        jobs = await named(self._jobs, wanted, WAITING)
        renamed = await self._steering.change([job.id for job in jobs], name=name)
        if password := asked.text("value3"):
            for job in renamed:
                await self._queue.keep_password(job, password)
        return Answer("", {"status": bool(renamed)})

    async def switch(self, asked: Asked) -> Answer:
        """Put a job where another one is, or at a place that is counted from 0.

        The ancestor's clients may name a priority in place of that.
        """
        wanted, other = asked.several("value")[:1], asked.text("value2")
        if not wanted or not other:
            raise RefusedError(_EXPECTS_TWO)
        jobs = await named(self._jobs, wanted, OPEN)
        position, priority = asked.integer("value2"), priority_of(other)
        if not jobs:
            return _switched(-1, 0)
        if position is None and priority is not None:
            changed = await self._steering.change([jobs[0].id], priority=priority)
            return _switched(await self._position(jobs[0]), (changed or jobs)[0].priority)
        if position is None:
            others = await named(self._jobs, [other], OPEN)
            if not others or others[0].id == jobs[0].id:
                return _switched(-1, 0)
            position = await self._position(others[0])
        try:
            at, job = await self._steering.move(jobs[0].id, position)
        except NotFoundError:
            return _switched(-1, 0)
        return _switched(at, job.priority)

    async def change_category(self, asked: Asked) -> Answer:
        """Give jobs that wait another category, or none."""
        wanted, category = asked.several("value"), asked.text("value2")
        if not wanted or not category:
            raise RefusedError("expects one parameter")
        jobs = await named(self._jobs, wanted, WAITING)
        chosen = self._adding.category(category)
        changed = await self._steering.change([job.id for job in jobs], category=chosen)
        return Answer("status", bool(changed))

    async def change_options(self, asked: Asked) -> Answer:
        """Nothing: what SABnzbd does after a download is not done here, whatever is chosen."""
        wanted, options = asked.several("value"), asked.integer("value2")
        if not wanted or options is None:
            raise RefusedError(_NO_ITEM)
        return Answer("status", bool(await named(self._jobs, wanted, OPEN)))

    async def pause_all(self, _asked: Asked) -> Answer:
        """Begin no more imports."""
        await self._steering.pause_all()
        return DONE

    async def resume_all(self, _asked: Asked) -> Answer:
        """Begin imports again."""
        await self._steering.resume_all()
        return DONE

    async def pause_for(self, asked: Asked) -> Answer:
        """Begin no more imports for some minutes; 0 begins them again."""
        minutes = asked.number("value")
        if not minutes:
            return await self.resume_all(asked)
        until = datetime.now(UTC) + timedelta(minutes=min(minutes, _MOST_MINUTES))
        await self._steering.pause_all(until)
        return DONE

    async def _position(self, job: Job) -> int:
        """Where a job of the queue is, from 0; -1 if it is not there."""
        everything = filters_of(Asked({}), OPEN)
        jobs, _ = await page_of(self._jobs, everything, Key.TURN, limit=MOST_LISTED)
        return next((index for index, each in enumerate(jobs) if each.id == job.id), -1)


_MOST_MINUTES = 60 * 24 * 365


def _status(standing: Standing, counts: Mapping[JobStatus, int]) -> str:
    if standing.paused:
        return STATUS[JobStatus.PAUSED]
    return STATUS[JobStatus.RUNNING] if counts.get(JobStatus.RUNNING) else "Idle"


def _handled(jobs: Sequence[Job]) -> Answer:
    """Which jobs are gone. None is no fault: the client wanted them gone."""
    return Answer("", {"status": True, "nzo_ids": [nzo_id(job) for job in jobs]})


def _switched(position: int, priority: int) -> Answer:
    return Answer("result", {"position": position, "priority": int(priority)})
