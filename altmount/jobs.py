"""Jobs: NZBs on their way in."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from altmount.errors import PermanentError


class JobStateError(PermanentError):
    """A job cannot go there from where it is."""

    def __init__(self, now: JobStatus, then: JobStatus) -> None:
        super().__init__(f"a job that is {now} cannot become {then}")


class JobStatus(enum.StrEnum):
    """Where a job stands."""

    QUEUED = "queued"  #: Waits for a worker.
    RUNNING = "running"  #: A worker has it.
    COMPLETED = "completed"  #: Its files are in the library.
    FAILED = "failed"  #: It was refused; it is not tried again unless someone asks.

    def to(self, status: JobStatus) -> JobStatus:
        """Go to another state.

        Raises:
            JobStateError: There is no way there from here.
        """
        if status not in _NEXT[self]:
            raise JobStateError(self, status)
        return status


_NEXT: Mapping[JobStatus, frozenset[JobStatus]] = {
    JobStatus.QUEUED: frozenset({JobStatus.RUNNING}),
    JobStatus.RUNNING: frozenset({JobStatus.QUEUED, JobStatus.COMPLETED, JobStatus.FAILED}),
    JobStatus.COMPLETED: frozenset(),
    JobStatus.FAILED: frozenset({JobStatus.QUEUED}),
}


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
    """The refusal, for people; of a completed job what is not as it should be, if anything."""
