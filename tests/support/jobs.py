"""Jobs in memory, as the repositories keep them, and the queue over them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from altmount.errors import NotFoundError
from altmount.importer.categories import Categories, Category
from altmount.importer.queue import ImportQueue
from altmount.importer.running import Running
from altmount.jobs import STEPS, Job, JobStateError, JobStatus, Priority, Step


class FakeJobs:
    """Each call takes a step of the loop before it is done and one after; ``errors`` are raised
    first. A call that is cancelled in its second step was done, as with a real database."""

    def __init__(self, pause):
        self.rows = {}
        self.errors = {}
        self.claims = 0
        self.now = 0.0
        self.paused = False
        self._pause = pause
        self._numbers = 0

    async def add(
        self, release, name, category, *, priority=Priority.NORMAL, paused=False, **values
    ):
        await self._step("add")
        self._numbers += 1
        status = JobStatus.PAUSED if paused else JobStatus.QUEUED
        now = datetime.now(UTC)
        job = Job(self._numbers, release, name, category, status, now, priority=priority, **values)
        self.rows[job.id] = job
        await self._pause()
        return job

    async def claim(self, room=None):
        self.claims += 1
        await self._step("claim")
        queued = [
            job
            for job in self.rows.values()
            if job.status is JobStatus.QUEUED
            and (job.due is None or job.due <= self._at(self.now))
            and (job.priority is Priority.FORCE or not self.paused)
        ]
        if not queued:
            return None
        job = min(queued, key=lambda job: (-job.priority, job.id))
        if room is not None and job.nzb_bytes > room:
            return None
        return await self._take(Step.CLAIM, job.id)

    async def patience(self):
        await self._step("patience")
        dues = [job.due for job in self.rows.values() if job.status is JobStatus.QUEUED and job.due]
        return (min(dues) - self._at(self.now)).total_seconds() if dues else None

    async def complete(self, job_id, *, path, size):
        await self._step("complete")
        return await self._take(Step.COMPLETE, job_id, path=path, size=size)

    async def fail(self, job_id, *, reason, message):
        await self._step("fail")
        return await self._take(Step.FAIL, job_id, reason=reason, message=message)

    async def postpone(self, job_id, seconds, *, message):
        await self._step("postpone")
        attempts = self.rows[job_id].attempts + 1 if job_id in self.rows else 0
        due = self._at(self.now + seconds)
        return await self._take(Step.GIVE_BACK, job_id, due=due, attempts=attempts, message=message)

    async def get(self, job_id):
        await self._step("get")
        return self._row(job_id)

    async def like(self, name, category, digest, statuses, *, but=None):
        await self._step("like")
        alike = [
            job
            for job in self.rows.values()
            if job.status in statuses
            and job.id != but
            and (
                job.digest == digest
                or (job.name.lower() == name.lower() and job.category == category)
            )
        ]
        return alike[-1] if alike else None

    async def change(self, job_ids, change):
        await self._step("change")
        given = {
            name: value
            for name in ("name", "category", "priority", "digest", "nzb_bytes")
            if (value := getattr(change, name)) is not None
        }
        changed = []
        for job_id in job_ids:
            job = self.rows.get(job_id)
            if job is not None and job.status in {JobStatus.QUEUED, JobStatus.PAUSED}:
                self.rows[job_id] = replace(job, **given)
                changed.append(self.rows[job_id])
        return changed

    async def retry(self, job_ids):
        await self._step("retry")
        return await self._take_all(Step.RETRY, job_ids, reason=None, message=None, due=None)

    async def requeue_running(self, job_id):
        await self._step("requeue_running")
        if self._row(job_id).status is JobStatus.COMPLETED:
            return self.rows[job_id]
        return await self._take(Step.GIVE_BACK, job_id)

    async def recover(self):
        await self._step("recover")
        running = [job.id for job in self.rows.values() if job.status is JobStatus.RUNNING]
        return len(await self._take_all(Step.GIVE_BACK, running))

    async def remove(self, statuses, releases):
        await self._step("remove")
        gone = [
            job
            for job in self.rows.values()
            if job.status in statuses and (releases is None or job.release in releases)
        ]
        for job in gone:
            del self.rows[job.id]
        return gone

    async def move_on(self, step, job_id):
        """Have somebody else take a step with a job."""
        return await self._take(step, job_id)

    @property
    def statuses(self):
        return [job.status.value for job in self.rows.values()]

    async def _step(self, name):
        await self._pause()
        if self.errors.get(name):
            raise self.errors[name].pop(0)

    def _at(self, seconds):
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)

    def _row(self, job_id):
        if job_id not in self.rows:
            raise NotFoundError(f"there is no job {job_id}")
        return self.rows[job_id]

    async def _take_all(self, step, job_ids, **values):
        able = [one for one in job_ids if self.rows[one].status in STEPS[step].start]
        return [await self._take(step, one, **values) for one in able]

    async def _take(self, step, job_id, **values):
        job = self._row(job_id)
        if job.status not in STEPS[step].start:
            raise JobStateError(job.status, STEPS[step].end)
        self.rows[job_id] = replace(job, status=STEPS[step].end, **values)
        await self._pause()
        return self.rows[job_id]


class Withdrawn(list):
    """The releases of which what was left on the disk was taken back."""

    async def __call__(self, release):
        self.append(release)


def categories_of(names):
    """Categories that are called as their folders."""
    return Categories([Category(name, name) for name in names])


def import_queue(jobs, store, categories=(), *, changes=None, running=None, **how):
    """A queue over jobs in memory, or over others and what changes those."""
    how.setdefault("withdraw", Withdrawn())
    return ImportQueue(
        jobs,
        changes or jobs,
        store,
        running or Running(),
        categories=categories_of(categories),
        **how,
    )
