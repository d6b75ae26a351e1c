"""Rows of jobs, and the steps that move them; for the repositories, and for whoever has a session.

What may be done with a job stands in :data:`altmount.jobs.STEPS`. Each step is one statement that
looks where the job stands and moves it, so that of two who want different things one comes too
late, and is told so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Update, case, func, or_, select, update

from altmount.db.database import Session
from altmount.db.schema import jobs, queue_state
from altmount.db.statistics import count
from altmount.db.turns import GAP
from altmount.errors import NotFoundError
from altmount.jobs import OPEN, STEPS, Job, JobStateError, JobStatus, Priority, Step

PAUSED = queue_state.c.paused.is_(True)
IN_TURN = (jobs.c.priority.desc(), jobs.c.place, jobs.c.id)


async def complete(session: Session, job_id: int, *, path: str, size: int, note: str = "") -> Job:
    """Record that a job's files are in the library, in the transaction that puts them there.

    A ``note`` says for people what is not as it should be.

    Raises:
        NotFoundError: There is no such job.
        JobStateError: It is not running.
    """
    return await end(session, job_id, path=path, size=size, message=note or None)


async def place(session: Session, job_id: int, *, path: str, size: int, note: str = "") -> Job:
    """As :func:`complete`, of a job that goes on: it is completed by :func:`end`.

    Raises:
        NotFoundError: There is no such job.
        JobStateError: It is not running.
    """
    values = {"path": path, "size": size, "message": note or None, "updated": now_utc()}
    job = await get(session, job_id)
    Step.COMPLETE.of(job.status)
    statement = update(jobs).where(jobs.c.id == job_id).values(values).returning(*jobs.c)
    [row] = await session.fetch(statement)
    return job_of(row)


async def end(session: Session, job_id: int, **values: object) -> Job:
    """Record that nothing is left to be done for a job, and count it.

    Raises:
        NotFoundError: There is no such job.
        JobStateError: It is not running.
    """
    now = now_utc()
    job = await take(session, Step.COMPLETE, job_id, now, ended=now, **values)
    took = now - (job.started or now)
    milliseconds = max(0, round(took / timedelta(milliseconds=1)))
    await count(session, now, completed=1, size=job.size, milliseconds=milliseconds)
    return job


async def complete_release(session: Session, release: str, *, path: str, size: int) -> None:
    """Record that a release's files are in the library, if its job does not know yet.

    For when the journal says so and the index did not: after a crash, or after the database failed
    for a while. So whatever was said of the job since is wrong.
    """
    now = now_utc()
    done = {"status": JobStatus.COMPLETED.value, "ended": now}
    if await _arrived(session, release, now, path, size, done):
        await count(session, now, completed=1, size=size)


async def place_release(session: Session, release: str, *, path: str, size: int) -> None:
    """As :func:`complete_release`, where something is left to be done for jobs then.

    Who had failed meanwhile is queued again.
    """
    failed, queued = JobStatus.FAILED.value, JobStatus.QUEUED.value
    goes_on = case((jobs.c.status == failed, queued), else_=jobs.c.status)
    left = {"status": goes_on, "ended": None}
    await _arrived(session, release, now_utc(), path, size, left)


async def note_release(session: Session, release: str, note: str) -> None:
    """Say for people, with the job that a release came by, what is not as it should be."""
    statement = update(jobs).where(jobs.c.release == release, stands({JobStatus.COMPLETED}))
    await session.fetch(statement.values(message=note or None))


async def _arrived(
    session: Session, release: str, now: datetime, path: str, size: int, more: Mapping[str, object]
) -> bool:
    statement = (
        update(jobs)
        .where(jobs.c.release == release, jobs.c.status != JobStatus.COMPLETED.value)
        .values(updated=now, path=path, size=size, due=None, reason=None, message=None, **more)
        .returning(jobs.c.id)
    )
    return bool(await session.fetch(statement))


async def get(session: Session, job_id: int) -> Job:
    rows = await session.fetch(select(jobs).where(jobs.c.id == job_id).with_for_update())
    if not rows:
        raise no_job(job_id)
    return job_of(rows[0])


async def take(session: Session, step: Step, job_id: int, now: datetime, **values: object) -> Job:
    statement = step_of(step, now, **values).where(jobs.c.id == job_id)
    rows = await session.fetch(statement.returning(*jobs.c))
    if rows:
        return job_of(rows[0])
    job = await get(session, job_id)
    raise JobStateError(job.status, STEPS[step].end)


def step_of(step: Step, now: datetime, **values: object) -> Update:
    """Take a step with all jobs that can; what it moves is narrowed down by who calls."""
    way = STEPS[step]
    return update(jobs).where(stands(way.start)).values(status=way.end.value, updated=now, **values)


def stands(statuses: Collection[JobStatus]) -> ColumnElement[bool]:
    return jobs.c.status.in_(sorted(status.value for status in statuses))


def last(priority: Priority) -> ScalarSelect[int]:
    """The place behind all others of the queue that have a priority."""
    others = jobs.alias()
    place = select(func.coalesce(func.max(others.c.place), 0) + GAP).where(
        others.c.status.in_(sorted(status.value for status in OPEN)),
        others.c.priority == priority.value,
    )
    return place.scalar_subquery()


def lasting(now: datetime) -> ColumnElement[bool]:
    return or_(queue_state.c.until.is_(None), queue_state.c.until > now)


def paused_at(now: datetime) -> ColumnElement[bool]:
    return select(queue_state.c.id).where(PAUSED, lasting(now)).exists()


def now_utc() -> datetime:
    return datetime.now(UTC)


def no_job(job_id: int) -> NotFoundError:
    return NotFoundError(f"there is no job {job_id}")


def job_of(row: Row[*tuple[Any, ...]]) -> Job:
    values = dict(row._mapping)  # noqa: SLF001 - the documented name
    values |= {"status": JobStatus(values["status"]), "priority": Priority(values["priority"])}
    return Job(**values)
