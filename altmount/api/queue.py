"""The import queue, for scripts and for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Literal, Protocol

from aiohttp import web
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from altmount.aio.whole import whole
from altmount.auth.caller import Access
from altmount.errors import InvalidRequestError
from altmount.jobs import Job, JobStatus
from altmount.web.answers import answer
from altmount.web.forms import read_form, read_json
from altmount.web.route import Route

# The ancestor's words for the states, which its clients compare.
_STATUS = {
    JobStatus.QUEUED: "pending",
    JobStatus.RUNNING: "processing",
    JobStatus.COMPLETED: "completed",
    JobStatus.FAILED: "failed",
    JobStatus.PAUSED: "paused",
}
_BY_WORD = {word: status for status, word in _STATUS.items()}
_FIELDS = frozenset({"category", "password"})
_MAX_FIELD_BYTES = 1000
_MOST_LISTED = 1000


class QueueQuery(BaseModel):
    """Which jobs are wanted."""

    status: Literal["pending", "processing", "paused", "completed", "failed"] | None = None
    limit: int = Field(default=50, ge=1, le=_MOST_LISTED)
    """How many at most."""


class RetryBody(BaseModel):
    """What may be said when a job is queued again."""

    password: str | None = None
    """Tried first from then on."""


class UploadForm(BaseModel):
    """An NZB, and what may be said of it."""

    file: bytes
    category: str = ""
    password: str = ""


class JobAnswer(TypedDict):
    """A job as the ancestor's clients know it."""

    id: int
    target_path: str
    category: str | None
    status: str
    created_at: str
    started_at: str | None
    completed_at: str | None
    error_code: str | None
    error_message: str
    note: str
    file_size: int | None
    storage_path: str | None


class Queue(Protocol):
    """Where NZBs are handed in."""

    async def add(
        self, data: bytes, name: str, category: str | None = None, password: str | None = None
    ) -> Job: ...

    async def retry(self, job_id: int, password: str | None = None) -> Job: ...


class Jobs(Protocol):
    """The jobs that are stored, the finished ones too."""

    async def get(self, job_id: int) -> Job: ...

    async def list(self, status: JobStatus | None = None, *, limit: int = 100) -> list[Job]: ...


class QueueApi:
    """The handlers of ``<prefix>/queue``."""

    def __init__(self, prefix: str, queue: Queue, jobs: Jobs, *, max_nzb_bytes: int) -> None:
        self._prefix = prefix
        self._queue = queue
        self._jobs = jobs
        self._max_nzb_bytes = max_nzb_bytes

    @property
    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", f"{self._prefix}/queue", self.list, list[JobAnswer], query=QueueQuery),
            Route(
                "POST",
                f"{self._prefix}/queue/upload",
                self.upload,
                JobAnswer,
                status=HTTPStatus.CREATED,
                form=UploadForm,
                who=Access.NZB,
            ),
            Route("GET", f"{self._prefix}/queue/{{id:[0-9]{{1,18}}}}", self.get, JobAnswer),
            Route(
                "POST",
                f"{self._prefix}/queue/{{id:[0-9]{{1,18}}}}/retry",
                self.retry,
                JobAnswer,
                frozenset({HTTPStatus.CONFLICT}),
                optional=RetryBody,
            ),
        ]

    async def list(self, _request: web.Request, query: QueueQuery) -> web.Response:
        """The jobs, the newest first; ``status`` and ``limit`` narrow them down."""
        status = _BY_WORD[query.status] if query.status else None
        jobs = await self._jobs.list(status, limit=query.limit)
        return answer([as_json(job) for job in jobs])

    async def get(self, request: web.Request) -> web.Response:
        """One job."""
        return answer(as_json(await self._jobs.get(int(request.match_info["id"]))))

    async def retry(self, request: web.Request) -> web.Response:
        """Queue a job again that has ended, or have one that waits tried at once.

        A ``password`` may come in a form or in JSON.
        """
        password = await _password(request)
        work = self._queue.retry(int(request.match_info["id"]), password)
        return answer(as_json(await whole(work, "retry")))

    async def upload(self, request: web.Request) -> web.Response:
        """Take in an NZB: a form with a ``file``, perhaps a ``category`` and a ``password``.

        Once it is read it is queued, whether the client stays or not.
        """
        name, data, fields = await self._form(request)
        add = self._queue.add(data, name, fields.get("category"), fields.get("password"))
        job = await whole(add, "queue an NZB")
        return answer(as_json(job), status=HTTPStatus.CREATED)

    async def _form(self, request: web.Request) -> tuple[str, bytes, dict[str, str]]:
        if request.content_type != "multipart/form-data":
            raise InvalidRequestError("send a form (multipart/form-data) with the NZB as `file`")
        limits = {"file": self._max_nzb_bytes} | dict.fromkeys(_FIELDS, _MAX_FIELD_BYTES)
        found = await read_form(request, limits)
        if "file" not in found:
            raise InvalidRequestError("the form has no `file`; send the NZB as that")
        name, data = found.pop("file")
        fields = {key: text.decode(errors="replace").strip() for key, (_, text) in found.items()}
        return name or "unnamed.nzb", data, fields


async def _password(request: web.Request) -> str | None:
    """The password in a request's body, if it has one.

    Raises:
        InvalidRequestError: The body is something else.
    """
    if request.content_type == "application/json":
        given = await read_json(request)
        password = given.get("password") if isinstance(given, dict) else given
    else:
        password = (await request.post()).get("password")
    if password is not None and not isinstance(password, str):
        raise InvalidRequestError("send the password as a text named `password`")
    return password or None


def as_json(job: Job) -> JobAnswer:
    """A job as the ancestor's clients know it."""
    return {
        "id": job.id,
        "target_path": job.name,
        "category": job.category,
        "status": _STATUS[job.status],
        "created_at": job.created.isoformat(),
        "started_at": job.started.isoformat() if job.started else None,
        "completed_at": job.ended.isoformat() if job.ended else None,
        "error_code": job.reason,
        "error_message": (job.message or "") if job.status is not JobStatus.COMPLETED else "",
        "note": (job.message or "") if job.status is JobStatus.COMPLETED else "",
        "file_size": job.size,
        "storage_path": job.path,
    }
