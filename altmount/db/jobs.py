"""Jobs in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from altmount.db.database import Database, Session
from altmount.db.schema import jobs
from altmount.errors import NotFoundError
from altmount.jobs import Job, JobStateError, JobStatus


class JobRepository:
    """Every way the program reads or changes the jobs it has stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, release: str, name: str, category: str | None) -> Job:
        """Queue a new job.

        Raises:
            ConflictError: There is one for that release already.
        """
        statement = (
            insert(jobs)
            .values(
                release=release,
                name=name,
                category=category,
                status=JobStatus.QUEUED.value,
                created=_now(),
                size=0,
            )
            .returning(*jobs.c)
        )
        async with self._database.transaction() as session:
            [row] = await session.fetch(statement)
        return _job(row)

    async def claim(self) -> Job | None:
        """Take the oldest queued job, so that no other worker can."""
        queued = jobs.c.status == JobStatus.QUEUED.value
        oldest = select(jobs.c.id).where(queued).order_by(jobs.c.id).limit(1)
        statement = (
            update(jobs)
            .where(jobs.c.id == oldest.scalar_subquery(), queued)
            .values(status=JobStatus.RUNNING.value, started=_now(), ended=None)
            .returning(*jobs.c)
        )
        async with self._database.transaction() as session:
            rows = await session.fetch(statement)
        return _job(rows[0]) if rows else None

    async def get(self, job_id: int) -> Job:
        """The job of that number.

        Raises:
            NotFoundError: There is no such job.
        """
        rows = await self._database.fetch(select(jobs).where(jobs.c.id == job_id))
        if not rows:
            raise _no_job(job_id)
        return _job(rows[0])

    async def list(self, status: JobStatus | None = None, *, limit: int = 100) -> list[Job]:
        """The newest first, of one status or of all."""
        statement = select(jobs).order_by(jobs.c.id.desc()).limit(limit)
        if status is not None:
            statement = statement.where(jobs.c.status == status.value)
        return [_job(row) for row in await self._database.fetch(statement)]

    async def page(
        self,
        statuses: Collection[JobStatus],
        *,
        releases: Sequence[str] | None = None,
        category: str | None = None,
        search: str = "",
        start: int = 0,
        limit: int = 100,
    ) -> tuple[Sequence[Job], int]:
        """A page of jobs, the newest first, and how many there are on all pages.

        Args:
            statuses: Where they may stand.
            releases: Which; None for all.
            category: Theirs, in any case; None for any.
            search: What their names have in them, in any case of ASCII letters.
            start: How many are left out before the page.
            limit: How many a page has.
        """
        wanted: list[ColumnElement[bool]] = [
            jobs.c.status.in_([status.value for status in statuses])
        ]
        if releases is not None:
            wanted.append(jobs.c.release.in_(releases))
        if category is not None:
            wanted.append(func.lower(jobs.c.category) == func.lower(category))
        if search:
            wanted.append(jobs.c.name.icontains(search, autoescape=True))
        total = await self._database.fetch(select(func.count()).select_from(jobs).where(*wanted))
        statement = select(jobs).where(*wanted).order_by(jobs.c.id.desc())
        rows = await self._database.fetch(statement.offset(start).limit(limit))
        return [_job(row) for row in rows], total[0][0]

    async def remove(
        self, statuses: Collection[JobStatus], releases: Sequence[str] | None
    ) -> Sequence[Job]:
        """Forget jobs, at once and for good; what they brought stays in the library.

        A job that has left these statuses by then stays: one that waits is either removed or
        claimed, and never both.

        Args:
            statuses: Where they may stand; not RUNNING, which belongs to a worker.
            releases: Which; None for all.

        Returns:
            Those that were removed.
        """
        statement = delete(jobs).where(jobs.c.status.in_([status.value for status in statuses]))
        if releases is not None:
            statement = statement.where(jobs.c.release.in_(releases))
        async with self._database.transaction() as session:
            return [_job(row) for row in await session.fetch(statement.returning(*jobs.c))]

    async def counts(self) -> dict[JobStatus, int]:
        """How many there are, by status; one that no job has is left out."""
        statement = select(jobs.c.status, func.count()).group_by(jobs.c.status)
        return {JobStatus(row[0]): row[1] for row in await self._database.fetch(statement)}

    async def fail(self, job_id: int, *, reason: str, message: str) -> Job:
        """Record that a running job was refused: a code for programs, a sentence for people.

        Raises:
            NotFoundError: There is no such job.
            JobStateError: It is not running.
        """
        async with self._database.transaction() as session:
            job = await _get(session, job_id)
            return await _move(
                session, job, JobStatus.FAILED, ended=_now(), reason=reason, message=message
            )

    async def end(self, job_id: int) -> Job:
        """Record that nothing is left to be done for a job whose files are in the library.

        Raises:
            NotFoundError: There is no such job.
            JobStateError: It is not running, and has not been completed.
        """
        async with self._database.transaction() as session:
            job = await _get(session, job_id)
            if job.status is JobStatus.COMPLETED:
                return job
            return await _move(session, job, JobStatus.COMPLETED, ended=_now())

    async def requeue(self, job_id: int) -> Job:
        """Let a failed job be tried again.

        Raises:
            NotFoundError: There is no such job.
            JobStateError: It has not failed.
        """
        return await self._queue_again(job_id, JobStatus.FAILED)

    async def requeue_running(self, job_id: int) -> Job:
        """Give back a job whose work was interrupted; it keeps its place in the queue.

        A job that had been completed by then stays so.

        Raises:
            NotFoundError: There is no such job.
            JobStateError: It has failed, or nobody had claimed it.
        """
        return await self._queue_again(job_id, JobStatus.RUNNING)

    async def recover(self) -> int:
        """Queue again what was running when the program ended; how many that were.

        For the start, when no worker runs yet.
        """
        statement = (
            update(jobs)
            .where(jobs.c.status == JobStatus.RUNNING.value)
            .values(status=JobStatus.RUNNING.to(JobStatus.QUEUED).value, started=None)
            .returning(jobs.c.id)
        )
        async with self._database.transaction() as session:
            return len(await session.fetch(statement))

    async def _queue_again(self, job_id: int, current: JobStatus) -> Job:
        async with self._database.transaction() as session:
            job = await _get(session, job_id)
            if job.status is JobStatus.COMPLETED and current is JobStatus.RUNNING:
                return job
            if job.status is not current:
                raise JobStateError(job.status, JobStatus.QUEUED)
            return await _move(session, job, JobStatus.QUEUED, **_UNTRIED)


