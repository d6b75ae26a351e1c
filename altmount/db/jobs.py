"""Jobs in the database."""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Delete, delete, func, insert, or_, select

from altmount.db.database import Database
from altmount.db.jobrows import (
    IN_TURN,
    PAUSED,
    end,
    get,
    job_of,
    last,
    no_job,
    now_utc,
    paused_at,
    stands,
    step_of,
    take,
)
from altmount.db.schema import jobs, queue_state
from altmount.db.statistics import count
from altmount.jobs import Job, JobStatus, Priority, Step


class Key(enum.Enum):
    """By what jobs are put in order."""

    CREATED = "created"
    UPDATED = "updated"
    STATUS = "status"
    NAME = "name"
    TURN = "turn"  #: As they take their turn in the queue, first the one that is first.


class JobRepository:
    """Every way the program reads or changes the jobs it has stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        release: str,
        name: str,
        category: str | None,
        *,
        priority: Priority = Priority.NORMAL,
        paused: bool = False,
        digest: str | None = None,
        nzb_bytes: int = 0,
        url: str | None = None,
        named: bool = True,
    ) -> Job:
        """Queue a new job, as the last of its priority.

        With a ``url`` it is not claimed until its NZB was fetched from there; and if it is not
        ``named``, it is then called after that.

        Raises:
            ConflictError: There is one for that release already.
        """
        status = JobStatus.PAUSED if paused else JobStatus.QUEUED
        statement = (
            insert(jobs)
            .values(
                release=release,
                name=name,
                category=category,
                status=status.value,
                created=now_utc(),
                size=0,
                priority=priority.value,
                place=last(priority),
                digest=digest,
                nzb_bytes=nzb_bytes,
                url=url,
                named=named,
            )
            .returning(*jobs.c)
        )
        async with self._database.transaction() as session:
            [row] = await session.fetch(statement)
        return job_of(row)

    async def claim(self, room: int | None = None) -> Job | None:
        """Take the job whose turn it is, so that no other worker can.

        While the queue is paused, only what is forced has a turn. Who comes first is not passed
        over because it is large: then nobody has a turn.

        Args:
            room: How many bytes its NZB may have at most; ``None`` for any number.
        """
        now = now_utc()
        first = (
            select(jobs.c.id)
            .where(
                jobs.c.status == JobStatus.QUEUED.value,
                jobs.c.url.is_(None),
                or_(jobs.c.due.is_(None), jobs.c.due <= now),
                or_(jobs.c.priority == Priority.FORCE.value, ~paused_at(now)),
            )
            .order_by(*IN_TURN)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        statement = step_of(Step.CLAIM, now, started=now, ended=None).where(
            jobs.c.id == first.scalar_subquery()
        )
        if room is not None:
            statement = statement.where(jobs.c.nzb_bytes <= room)
        async with self._database.transaction() as session:
            rows = await session.fetch(statement.returning(*jobs.c))
        return job_of(rows[0]) if rows else None

    async def patience(self) -> float | None:
        """In how many seconds a job has its turn by time alone; ``None`` if none will."""
        now = now_utc()
        dues = select(func.min(jobs.c.due)).where(
            jobs.c.status == JobStatus.QUEUED.value, jobs.c.due > now
        )
        pauses = select(queue_state.c.until).where(PAUSED, queue_state.c.until > now)
        moments = [
            row[0]
            for statement in (dues, pauses)
            for row in await self._database.fetch(statement)
            if row[0] is not None
        ]
        return (min(moments) - now).total_seconds() if moments else None

    async def get(self, job_id: int) -> Job:
        """The job of that number.

        Raises:
            NotFoundError: There is no such job.
        """
        rows = await self._database.fetch(select(jobs).where(jobs.c.id == job_id))
        if not rows:
            raise no_job(job_id)
        return job_of(rows[0])

    async def some(self, job_ids: Collection[int]) -> Sequence[Job]:
        """Those of some jobs that there are, the oldest first."""
        statement = select(jobs).where(jobs.c.id.in_(job_ids)).order_by(jobs.c.id)
        return [job_of(row) for row in await self._database.fetch(statement)]

    async def list(self, status: JobStatus | None = None, *, limit: int = 100) -> list[Job]:
        """The newest first, of one status or of all."""
        statuses = frozenset(JobStatus) if status is None else {status}
        found, _ = await self.page(statuses, limit=limit)
        return list(found)

    async def page(
        self,
        statuses: Collection[JobStatus],
        *,
        releases: Sequence[str] | None = None,
        numbers: Sequence[int] = (),
        category: str | None = None,
        categories: Sequence[str] | None = None,
        priorities: Collection[Priority] | None = None,
        search: str = "",
        since: datetime | None = None,
        without: str | None = None,
        key: Key = Key.CREATED,
        descending: bool | None = None,
        start: int = 0,
        limit: int = 100,
    ) -> tuple[Sequence[Job], int]:
        """A page of jobs, and how many there are on all pages.

        Args:
            statuses: Where they may stand.
            releases: Which; None for all.
            numbers: Which besides those, by their numbers.
            category: Theirs, in any case; None for any.
            categories: As ``category``, of several.
            priorities: Theirs; None for any.
            search: What their names have in them, in any case of ASCII letters.
            since: When they were changed at the earliest.
            without: A reason that they may not have failed for.
            key: By what they are put in order.
            descending: Whether the last comes first; if not given, so it is for times.
            start: How many are left out before the page.
            limit: How many a page has.
        """
        wanted: list[ColumnElement[bool]] = [stands(statuses)]
        if releases is not None:
            wanted.append(or_(jobs.c.release.in_(releases), jobs.c.id.in_(numbers)))
        chosen = categories if category is None else [category]
        if chosen is not None:
            wanted.append(func.lower(jobs.c.category).in_([func.lower(each) for each in chosen]))
        if priorities is not None:
            wanted.append(jobs.c.priority.in_([priority.value for priority in priorities]))
        if search:
            wanted.append(jobs.c.name.icontains(search, autoescape=True))
        if since is not None:
            wanted.append(since <= _CHANGED)
        if without is not None:
            wanted.append(jobs.c.reason.is_distinct_from(without))
        if descending is None:
            descending = key in {Key.CREATED, Key.UPDATED}
        total = await self._database.fetch(select(func.count()).select_from(jobs).where(*wanted))
        statement = select(jobs).where(*wanted).order_by(*_order(key, descending=descending))
        rows = await self._database.fetch(statement.offset(start).limit(limit))
        return [job_of(row) for row in rows], total[0][0]

    async def state(self) -> tuple[int, datetime | None]:
        """How many there are, and when any of them was changed last; None if there is none."""
        newest = func.max(_CHANGED)
        [(count, moment)] = await self._database.fetch(select(func.count(), newest))
        return count, moment

    async def counts(self) -> dict[JobStatus, int]:
        """How many there are, by status; one that no job has is left out."""
        statement = select(jobs.c.status, func.count()).group_by(jobs.c.status)
        return {JobStatus(row[0]): row[1] for row in await self._database.fetch(statement)}

    async def like(
        self,
        name: str,
        category: str | None,
        digest: str,
        statuses: Collection[JobStatus],
        *,
        but: int | None = None,
    ) -> Job | None:
        """A job of the same NZB, or of the same name in the same category; the newest of these.

        Args:
            name: In any case of ASCII letters.
            category: Its category; None for none.
            digest: What the NZB's contents are known by.
            statuses: Where it may stand.
            but: The number of one that is not meant.
        """
        named = func.lower(jobs.c.name) == func.lower(name)
        alike = or_(jobs.c.digest == digest, named & jobs.c.category.is_not_distinct_from(category))
        others = jobs.c.id.is_distinct_from(but)
        statement = select(jobs).where(stands(statuses), alike, others).order_by(jobs.c.id.desc())
        rows = await self._database.fetch(statement.limit(1))
        return job_of(rows[0]) if rows else None

    async def fail(self, job_id: int, *, reason: str, message: str) -> Job:
        """Record that a running job was refused: a code for programs, a sentence for people.

        Raises:
            NotFoundError: There is no such job.
            JobStateError: It is not running.
        """
        now = now_utc()
        async with self._database.transaction() as session:
            job = await take(
                session, Step.FAIL, job_id, now, ended=now, due=None, reason=reason, message=message
            )
            await count(session, now, failed=1)
        return job

    async def end(self, job_id: int) -> Job:
        """Record that nothing is left to be done for a job whose files are in the library.

        Raises:
            NotFoundError: There is no such job.
            JobStateError: It is not running, and has not been completed.
        """
        async with self._database.transaction() as session:
            job = await get(session, job_id)
            return job if job.status is JobStatus.COMPLETED else await end(session, job_id)

    async def postpone(self, job_id: int, seconds: float, *, message: str) -> Job:
        """Give back a job that is to be tried again, not before some time has passed.

        Raises:
            NotFoundError: There is no such job.
            JobStateError: It is not running.
        """
        now = now_utc()
        async with self._database.transaction() as session:
            return await take(
                session,
                Step.GIVE_BACK,
                job_id,
                now,
                due=now + timedelta(seconds=seconds),
                attempts=jobs.c.attempts + 1,
                started=None,
                message=message,
            )

    async def requeue_running(self, job_id: int) -> Job:
        """Give back a job whose work was interrupted; it keeps its place in the queue.

        A job that had been completed by then stays so.

        Raises:
            NotFoundError: There is no such job.
            JobStateError: It is not running.
        """
        async with self._database.transaction() as session:
            job = await get(session, job_id)
            if job.status is JobStatus.COMPLETED:
                return job
            return await take(session, Step.GIVE_BACK, job_id, now_utc(), started=None)

    async def recover(self) -> int:
        """Queue again what was running when the program ended; how many that were.

        For the start, when no worker runs yet.
        """
        statement = step_of(Step.GIVE_BACK, now_utc(), started=None).returning(jobs.c.id)
        async with self._database.transaction() as session:
            return len(await session.fetch(statement))

    async def remove(
        self, statuses: Collection[JobStatus], releases: Sequence[str] | None
    ) -> Sequence[Job]:
        """Forget jobs, at once and for good; what they brought stays in the library.

        A job that has left these statuses by then stays: one that waits is either removed or
        claimed, and never both.

        Args:
            statuses: Where they may stand. Whoever works on a running one will find it gone.
            releases: Which; None for all.

        Returns:
            Those that were removed.
        """
        statement = delete(jobs).where(stands(statuses))
        if releases is not None:
            statement = statement.where(jobs.c.release.in_(releases))
        return await self._remove(statement)

    async def forget(self, status: JobStatus, before: datetime, limit: int) -> Sequence[Job]:
        """Forget jobs that ended before a moment, the oldest first; those that were forgotten."""
        old = (
            select(jobs.c.id)
            .where(jobs.c.status == status.value, jobs.c.ended < before)
            .order_by(jobs.c.ended)
            .limit(limit)
        )
        return await self._remove(
            delete(jobs).where(jobs.c.id.in_(old), jobs.c.status == status.value)
        )

    async def releases(self) -> set[str]:
        """The releases of all jobs."""
        return {row.release for row in await self._database.fetch(select(jobs.c.release))}

    async def _remove(self, statement: Delete) -> Sequence[Job]:
        async with self._database.transaction() as session:
            return [job_of(row) for row in await session.fetch(statement.returning(*jobs.c))]


_CHANGED = func.coalesce(jobs.c.updated, jobs.c.created)
_ORDERS: dict[Key, tuple[ColumnElement[Any], ...]] = {
    Key.CREATED: (jobs.c.id,),
    Key.UPDATED: (_CHANGED, jobs.c.id),
    Key.STATUS: (jobs.c.status, jobs.c.id),
    Key.NAME: (func.lower(jobs.c.name), jobs.c.id),
    Key.TURN: IN_TURN,
}


def _order(key: Key, *, descending: bool) -> Sequence[ColumnElement[Any]]:
    if not descending:
        return _ORDERS[key]
    if key is Key.TURN:  # whose own order is not one way all along
        return jobs.c.priority, jobs.c.place.desc(), jobs.c.id.desc()
    return [each.desc() for each in _ORDERS[key]]
