"""The import queue, for scripts and for the command line."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Literal, Protocol

from aiohttp import web
from pydantic import AfterValidator, BaseModel, Field

from altmount.aio.whole import whole
from altmount.api.jobanswer import (
    ONE,
    STATUSES,
    JobAnswer,
    Tracker,
    all_as_json,
    as_json,
    is_running,
    job_in,
    number_of,
)
from altmount.api.nzbanswer import NZB, nzb_answer
from altmount.auth.caller import Access
from altmount.db.jobs import Key
from altmount.errors import InvalidRequestError
from altmount.jobs import ENDED, WAITING, Job, JobStatus, Priority
from altmount.web.answers import answer, page
from altmount.web.forms import read_form, read_json
from altmount.web.route import Route

_KEYS = {
    "created_at": Key.CREATED,
    "updated_at": Key.UPDATED,
    "status": Key.STATUS,
    "nzb_path": Key.NAME,
    "turn": Key.TURN,
}
_NUMBERS = {str(number_of(priority)): priority for priority in Priority}
_FIELDS = frozenset({"category", "password", "priority"})
_MAX_FIELD_BYTES = 1000
_MOST_LISTED = 1000
"""Of jobs on a page, so that making one holds up nothing else."""


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("that lies outside of all years") from None


class QueueQuery(BaseModel):
    """Which jobs are wanted."""

    status: Literal["pending", "processing", "paused", "completed", "failed"] | None = None
    limit: int = Field(default=50, ge=1, le=100_000)
    """How many at most; it has an end at 1000, and ``meta`` says what was heeded."""

    offset: int = Field(default=0, ge=0, le=10**9)
    """How many are left out before them."""

    search: str = Field(default="", max_length=_MAX_FIELD_BYTES)
    """What their names have in them."""

    category: str | None = Field(default=None, max_length=_MAX_FIELD_BYTES)
    since: Annotated[datetime, AfterValidator(_in_utc)] | None = None
    """When they were changed at the earliest; in UTC if it has no offset."""

    sort_by: Literal["created_at", "updated_at", "status", "nzb_path", "turn"] = "updated_at"
    """``turn`` is the order of the queue."""

    sort_order: Literal["asc", "desc"] | None = None
    """If it is not given, the latest time comes first, and the first of all else."""


class RetryBody(BaseModel):
    """What may be said when a job is queued again."""

    password: str | None = None
    """Tried first from then on."""


class UploadForm(BaseModel):
    """An NZB, and what may be said of it."""

    file: bytes
    category: str = ""
    password: str = ""
    priority: Literal["", "0", "1", "2", "3"] = ""


class Queue(Protocol):
    """Where NZBs are handed in, and jobs are taken back."""

    async def add(
        self,
        data: bytes,
        name: str,
        category: str | None = None,
        password: str | None = None,
        *,
        priority: Priority | None = None,
    ) -> Job: ...

    async def retry(self, job_id: int, password: str | None = None) -> Job: ...

    async def remove(
        self, statuses: Collection[JobStatus], releases: Sequence[str] | None
    ) -> Sequence[Job]: ...

    async def kept(self, job_id: int) -> tuple[Job, AsyncGenerator[bytes, None]]: ...


class Jobs(Protocol):
    """The jobs that are stored, the finished ones too."""

    async def get(self, job_id: int) -> Job: ...

    async def page(
        self,
        statuses: Collection[JobStatus],
        *,
        category: str | None = None,
        search: str = "",
        since: datetime | None = None,
        key: Key = Key.CREATED,
        descending: bool | None = None,
        start: int = 0,
        limit: int = 100,
    ) -> tuple[Sequence[Job], int]: ...


class QueueApi:
    """The handlers of ``<prefix>/queue``.

    What changes anything is done whole, whether the client stays or not.
    """

    def __init__(
        self, prefix: str, queue: Queue, jobs: Jobs, progress: Tracker, *, max_nzb_bytes: int
    ) -> None:
        self._prefix = prefix
        self._queue = queue
        self._jobs = jobs
        self._progress = progress
        self._max_nzb_bytes = max_nzb_bytes

    @property
    def routes(self) -> Sequence[Route]:
        queue = f"{self._prefix}/queue"
        one = f"{queue}/{ONE}"
        conflict = frozenset({HTTPStatus.CONFLICT})
        return [
            Route("GET", queue, self.list, list[JobAnswer], query=QueueQuery, paged=True),
            Route(
                "POST",
                f"{queue}/upload",
                self.upload,
                JobAnswer,
                conflict,
                status=HTTPStatus.CREATED,
                form=UploadForm,
                who=Access.NZB,
            ),
            Route("GET", one, self.get, JobAnswer),
            Route("DELETE", one, self.remove, None, conflict, HTTPStatus.NO_CONTENT),
            Route("POST", f"{one}/retry", self.retry, JobAnswer, conflict, optional=RetryBody),
            Route(
                "GET",
                f"{one}/download",
                self.download,
                media=NZB,
                who=Access.CHANGE,  # there may be a password in it
            ),
        ]

    async def list(self, _request: web.Request, query: QueueQuery) -> web.Response:
        """Jobs, of those that match the page that is asked for, and how many match in all."""
        limit = min(query.limit, _MOST_LISTED)
        jobs, total = await self._jobs.page(
            {STATUSES[query.status]} if query.status else frozenset(JobStatus),
            category=query.category,
            search=query.search,
            since=query.since,
            key=_KEYS[query.sort_by],
            descending=None if query.sort_order is None else query.sort_order == "desc",
            start=query.offset,
            limit=limit,
        )
        return page(
            all_as_json(jobs, self._progress), total=total, limit=limit, offset=query.offset
        )

    async def get(self, request: web.Request) -> web.Response:
        """One job; of one that is being imported also how far that is."""
        job = await self._jobs.get(job_in(request))
        return answer(as_json(job, self._progress(job.id)))

    async def remove(self, request: web.Request) -> web.Response:
        """Forget a job, with its NZB if it brought nothing; the library keeps its files."""
        job = await self._jobs.get(job_in(request))
        if not await whole(self._queue.remove(WAITING | ENDED, [job.release]), "remove a job"):
            raise is_running(job)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def retry(self, request: web.Request) -> web.Response:
        """Queue a job again that has ended, or have one that waits tried at once.

        A ``password`` may come in a form or in JSON.
        """
        password = await _password(request)
        work = self._queue.retry(job_in(request), password)
        return answer(as_json(await whole(work, "retry")))

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The NZB of a job, with the passwords that were given for it."""
        job, pieces = await self._queue.kept(job_in(request))
        return await nzb_answer(request, job.name, pieces)

    async def upload(self, request: web.Request) -> web.Response:
        """Take in an NZB: a form with a ``file``, perhaps ``category``, ``password``, ``priority``.

        Once it is read it is queued, whether the client stays or not.
        """
        name, data, fields = await self._form(request)
        number = fields.get("priority")
        if number and number not in _NUMBERS:
            raise InvalidRequestError("a priority is 1 (high), 2, 3 (low), or 0 for before all")
        add = self._queue.add(
            data,
            name,
            fields.get("category"),
            fields.get("password"),
            priority=_NUMBERS[number] if number else None,
        )
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