async def complete(session: Session, job_id: int, *, path: str, size: int, note: str = "") -> Job:
    """Record that a job's files are in the library, in the transaction that puts them there.

    A ``note`` says for people what is not as it should be.

    Raises:
        NotFoundError: There is no such job.
        JobStateError: It is not running.
    """
    job = await _get(session, job_id)
    values = {"ended": _now(), "path": path, "size": size, "message": note or None}
    return await _move(session, job, JobStatus.COMPLETED, **values)


async def place(session: Session, job_id: int, *, path: str, size: int, note: str = "") -> Job:
    """As :func:`complete`, of a job that goes on: it is completed by :meth:`JobRepository.end`.

    Raises:
        NotFoundError: There is no such job.
        JobStateError: It is not running.
    """
    job = await _get(session, job_id)
    job.status.to(JobStatus.COMPLETED)
    values = {"path": path, "size": size, "message": note or None}
    statement = update(jobs).where(jobs.c.id == job.id).values(values).returning(*jobs.c)
    [row] = await session.fetch(statement)
    return _job(row)


async def complete_release(session: Session, release: str, *, path: str, size: int) -> None:
    """Record that a release's files are in the library, if its job does not know yet.

    For a start after a crash, when no worker runs.
    """
    unfinished = (JobStatus.RUNNING.value, JobStatus.QUEUED.value)
    await session.fetch(
        update(jobs)
        .where(jobs.c.release == release, jobs.c.status.in_(unfinished))
        .values(status=JobStatus.COMPLETED.value, ended=_now(), path=path, size=size)
    )


async def note_release(session: Session, release: str, note: str) -> None:
    """Say for people, with the job that a release came by, what is not as it should be."""
    completed = jobs.c.status == JobStatus.COMPLETED.value
    statement = update(jobs).where(jobs.c.release == release, completed)
    await session.fetch(statement.values(message=note or None))


async def _get(session: Session, job_id: int) -> Job:
    rows = await session.fetch(select(jobs).where(jobs.c.id == job_id).with_for_update())
    if not rows:
        raise _no_job(job_id)
    return _job(rows[0])


async def _move(session: Session, job: Job, status: JobStatus, **values: object) -> Job:
    statement = (
        update(jobs)
        .where(jobs.c.id == job.id)
        .values(status=job.status.to(status).value, **values)
        .returning(*jobs.c)
    )
    [row] = await session.fetch(statement)
    return _job(row)


_UNTRIED: dict[str, object] = dict.fromkeys(("started", "ended", "reason", "message"))


def _now() -> datetime:
    return datetime.now(UTC)


def _no_job(job_id: int) -> NotFoundError:
    return NotFoundError(f"there is no job {job_id}")


def _job(row: Row[*tuple[Any, ...]]) -> Job:
    values = dict(row._mapping)  # noqa: SLF001 - the documented name
    return Job(**{**values, "status": JobStatus(values["status"])})
