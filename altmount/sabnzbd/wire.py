"""How jobs look to clients of SABnzbd 4.5: most numbers are strings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from altmount.jobs import Job, JobStatus

VERSION = "4.5.0"
"""The version of SABnzbd whose answers these are."""

ANY_CATEGORY = "*"
"""What SABnzbd calls no category."""

_PREFIX = "SABnzbd_nzo_"
_RELEASE_DIGITS = 32
_QUEUE_STATUS = {JobStatus.QUEUED: "Queued", JobStatus.RUNNING: "Downloading"}
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where clients find what was imported."""

    mount: str
    """The folder of theirs that the library is mounted at, without a last slash; may be empty."""

    complete: str
    """The library's folder of all imports, with a slash first."""

    shown: Callable[[str], str] = str
    """How a path of the library is written below the mount."""

    @property
    def complete_dir(self) -> str:
        """The folder of all imports as clients see it."""
        return self.path(self.complete)

    def path(self, path: str | None) -> str:
        """A path of the library as clients see it; of none the folder of all imports."""
        return self.mount + self.shown(path if path is not None else self.complete) or "/"


def nzo_id(job: Job) -> str:
    """What a job is called for as long as it is known."""
    return f"{_PREFIX}{job.release}"


def release_of(text: str) -> str | None:
    """The release that an ``nzo_id`` names, or None if it can be none of ours."""
    release = text.strip().removeprefix(_PREFIX)
    digits = len(release) == _RELEASE_DIGITS and set(release) <= set("0123456789abcdef")
    return release if digits else None


def releases_of(text: str) -> list[str]:
    """The releases named by ``nzo_id`` with commas between them; what can be none is left out."""
    return [release for part in text.split(",") if (release := release_of(part)) is not None]


def failure(said: str) -> dict[str, Any]:
    """What did not work."""
    return {"status": False, "error": said}


def queue(jobs: Sequence[Job], total: int, *, start: int, limit: int) -> dict[str, Any]:
    """A page of what waits and what is worked on.

    How large a job is stands fixed only when it is completed; until then sizes are 0.
    """
    busy = any(job.status is JobStatus.RUNNING for job in jobs)
    slots = [_queue_slot(job, start + index) for index, job in enumerate(jobs)]
    return {
        "status": True,
        "queue": {
            "version": VERSION,
            "status": "Downloading" if busy else "Idle",
            "paused": False,
            "paused_all": False,
            "pause_int": "0",
            "noofslots": total,
            "noofslots_total": total,
            "start": start,
            "limit": limit,
            "speed": "0",
            "kbpersec": "0.00",
            "size": "0 B",
            "sizeleft": "0 B",
            "mb": "0.00",
            "mbleft": "0.00",
            "timeleft": "0:00:00",
            "slots": slots,
        },
    }


def history(jobs: Sequence[Job], total: int, *, start: int, place: Place) -> dict[str, Any]:
    """A page of what came to an end."""
    ended = [job.ended for job in jobs if job.ended is not None]
    return {
        "history": {
            "version": VERSION,
            "noofslots": total,
            "ppslots": 0,
            "last_history_update": int(max(ended).timestamp()) if ended else 0,
            "total_size": size_text(sum(job.size for job in jobs)),
            "slots": [_history_slot(job, start + index, place) for index, job in enumerate(jobs)],
        }
    }


def config(categories: Iterable[tuple[str, str]], place: Place) -> dict[str, Any]:
    """The part of the settings that clients read.

    Args:
        categories: Name and folder of each, the folder relative to that of all imports.
        place: Where that is.
    """
    listed = [(ANY_CATEGORY, ""), *categories]
    return {
        "status": True,
        "version": VERSION,
        "config": {
            "misc": {
                "complete_dir": place.complete_dir,
                "pre_check": 0,
                "history_retention": "",
                "history_retention_option": "all",
                "history_retention_number": 1,
                "enable_tv_sorting": 0,
                "enable_movie_sorting": 0,
                "enable_date_sorting": 0,
            },
            "categories": [
                {
                    "name": name,
                    "order": order,
                    "pp": "3",
                    "script": "None",
                    "dir": folder,
                    "newzbin": "",
                    "priority": 0,
                }
                for order, (name, folder) in enumerate(listed)
            ],
            "servers": [],
        },
    }


def status(place: Place) -> dict[str, Any]:
    """How the program stands; clients read the folder out of it."""
    return {
        "status": {
            "version": VERSION,
            "paused": False,
            "completedir": place.complete_dir,
        }
    }


def size_text(size: int) -> str:
    """Bytes as people read them, in units of 1024."""
    number = float(size)
    for unit in _UNITS:
        if number < 1024 or unit == _UNITS[-1]:  # noqa: PLR2004 - the units are of 1024
            break
        number /= 1024
    return f"{size} B" if size < 1024 else f"{number:.1f} {unit}"  # noqa: PLR2004 - as above


def _queue_slot(job: Job, index: int) -> dict[str, Any]:
    return {
        "index": index,
        "nzo_id": nzo_id(job),
        "filename": job.name,
        "cat": job.category or ANY_CATEGORY,
        "category": job.category or ANY_CATEGORY,
        "priority": "Normal",
        "status": _QUEUE_STATUS[job.status],
        "percentage": "0",
        "timeleft": "0:00:00",
        "eta": "unknown",
        "size": size_text(job.size),
        "sizeleft": size_text(job.size),
        "mb": f"{job.size / _MB:.2f}",
        "mbleft": f"{job.size / _MB:.2f}",
        "labels": [],
        "script": "None",
        "unpackopts": "3",
        "time_added": int(job.created.timestamp()),
    }


def _history_slot(job: Job, index: int, place: Place) -> dict[str, Any]:
    failed = job.status is JobStatus.FAILED
    said = (job.message or job.reason or "") if failed else ""
    storage = place.path(job.path)
    seconds = int((job.ended - job.started).total_seconds()) if job.ended and job.started else 0
    return {
        "index": index,
        "nzo_id": nzo_id(job),
        "name": job.name,
        "nzb_name": f"{job.name}.nzb",
        "category": job.category or ANY_CATEGORY,
        "cat": job.category or ANY_CATEGORY,
        "status": "Failed" if failed else "Completed",
        "storage": storage,
        "path": storage,
        "bytes": job.size,
        "downloaded": job.size,
        "size": size_text(job.size),
        "completed": int(job.ended.timestamp()) if job.ended else 0,
        "completetime": int(job.ended.timestamp()) if job.ended else 0,
        "download_time": seconds,
        "postproc_time": 0,
        "fail_message": said,
        "action_line": f"Failed: {said}" if said else "Failed" if failed else "Finished",
        "retry": int(failed),
        "loaded": True,
        "pp": "3",
        "script": "None",
        "script_log": "",
        "script_line": "",
        "report": "",
        "url": "",
        "url_info": "",
        "meta": [],
        "stage_log": [],
        "duplicate_key": job.name,
        "md5sum": "",
        "password": "",
        "series": "",
    }
