"""Jobs in the database whose NZBs are yet to be fetched from a URL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from altmount.db.database import Database
from altmount.db.jobrows import IN_TURN, job_of, now_utc, stands
from altmount.db.schema import jobs
from altmount.jobs import WAITING, Job, JobStatus


class UrlRepository:
    """Every way the program reads or changes what is to be fetched."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def to_fetch(self, limit: int) -> Sequence[Job]:
        """The queued jobs whose NZBs are yet to be fetched, as it is their turn."""
        statement = select(jobs).where(stands({JobStatus.QUEUED}), jobs.c.url.is_not(None))
        rows = await self._database.fetch(statement.order_by(*IN_TURN).limit(limit))
        return [job_of(row) for row in rows]

    async def waiting_for(self, url: str) -> Job | None:
        """The newest job that waits for its NZB from there; None if there is none."""
        statement = select(jobs).where(jobs.c.url == url, stands(WAITING))
        rows = await self._database.fetch(statement.order_by(jobs.c.id.desc()).limit(1))
        return job_of(rows[0]) if rows else None

    async def fetched(self, job_id: int, *, name: str, digest: str, nzb_bytes: int) -> Job | None:
        """Have a job be claimed from now on, since its NZB is there.

        Args:
            job_id: Which.
            name: What it is called, unless it has a name of its own.
            digest: What the NZB's contents are known by.
            nzb_bytes: Bytes of the NZB, unpacked.

        Returns:
            The job; None if nobody waits for its NZB any more.
        """
        mine = update(jobs).where(jobs.c.id == job_id, jobs.c.url.is_not(None), stands(WAITING))
        values = {"url": None, "digest": digest, "nzb_bytes": nzb_bytes, "updated": now_utc()}
        async with self._database.transaction() as session:
            await session.fetch(mine.where(~jobs.c.named).values(name=name, named=True))
            rows = await session.fetch(mine.values(values).returning(*jobs.c))
        return job_of(rows[0]) if rows else None
