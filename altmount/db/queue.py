"""The queue in the database: what users do with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from altmount.db.database import Database
from altmount.db.jobrows import (
    IN_TURN,
    PAUSED,
    get,
    job_of,
    last,
    lasting,
    now_utc,
    stands,
    step_of,
)
from altmount.db.schema import jobs, queue_state
from altmount.db.turns import Turn, moved
from altmount.errors import NotFoundError
from altmount.jobs import OPEN, WAITING, Job, Priority, Step


@dataclass(frozen=True, slots=True)
class Pause:
    """Whether the queue is paused, and until when; ``None`` for until someone ends it."""

    paused: bool
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be changed of a job that waits; ``None`` leaves it as it is."""

    name: str | None = None
    category: str | None = None
    """Empty for none."""

    priority: Priority | None = None
    digest: str | None = None
    nzb_bytes: int | None = None


class QueueRepository:
    """Every way users change jobs that are stored, and their order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cancel(self, job_ids: Collection[int], *, reason: str, message: str) -> Sequence[Job]:
        """Have those of some jobs that are in the queue be failed.

        Returns:
            Those that are now; a job that has ended by then stays as it is.
        """
        now = now_utc()
        return await self._take_all(
            Step.CANCEL, job_ids, now, ended=now, due=None, reason=reason, message=message
        )

    async def pause(self, job_ids: Collection[int] | None) -> Sequence[Job]:
        """Have those of some jobs that are queued or running wait; ``None`` for all of them.

        Returns:
            Those that do now. Whoever works on one will find that it is not running any more.
        """
        return await self._take_all(Step.PAUSE, job_ids, now_utc(), started=None)

    async def resume(self, job_ids: Collection[int] | None) -> Sequence[Job]:
        """Let those of some jobs that are paused go on; ``None`` for all of them.

        Returns:
            Those that do now; each has the place it had.
        """
        return await self._take_all(Step.RESUME, job_ids, now_utc())

    async def retry(self, job_ids: Collection[int]) -> Sequence[Job]:
        """Queue jobs again: at once, and at the end if they had ended.

        Returns:
            Those that are queued now; what is running is let be.
        """
        now = now_utc()
        again = update(jobs).where(jobs.c.id.in_(job_ids), ~stands(OPEN))
        async with self._database.transaction() as session:
            for priority in Priority:
                own = again.where(jobs.c.priority == priority.value)
                await session.fetch(own.values(place=last(priority)))
            step = step_of(Step.RETRY, now, **_UNTRIED).where(jobs.c.id.in_(job_ids))
            return [job_of(row) for row in await session.fetch(step.returning(*jobs.c))]

    async def change(self, job_ids: Collection[int], change: Change) -> Sequence[Job]:
        """Change those of some jobs that wait.

        Who gets another priority is the last of it.

        Returns:
            Those that were changed; what is worked on, or has ended, is let be.
        """
        values: dict[str, object] = {"updated": now_utc()}
        for name in ("name", "digest", "nzb_bytes"):
            if (value := getattr(change, name)) is not None:
                values[name] = value
        if change.category is not None:
            values["category"] = change.category or None
        mine = update(jobs).where(jobs.c.id.in_(job_ids), stands(WAITING))
        async with self._database.transaction() as session:
            if change.priority is not None:
                number = change.priority.value
                other = mine.where(jobs.c.priority != number)
                await session.fetch(other.values(priority=number, place=last(change.priority)))
            return [
                job_of(row) for row in await session.fetch(mine.values(values).returning(*jobs.c))
            ]

    async def move(self, job_id: int, position: int) -> tuple[int, Job]:
        """Put a job of the queue elsewhere in its order; where it is then, from 0, and the job.

        It takes on the priority of its new neighbours where its own would not let it be there.

        Args:
            job_id: Which.
            position: Where to, from 0; what lies outside means the nearest end.

        Raises:
            NotFoundError: There is no such job in the queue.
        """
        statement = select(jobs.c.id, jobs.c.priority, jobs.c.place).where(stands(OPEN))
        async with self._database.transaction() as session:
            rows = await session.fetch(statement.order_by(*IN_TURN).with_for_update())
            turns = [Turn(row.id, Priority(row.priority), row.place) for row in rows]
            if not any(turn.id == job_id for turn in turns):
                raise NotFoundError(f"there is no job {job_id} in the queue")
            at, changed = moved(turns, job_id, position)
            for turn in changed:
                own = update(jobs).where(jobs.c.id == turn.id)
                await session.fetch(own.values(priority=turn.priority.value, place=turn.place))
            return at, await get(session, job_id)

    async def pausing(self) -> Pause:
        """Whether the queue is paused now."""
        rows = await self._database.fetch(
            select(queue_state.c.until).where(PAUSED, lasting(now_utc()))
        )
        return Pause(paused=True, until=rows[0].until) if rows else Pause(paused=False)

    async def set_pause(self, pause: Pause) -> None:
        """Pause the queue, or let it go on; what is being worked on is not touched."""
        statement = update(queue_state).values(paused=pause.paused, until=pause.until)
        async with self._database.transaction() as session:
            await session.fetch(statement)

    async def _take_all(
        self, step: Step, job_ids: Collection[int] | None, now: datetime, **values: object
    ) -> Sequence[Job]:
        statement = step_of(step, now, **values)
        if job_ids is not None:
            statement = statement.where(jobs.c.id.in_(job_ids))
        async with self._database.transaction() as session:
            return [job_of(row) for row in await session.fetch(statement.returning(*jobs.c))]


_UNTRIED: dict[str, object] = {
    **dict.fromkeys(("started", "ended", "path", "reason", "message", "due")),
    "attempts": 0,
    "size": 0,
}
