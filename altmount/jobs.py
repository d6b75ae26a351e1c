"""Jobs: NZBs on their way in."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from altmount.errors import PermanentError


class JobStateError(PermanentError):
    """A job cannot go there from where it is."""

    def __init__(self, now: JobStatus, then: JobStatus) -> None:
        super().__init__(f"a job that is {now} cannot become {then}")


class JobStatus(enum.StrEnum):
    """Where a job stands."""

    QUEUED = "queued"  #: Waits for a worker, perhaps until a time has come.
    PAUSED = "paused"  #: Waits until someone lets it go on.
    RUNNING = "running"  #: A worker has it.
    COMPLETED = "completed"  #: Its files are in the library.
    FAILED = "failed"  #: It was refused or cancelled; it is not tried again unless someone asks.


OPEN = frozenset({JobStatus.QUEUED, JobStatus.PAUSED, JobStatus.RUNNING})
"""Where a job stands that is in the queue."""

WAITING = frozenset({JobStatus.QUEUED, JobStatus.PAUSED})
"""Where a job stands in the queue that nobody works on."""

ENDED = frozenset(JobStatus) - OPEN
"""Where a job stands that is history."""


class Step(enum.StrEnum):
    """What can be done with a job. :data:`STEPS` says from where and to where."""

    CLAIM = "claim"  #: A worker takes it.
    GIVE_BACK = "give back"  #: The worker leaves off, and it waits again.
    COMPLETE = "complete"  #: Its files come into the library.
    FAIL = "fail"  #: It is refused.
    CANCEL = "cancel"  #: Someone does not want it any more.
    PAUSE = "pause"  #: Someone wants it later.
    RESUME = "resume"  #: Someone wants it now, after all.
    RETRY = "retry"  #: Someone wants it imported once more, or without waiting for its time.

    def of(self, status: JobStatus) -> JobStatus:
        """Where a job goes by it from where it stands.

        Raises:
            JobStateError: There is no such way from there.
        """
        way = STEPS[self]
        if status not in way.start:
            raise JobStateError(status, way.end)
        return way.end


@dataclass(frozen=True, slots=True)
class Way:
    """From where to where a step leads."""

    start: frozenset[JobStatus]
    end: JobStatus


def _way(end: JobStatus, *start: JobStatus) -> Way:
    return Way(frozenset(start), end)


STEPS: Mapping[Step, Way] = {
    Step.CLAIM: _way(JobStatus.RUNNING, JobStatus.QUEUED),
    Step.GIVE_BACK: _way(JobStatus.QUEUED, JobStatus.RUNNING),
    Step.COMPLETE: _way(JobStatus.COMPLETED, JobStatus.RUNNING),
    Step.FAIL: _way(JobStatus.FAILED, JobStatus.RUNNING),
    Step.CANCEL: _way(JobStatus.FAILED, *OPEN),
    Step.PAUSE: _way(JobStatus.PAUSED, JobStatus.QUEUED, JobStatus.RUNNING),
    Step.RESUME: _way(JobStatus.QUEUED, JobStatus.PAUSED),
    Step.RETRY: _way(JobStatus.QUEUED, *ENDED, *WAITING),
}
"""All the ways there are."""


class Priority(enum.IntEnum):
    """Which jobs come first; the numbers are SABnzbd's."""

    LOW = -1
    NORMAL = 0
    HIGH = 1
    FORCE = 2  #: Before all others, and even while the queue is paused.


@dataclass(frozen=True, slots=True)
class Job:
    """An NZB that was handed in, and what became of it."""

    id: int
    release: str
    """Names the release for good: its kept NZB and its sidecar. 32 hex digits."""

    name: str
    """What the user sees: the NZB's file name without ``.nzb``."""

    category: str | None
    status: JobStatus
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None
    size: int = 0
    """Bytes of the files it brought, 0 until it is completed."""

    path: str | None = None
    """The folder in the library that its files are in, once completed."""

    reason: str | None = None
    """The code of the refusal, for programs."""

    message: str | None = None
    """The refusal, for people; of a completed job what is not as it should be, if anything; of
    one that is to be tried again why that is."""

    priority: Priority = Priority.NORMAL
    place: int = 0
    """Its turn among those of its priority: the lowest comes first."""

    digest: str | None = None
    """What the NZB's contents are known by."""

    nzb_bytes: int = 0
    """Bytes of the NZB, unpacked."""

    due: datetime | None = None
    """Before when it is not tried again; ``None`` for at once."""

    attempts: int = 0
    """How often it was tried in vain since someone asked for it."""

    updated: datetime | None = None
    """When anything of this changed last; ``None`` if it never did."""

    url: str | None = field(default=None, repr=False)
    """Where its NZB is yet to be fetched from; ``None`` once that is there. It may have a key in
    it."""

    named: bool = True
    """Whether it keeps its name, whatever its NZB turns out to be called."""

    @property
    def lacks_nzb(self) -> bool:
        """Whether it is its turn to have its NZB fetched."""
        return self.url is not None and self.status is JobStatus.QUEUED
