"""NZBs on the server's disk, handed in; and what came in so far."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from altmount.aio.uninterrupted import uninterrupted
from altmount.aio.whole import whole
from altmount.auth.caller import Access
from altmount.errors import InvalidRequestError
from altmount.importer.localfiles import LocalFiles
from altmount.importer.scan import Progress
from altmount.importer.watch import ENDINGS, category_of
from altmount.jobs import Job, JobStatus
from altmount.web.answers import Message, answer, page
from altmount.web.route import Route

_LONGEST_PATH = 4096
_MOST_LISTED = 1000


class FileBody(BaseModel):
    """Which NZB is meant."""

    file_path: str = Field(min_length=1, max_length=_LONGEST_PATH)
    """Absolute, and in a folder that the settings list."""

    category: str | None = Field(default=None, max_length=_LONGEST_PATH)
    """If it is not given, that whose folder the file lies in."""


class ScanBody(BaseModel):
    """Which folder is meant."""

    path: str = Field(min_length=1, max_length=_LONGEST_PATH)
    """Absolute, and in a folder that the settings list."""


class PastQuery(BaseModel):
    """Which imports are wanted."""

    limit: int = Field(default=50, ge=1, le=_MOST_LISTED)
    offset: int = Field(default=0, ge=0, le=10**9)


class QueuedAnswer(TypedDict):
    """The job of an NZB."""

    queue_id: int
    message: str


class ScanAnswer(TypedDict):
    """How far a scan has come."""

    status: str
    path: str
    start_time: str | None
    files_found: int
    files_added: int
    files_skipped: int
    files_failed: int
    current_file: str
    last_error: str


class PastAnswer(TypedDict):
    """An import that was completed."""

    id: int
    nzb_id: int
    nzb_name: str
    file_name: str
    file_size: int
    virtual_path: str
    category: str
    completed_at: str


class Queue(Protocol):
    """Where NZBs are handed in, and jobs forgotten."""

    async def add(self, data: bytes, name: str, category: str | None = None) -> Job: ...

    async def remove(
        self, statuses: Collection[JobStatus], releases: Sequence[str] | None
    ) -> Sequence[Job]: ...


class Jobs(Protocol):
    """The jobs that are stored."""

    async def page(
        self, statuses: Collection[JobStatus], *, start: int = 0, limit: int = 100
    ) -> tuple[Sequence[Job], int]: ...


class Scans(Protocol):
    """Hands in folders."""

    @property
    def progress(self) -> Progress: ...

    async def start(self, name: str) -> Progress: ...

    def cancel(self) -> Progress: ...


class ImportsApi:
    """The handlers of ``<prefix>/import``.

    Args:
        prefix: Of the API.
        queue: Takes NZBs.
        jobs: The jobs that are stored.
        files: What may be named by its path.
        scan: Hands in folders.
        categories: The folder of each category, by its name.
    """

    def __init__(
        self,
        prefix: str,
        queue: Queue,
        jobs: Jobs,
        files: LocalFiles,
        scan: Scans,
        categories: Mapping[str, str],
    ) -> None:
        self._prefix = f"{prefix}/import"
        self._queue = queue
        self._jobs = jobs
        self._files = files
        self._scan = scan
        self._categories = categories

    @property
    def routes(self) -> Sequence[Route]:
        scan, past = f"{self._prefix}/scan", f"{self._prefix}/history"
        conflict, missing = HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND
        errors = frozenset({conflict, missing})
        return [
            Route(
                "POST",
                f"{self._prefix}/file",
                self.file,
                QueuedAnswer,
                errors,
                body=FileBody,
                who=Access.NZB,
            ),
            Route("POST", scan, self.start, ScanAnswer, errors, body=ScanBody),
            Route("GET", f"{scan}/status", self.status, ScanAnswer),
            Route("DELETE", scan, self.cancel, ScanAnswer, frozenset({conflict})),
            Route("GET", past, self.history, list[PastAnswer], query=PastQuery, paged=True),
            Route("DELETE", past, self.clear, Message),
        ]

    async def file(self, _request: web.Request, body: FileBody) -> web.Response:
        """Hand in an NZB that lies on the server's disk, in a folder that the settings list.

        It stays there.
        """
        path, data = await uninterrupted(
            asyncio.get_running_loop().run_in_executor(None, partial(self._read, body.file_path))
        )
        category = body.category
        if category is None:
            category = category_of(self._files.within(path), self._categories)
        job = await whole(self._queue.add(data, path.name, category), "queue an NZB")
        said: QueuedAnswer = {"queue_id": job.id, "message": f"{job.name} is queued."}
        return answer(said)

    async def start(self, _request: web.Request, body: ScanBody) -> web.Response:
        """Hand in all NZBs in a folder and in those below, except for what is known already.

        They stay there. The scan goes on whether the client stays or not.
        """
        return answer(progress_as_json(await self._scan.start(body.path)))

    async def status(self, _request: web.Request) -> web.Response:
        """How far the last scan has come."""
        return answer(progress_as_json(self._scan.progress))

    async def cancel(self, _request: web.Request) -> web.Response:
        """End the scan after the file that is being handed in."""
        return answer(progress_as_json(self._scan.cancel()))

    async def history(self, _request: web.Request, query: PastQuery) -> web.Response:
        """The imports that were completed, the latest first."""
        found, total = await self._jobs.page(
            {JobStatus.COMPLETED}, start=query.offset, limit=query.limit
        )
        shown = [_past_as_json(job) for job in found]
        return page(shown, total=total, limit=query.limit, offset=query.offset)

    async def clear(self, _request: web.Request) -> web.Response:
        """Forget the imports that were completed; their files stay."""
        gone = await whole(self._queue.remove({JobStatus.COMPLETED}, None), "clear the history")
        said: Message = {"message": f"{len(gone)} imports were forgotten; their files stay."}
        return answer(said)

    def _read(self, name: str) -> tuple[Path, bytes]:
        path = self._files.find(name)
        if not path.is_file() or not path.name.lower().endswith(ENDINGS):
            raise InvalidRequestError("that is no NZB; name a file that ends in .nzb or .nzb.gz")
        return path, self._files.read(path)


def progress_as_json(progress: Progress) -> ScanAnswer:
    """How far a scan has come, as the ancestor's clients know it."""
    return {
        "status": progress.state.value,
        "path": progress.path,
        "start_time": progress.started.isoformat() if progress.started else None,
        "files_found": progress.found,
        "files_added": progress.added,
        "files_skipped": progress.skipped,
        "files_failed": progress.failed,
        "current_file": progress.current,
        "last_error": progress.error,
    }


def _past_as_json(job: Job) -> PastAnswer:
    path = job.path or ""
    return {
        "id": job.id,
        "nzb_id": job.id,
        "nzb_name": job.name,
        "file_name": path.rpartition("/")[2],
        "file_size": job.size,
        "virtual_path": path,
        "category": job.category or "",
        "completed_at": (job.ended or job.created).isoformat(),
    }
