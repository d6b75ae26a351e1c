"""Jobs as clients see them, in the queue and in the history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from altmount.jobs import Job, JobStatus, Priority
from altmount.sabnzbd.quantities import duration, megabytes, units

ANY_CATEGORY = "*"
"""What SABnzbd calls no category."""

GRABBING = "Grabbing"
"""The status of a job whose NZB is yet to be fetched."""

STATUS: Mapping[JobStatus, str] = {
    JobStatus.QUEUED: "Queued",
    JobStatus.PAUSED: "Paused",
    JobStatus.RUNNING: "Downloading",
    JobStatus.COMPLETED: "Completed",
    JobStatus.FAILED: "Failed",
}
"""SABnzbd's words. Clients know no others, and some break off at one that they do not know."""

PRIORITY: Mapping[Priority, str] = {
    Priority.FORCE: "Force",
    Priority.HIGH: "High",
    Priority.NORMAL: "Normal",
    Priority.LOW: "Low",
}

_PREFIX = "SABnzbd_nzo_"
_RELEASE_DIGITS = 32
_HALF = 50
_WHOLE = 100


def nzo_id(job: Job) -> str:
    """What a job is called for as long as it is known."""
    return f"{_PREFIX}{job.release}"


def release_of(text: str) -> str | None:
    """The release that an ``nzo_id`` names, or None if it can be none of ours."""
    release = text.removeprefix(_PREFIX)
    digits = len(release) == _RELEASE_DIGITS and set(release) <= set("0123456789abcdef")
    return release if digits else None


def status_of(job: Job) -> str:
    """Where a job stands."""
    if job.lacks_nzb:
        return GRABBING
    return STATUS[job.status]


def queue_slot(job: Job, index: int, done: float | None, now: datetime) -> dict[str, Any]:
    """A job of the queue.

    How large it is stands fixed only when it is completed; until then sizes are 0.

    Args:
        job: Which.
        index: Its place in the list.
        done: How much of it is done, from 0 to 1, if that is known.
        now: What time it is.
    """
    percentage = _percentage(job, done)
    left = _left(job, percentage, now)
    remaining = job.size * (_WHOLE - percentage) // _WHOLE
    category = job.category or ANY_CATEGORY
    return {
        "index": index,
        "nzo_id": nzo_id(job),
        "unpackopts": "3",
        "priority": PRIORITY[job.priority],
        "script": "None",
        "filename": job.name,
        "labels": [],
        "password": "",
        "cat": category,
        "category": category,
        "mbleft": megabytes(remaining),
        "mb": megabytes(job.size),
        "size": units(job.size, "B"),
        "sizeleft": units(remaining, "B"),
        "percentage": str(percentage),
        "mbmissing": "0.00",
        "direct_unpack": None,
        "status": status_of(job),
        "timeleft": duration(left.total_seconds() if left else 0),
        "eta": f"{now + left:%H:%M %a %d %b}" if left else "unknown",
        "avg_age": "-",
        "time_added": int(job.created.timestamp()),
    }


def history_slot(job: Job, index: int, storage: str) -> dict[str, Any]:
    """A job that came to an end.

    Args:
        job: Which.
        index: Its place in the list.
        storage: Where clients find what it brought.
    """
    failed = job.status is JobStatus.FAILED
    said = (job.message or job.reason or "") if failed else ""
    ended = job.ended or job.created
    seconds = int((ended - job.started).total_seconds()) if job.started else 0
    category = job.category or ANY_CATEGORY
    return {
        "index": index,
        "nzo_id": nzo_id(job),
        "name": job.name,
        "nzb_name": f"{job.name}.nzb",
        "download": job.name,
        "category": category,
        "cat": category,
        "pp": "3",
        "script": "None",
        "report": "",
        "url": "",
        "status": STATUS[job.status],
        "storage": storage,
        "path": storage,
        "script_log": "",
        "script_line": "",
        "download_time": max(seconds, 0),
        "postproc_time": 0,
        "stage_log": _stages(job, said),
        "downloaded": job.size,
        "completeness": None,
        "fail_message": said,
        "url_info": "",
        "bytes": job.size,
        "size": units(job.size, "B"),
        "meta": [],
        "series": "",
        "duplicate_key": job.name,
        "md5sum": "",
        "password": "",
        "action_line": (f"Failed: {said}" if said else "Failed") if failed else "Finished",
        "loaded": True,
        "retry": int(failed),
        "archive": False,
        "time_added": int(job.created.timestamp()),
        "completed": int(ended.timestamp()),
        "completetime": int(ended.timestamp()),
        "postproc": "",
        "nzb_avg": "",
    }


def _percentage(job: Job, done: float | None) -> int:
    if job.status is not JobStatus.RUNNING:
        return 0
    return _HALF if done is None else min(max(int(done * _WHOLE), 0), _WHOLE - 1)


def _left(job: Job, percentage: int, now: datetime) -> timedelta | None:
    if job.started is None or percentage <= 0:
        return None
    left = max(now - job.started, timedelta()) * (_WHOLE - percentage) / percentage
    return left if left >= timedelta(seconds=1) else None


def _stages(job: Job, said: str) -> list[dict[str, Any]]:
    """What is worth knowing of an import; SABnzbd's own name for the first of its stages."""
    told = said or (job.message or "")
    return [{"name": "Source", "actions": [f"{job.name}.nzb", *([told] if told else [])]}]
