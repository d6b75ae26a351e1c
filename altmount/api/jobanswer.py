"""What a job looks like to clients of the API, and how they name one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NotRequired

from aiohttp import web
from typing_extensions import TypedDict

from altmount.errors import ObstacleError
from altmount.importer.progress import Progress
from altmount.importer.worker import DELAYS
from altmount.jobs import Job, JobStatus, Priority

ONE = "{id:[0-9]{1,9}}"
"""The number of a job, in a path."""

# The ancestor's words for the states, which its clients compare.
WORDS = {
    JobStatus.QUEUED: "pending",
    JobStatus.RUNNING: "processing",
    JobStatus.COMPLETED: "completed",
    JobStatus.FAILED: "failed",
    JobStatus.PAUSED: "paused",
}
STATUSES = {word: status for status, word in WORDS.items()}


class JobAnswer(TypedDict):
    """A job as the ancestor's clients know it."""

    id: int
    nzb_path: str
    nzb_display_name: str
    target_path: str
    category: str | None
    priority: int
    status: str
    created_at: str
    updated_at: str
    started_at: str | None
    completed_at: str | None
    retry_count: int
    max_retries: int
    error_code: str | None
    error_message: str
    note: str
    batch_id: None
    metadata: None
    file_size: int
    storage_path: str | None
    percentage: NotRequired[int]
    stage: NotRequired[str]


Tracker = Callable[[int], Progress | None]
"""Says how far the job of a number is; None if it is not being imported."""


def as_json(job: Job, progress: Progress | None = None) -> JobAnswer:
    """A job as the ancestor's clients know it, with how far it is if it is being imported."""
    nzb = f"{job.name}.nzb"
    said: JobAnswer = {
        "id": job.id,
        "nzb_path": nzb,
        "nzb_display_name": nzb,
        "target_path": job.name,
        "category": job.category,
        "priority": number_of(job.priority),
        "status": WORDS[job.status],
        "created_at": job.created.isoformat(),
        "updated_at": (job.updated or job.created).isoformat(),
        "started_at": job.started.isoformat() if job.started else None,
        "completed_at": job.ended.isoformat() if job.ended else None,
        "retry_count": job.attempts,
        "max_retries": len(DELAYS),
        "error_code": job.reason,
        "error_message": (job.message or "") if job.status is not JobStatus.COMPLETED else "",
        "note": (job.message or "") if job.status is JobStatus.COMPLETED else "",
        "batch_id": None,
        "metadata": None,
        "file_size": job.size,
        "storage_path": job.path,
    }
    if progress is not None and job.status is JobStatus.RUNNING:
        said["percentage"], said["stage"] = progress.percentage, progress.stage.words
    return said


def all_as_json(jobs: Sequence[Job], progress: Tracker) -> list[JobAnswer]:
    return [as_json(job, progress(job.id)) for job in jobs]


def job_in(request: web.Request) -> int:
    """The number in the path of a request about one job."""
    return int(request.match_info["id"])


def is_running(job: Job) -> ObstacleError:
    """The error that nothing is done to a job while it is being imported."""
    return ObstacleError(f"job {job.id} is being imported; cancel it first")


def number_of(priority: Priority) -> int:
    """The ancestor's number of a priority: 1 is high, 2 normal, 3 low; and 0 before all others."""
    return Priority.HIGH.value + 1 - priority.value


def priority_of(number: int) -> Priority:
    """The priority that has a number of the ancestor's, which is from 0 to 3."""
    return Priority(Priority.HIGH.value + 1 - number)
