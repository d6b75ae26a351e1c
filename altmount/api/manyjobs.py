"""What is done with many jobs of the queue at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Annotated, Protocol

from aiohttp import web
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from altmount.aio.whole import whole
from altmount.api.jobanswer import WORDS, is_running, priority_of
from altmount.errors import NotFoundError
from altmount.jobs import ENDED, WAITING, Job, JobStatus, Priority
from altmount.web.answers import answer
from altmount.web.route import Route

_MOST = 1000
_CONFLICT = frozenset({HTTPStatus.CONFLICT})


class IdsBody(BaseModel):
    """Which jobs."""

    ids: list[Annotated[int, Field(ge=1, lt=10**9)]] = Field(min_length=1, max_length=_MOST)


class PrioritiesBody(IdsBody):
    """Which jobs, and what priority they get: 1 is high, 2 normal, 3 low; 0 is before all."""

    priority: int = Field(ge=0, le=3)


class ClearedAnswer(TypedDict):
    """How many jobs are gone."""

    removed_count: int


class DeletedAnswer(TypedDict):
    """How many of those named are gone."""

    deleted_count: int
    message: str


class RestartedAnswer(TypedDict):
    """How many of those named are queued again."""

    restarted_count: int
    message: str


class CancelledAnswer(TypedDict):
    """What became of each of those named, by its id."""

    cancelled_count: int
    not_processing_count: int
    not_found_count: int
    results: dict[str, str]
    message: str


class PrioritiesAnswer(TypedDict):
    """How many of those named have the priority, and how many have not."""

    updated_count: int
    skipped_count: int
    message: str


class Jobs(Protocol):
    """The jobs that are stored."""

    async def some(self, job_ids: Collection[int]) -> Sequence[Job]: ...


class Queue(Protocol):
    """Where jobs are taken back."""

    async def remove(
        self, statuses: Collection[JobStatus], releases: Sequence[str] | None
    ) -> Sequence[Job]: ...


class Steering(Protocol):
    """How jobs that are in the queue are changed."""

    async def cancel(self, job_ids: Collection[int]) -> Sequence[Job]: ...

    async def retry(self, job_ids: Collection[int]) -> Sequence[Job]: ...

    async def change(
        self, job_ids: Collection[int], *, priority: Priority | None = None
    ) -> Sequence[Job]: ...


class ManyJobsApi:
    """The handlers of ``<prefix>/queue/bulk`` and of what clears the queue.

    Each is done whole, whether the client stays or not.
    """

    def __init__(self, prefix: str, jobs: Jobs, queue: Queue, steering: Steering) -> None:
        self._prefix = prefix
        self._jobs = jobs
        self._queue = queue
        self._steering = steering

    @property
    def routes(self) -> Sequence[Route]:
        queue = f"{self._prefix}/queue"
        bulk = f"{queue}/bulk"
        return [
            Route("DELETE", f"{queue}/completed", self.clear_completed, ClearedAnswer),
            Route("DELETE", f"{queue}/failed", self.clear_failed, ClearedAnswer),
            Route("DELETE", f"{queue}/pending", self.clear_pending, ClearedAnswer),
            Route("DELETE", bulk, self.remove, DeletedAnswer, _CONFLICT, body=IdsBody),
            Route(
                "POST",
                f"{bulk}/restart",
                self.restart,
                RestartedAnswer,
                _CONFLICT | {HTTPStatus.NOT_FOUND},
                body=IdsBody,
            ),
            Route(
                "POST",
                f"{bulk}/cancel",
                self.cancel,
                CancelledAnswer,
                status=HTTPStatus.ACCEPTED,
                body=IdsBody,
            ),
            Route(
                "PATCH",
                f"{bulk}/priority",
                self.prioritise,
                PrioritiesAnswer,
                body=PrioritiesBody,
            ),
        ]

    async def clear_completed(self, _request: web.Request) -> web.Response:
        """Forget the jobs that are completed; the library keeps their files."""
        return await self._clear({JobStatus.COMPLETED})

    async def clear_failed(self, _request: web.Request) -> web.Response:
        """Forget the jobs that have failed, with their NZBs."""
        return await self._clear({JobStatus.FAILED})

    async def clear_pending(self, _request: web.Request) -> web.Response:
        """Take the jobs that wait out of the queue, with their NZBs; paused ones too."""
        return await self._clear(WAITING)

    async def remove(self, _request: web.Request, body: IdsBody) -> web.Response:
        """Forget some jobs, with the NZBs of those that brought nothing.

        None of them is gone if one is being imported.
        """
        releases = [job.release for job in await self._idle(body.ids)]
        gone = await whole(self._queue.remove(WAITING | ENDED, releases), "remove jobs")
        said: DeletedAnswer = {
            "deleted_count": len(gone),
            "message": _said(body, gone, "are gone"),
        }
        return answer(said)

    async def restart(self, _request: web.Request, body: IdsBody) -> web.Response:
        """Queue some jobs again, or have those that wait tried at once.

        None of them is if one is being imported.
        """
        known = await self._idle(body.ids)
        if not known:
            raise NotFoundError("there is none of these jobs")
        again = await whole(self._steering.retry([job.id for job in known]), "retry jobs")
        said: RestartedAnswer = {
            "restarted_count": len(again),
            "message": _said(body, again, "are queued again"),
        }
        return answer(said)

    async def cancel(self, _request: web.Request, body: IdsBody) -> web.Response:
        """Cancel those of some jobs that wait or are being imported."""
        cancelled = {job.id for job in await whole(self._steering.cancel(body.ids), "cancel jobs")}
        known = {job.id: job for job in await self._jobs.some(body.ids)}
        ended = {one for one in known if one not in cancelled}
        missing = set(body.ids) - cancelled - ended
        said: CancelledAnswer = {
            "cancelled_count": len(cancelled),
            "not_processing_count": len(ended),
            "not_found_count": len(missing),
            "results": {
                **{str(one): "cancelled" for one in cancelled},
                **{str(one): f"is {WORDS[known[one].status]}" for one in ended},
                **{str(one): "not found" for one in missing},
            },
            "message": _said(body, cancelled, "are cancelled"),
        }
        return answer(said, status=HTTPStatus.ACCEPTED)

    async def prioritise(self, _request: web.Request, body: PrioritiesBody) -> web.Response:
        """Give those of some jobs that wait another priority; each is the last of it."""
        change = self._steering.change(body.ids, priority=priority_of(body.priority))
        changed = await whole(change, "change priorities")
        said: PrioritiesAnswer = {
            "updated_count": len(changed),
            "skipped_count": len(set(body.ids)) - len(changed),
            "message": _said(body, changed, "have that priority now"),
        }
        return answer(said)

    async def _clear(self, statuses: Collection[JobStatus]) -> web.Response:
        gone = await whole(self._queue.remove(statuses, None), "clear the queue")
        said: ClearedAnswer = {"removed_count": len(gone)}
        return answer(said)

    async def _idle(self, ids: Collection[int]) -> Sequence[Job]:
        """Those of some jobs that there are.

        Raises:
            ObstacleError: One is being imported.
        """
        known = await self._jobs.some(ids)
        for job in known:
            if job.status is JobStatus.RUNNING:
                raise is_running(job)
        return known


def _said(body: IdsBody, done: Collection[object], what: str) -> str:
    return f"{len(done)} of {len(set(body.ids))} jobs {what}"
