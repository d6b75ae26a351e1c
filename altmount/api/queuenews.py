"""News of the queue."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from altmount.api.jobanswer import WORDS, Tracker
from altmount.db.jobs import Key
from altmount.importer.progress import Progress
from altmount.jobs import Job, JobStatus

_AT_ONCE = 200
"""More jobs than that are not told of one by one."""

_OVERLAP = timedelta(seconds=2)
"""A change may be seen so much later than one that was made after it."""

_LOOKS_AFTER = 5
"""So often it is looked for such, after a change."""

_ALL = frozenset(JobStatus)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Jobs(Protocol):
    """The jobs that are stored."""

    async def page(
        self,
        statuses: Collection[JobStatus],
        *,
        since: datetime | None = None,
        key: Key = Key.CREATED,
        descending: bool | None = None,
        limit: int = 100,
    ) -> tuple[Sequence[Job], int]: ...

    async def state(self) -> tuple[int, datetime | None]: ...


class QueueNews:
    """What becomes of jobs, whoever changes them, and how far those are that are being imported.

    Args:
        jobs: The jobs that are stored.
        progress: Says how far one is.
    """

    def __init__(self, jobs: Jobs, progress: Tracker) -> None:
        self._jobs = jobs
        self._progress = progress

    def enter(self, mark: str | None) -> QueuePlace:
        """A place at a moment, or for who comes new."""
        since = None
        if mark is not None and mark.isascii() and mark.isdigit() and len(mark) < _LONGEST_MARK:
            since = _EPOCH + int(mark) * _MICROSECOND
        return QueuePlace(self._jobs, self._progress, since)


_LONGEST_MARK = 17


class QueuePlace:
    """A listener's place in the news of the queue: the moment of the last change that it knows."""

    def __init__(self, jobs: Jobs, progress: Tracker, since: datetime | None) -> None:
        self._jobs = jobs
        self._progress = progress
        self._since = since
        self._not_before = _EPOCH
        self._known: dict[int, datetime] = {}
        """When those were changed that were changed lately, as far as that was told."""

        self._running: dict[int, Progress | None] = {}
        self._state: tuple[int, datetime | None] | None = None
        self._looks = _LOOKS_AFTER
        self._highest = 0
        """The highest number that was seen of a job."""

    @property
    def mark(self) -> str:
        return str(((self._since or _EPOCH) - _EPOCH) // _MICROSECOND)

    async def look(self) -> Sequence[Mapping[str, Any]]:
        """What is new; at first how far those are that are being imported."""
        if self._since is None:
            return [await self._begin()]
        return await self._more(self._since)

    async def _begin(self) -> Mapping[str, Any]:
        self._since = await self._newest()
        await self._changes(self._since)
        running, _ = await self._jobs.page({JobStatus.RUNNING}, limit=_AT_ONCE)
        self._running = {job.id: self._progress(job.id) for job in running}
        shown = {
            str(job_id): {"percentage": progress.percentage, "stage": progress.stage.words}
            for job_id, progress in self._running.items()
            if progress is not None
        }
        await self._count()
        return {"type": "initial", "data": shown}

    async def _more(self, since: datetime) -> Sequence[Mapping[str, Any]]:
        before = self._state
        if before is None:
            await self._count()
        else:
            self._state = await self._jobs.state()
            self._looks = 0 if self._state != before else self._looks + 1
        new: Sequence[Job] | None = ()
        if self._looks <= _LOOKS_AFTER:
            new = await self._changes(since)
        if new is None:
            await self._count()
            return [_told(0, "queue_changed")]
        events = [self._event(job) for job in new]
        for job in new:
            if job.status is JobStatus.RUNNING:
                self._running[job.id] = self._progress(job.id)
            else:
                self._running.pop(job.id, None)
        events += self._advances(new)
        if self._some_are_gone(before, new):
            events.append(_told(0, "queue_changed"))
        return events

    async def _count(self) -> None:
        """Take down how many jobs there are, to see later that some are gone."""
        self._state = await self._jobs.state()
        newest, _ = await self._jobs.page(_ALL, limit=1)
        self._highest = newest[0].id if newest else 0
        self._looks = 0

    async def _changes(self, since: datetime) -> Sequence[Job] | None:
        """The jobs that were changed and are not known to be, or None if they are too many."""
        begin = max(since - _OVERLAP, self._not_before)
        found, _ = await self._jobs.page(
            _ALL, since=begin, key=Key.UPDATED, descending=False, limit=_AT_ONCE
        )
        if len(found) == _AT_ONCE:
            self._since = await self._newest()
            self._not_before, self._known = self._since + _MICROSECOND, {}
            return None
        new = [job for job in found if self._known.get(job.id) != _changed(job)]
        self._known = {job.id: _changed(job) for job in found}
        self._since = max([since, *self._known.values()])
        return new

    async def _newest(self) -> datetime:
        found, _ = await self._jobs.page(_ALL, key=Key.UPDATED, limit=1)
        return _changed(found[0]) if found else _EPOCH

    def _advances(self, new: Sequence[Job]) -> list[Mapping[str, Any]]:
        """What is told of those that are further than they were."""
        told = {job.id for job in new}
        events = []
        for job_id, before in self._running.items():
            now = self._progress(job_id)
            if now is not None and now != before and job_id not in told:
                self._running[job_id] = now
                events.append(_told(job_id, WORDS[JobStatus.RUNNING], now))
        return events

    def _some_are_gone(
        self, before: tuple[int, datetime | None] | None, new: Sequence[Job]
    ) -> bool:
        """Whether there are fewer jobs than there were, but for those that came."""
        added = sum(job.id > self._highest for job in new)
        self._highest = max([self._highest, *(job.id for job in new)])
        return before is not None and self._state is not None and self._state[0] < before[0] + added

    def _event(self, job: Job) -> Mapping[str, Any]:
        return _told(job.id, WORDS[job.status], self._progress(job.id), job.path)


def _changed(job: Job) -> datetime:
    return job.updated or job.created


def _told(
    job_id: int, status: str, progress: Progress | None = None, path: str | None = None
) -> Mapping[str, Any]:
    """News of a job, as the ancestor's clients know them."""
    data = {
        "queue_id": job_id,
        "percentage": progress.percentage if progress else 0,
        "stage": progress.stage.words if progress else "",
        "status": status,
        "storage_path": path or "",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }
    return {"type": "update", "data": data}
