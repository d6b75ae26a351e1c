"""Jobs in memory, as the repository keeps them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from altmount.errors import NotFoundError
from altmount.jobs import Job, JobStatus


class FakeJobs:
    """Each call takes a step of the loop before it is done and one after; ``errors`` are raised
    first. A call that is cancelled in its second step was done, as with a real database."""

    def __init__(self, pause):
        self.rows = {}
        self.errors = {}
        self.claims = 0
        self._pause = pause

    async def add(self, release, name, category):
        await self._step("add")
        number = len(self.rows) + 1
        job = Job(number, release, name, category, JobStatus.QUEUED, datetime.now(UTC))
        self.rows[number] = job
        await self._pause()
        return job

    async def claim(self):
        self.claims += 1
        await self._step("claim")
        for job in self.rows.values():
            if job.status is JobStatus.QUEUED:
                return await self._move(job.id, JobStatus.RUNNING)
        return None

    async def complete(self, job_id, *, path, size):
        await self._step("complete")
        return await self._move(job_id, JobStatus.COMPLETED, path=path, size=size)

    async def fail(self, job_id, *, reason, message):
        await self._step("fail")
        return await self._move(job_id, JobStatus.FAILED, reason=reason, message=message)

    async def get(self, job_id):
        await self._step("get")
        return self.rows[job_id]

    async def requeue(self, job_id):
        await self._step("requeue")
        return await self._move(job_id, JobStatus.QUEUED)

    async def requeue_running(self, job_id):
        await self._step("requeue_running")
        if self.rows[job_id].status is JobStatus.COMPLETED:
            return self.rows[job_id]
        return await self._move(job_id, JobStatus.QUEUED)

    async def recover(self):
        await self._step("recover")
        running = [job for job in self.rows.values() if job.status is JobStatus.RUNNING]
        for job in running:
            await self._move(job.id, JobStatus.QUEUED)
        return len(running)

    @property
    def statuses(self):
        return [job.status.value for job in self.rows.values()]

    async def _step(self, name):
        await self._pause()
        if self.errors.get(name):
            raise self.errors[name].pop(0)

    async def _move(self, job_id, status, **values):
        if job_id not in self.rows:
            raise NotFoundError(f"there is no job {job_id}")
        job = self.rows[job_id]
        self.rows[job_id] = replace(job, status=job.status.to(status), **values)
        await self._pause()
        return self.rows[job_id]
