"""What users do with the import queue: jobs that wait or run, their order, and all of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from altmount.aio.whole import whole
from altmount.api.jobanswer import ONE, WORDS, JobAnswer, as_json, job_in, priority_of
from altmount.db.queue import Pause
from altmount.errors import ObstacleError
from altmount.jobs import Job, Priority
from altmount.web.answers import answer
from altmount.web.route import Route

_LONGEST_PAUSE = 525_600
"""A year of minutes."""


class PauseQuery(BaseModel):
    """For how long."""

    minutes: int | None = Field(default=None, ge=1, le=_LONGEST_PAUSE)
    """If it is not given, until someone ends it."""


class PauseAnswer(TypedDict):
    """Whether the queue is paused, and until when if a time ends that."""

    paused: bool
    until: str | None


class PriorityBody(BaseModel):
    """A priority: 1 is high, 2 normal, 3 low; 0 is before all, even while the queue is paused."""

    priority: int = Field(ge=0, le=3)


class MoveBody(BaseModel):
    """A place among all jobs of the queue, from 0; the nearest end if that lies outside."""

    position: int = Field(ge=0, le=10**9)


class MoveAnswer(TypedDict):
    """Where a job is now, and the job."""

    position: int
    job: JobAnswer


class CancelAnswer(TypedDict):
    """Which job is cancelled."""

    id: int
    message: str


class Steering(Protocol):
    """How jobs that are in the queue are changed."""

    async def pause(self, job_ids: Collection[int]) -> Sequence[Job]: ...

    async def resume(self, job_ids: Collection[int] | None) -> Sequence[Job]: ...

    async def cancel(self, job_ids: Collection[int]) -> Sequence[Job]: ...

    async def change(
        self, job_ids: Collection[int], *, priority: Priority | None = None
    ) -> Sequence[Job]: ...

    async def move(self, job_id: int, position: int) -> tuple[int, Job]: ...

    async def pause_all(self, until: datetime | None = None) -> None: ...

    async def resume_all(self) -> None: ...

    async def pausing(self) -> Pause: ...


class Jobs(Protocol):
    """The jobs that are stored."""

    async def get(self, job_id: int) -> Job: ...


class SteeringApi:
    """The handlers of what lies below ``<prefix>/queue`` and changes what waits or runs.

    Each is done whole, whether the client stays or not.
    """

    def __init__(self, prefix: str, jobs: Jobs, steering: Steering) -> None:
        self._prefix = prefix
        self._jobs = jobs
        self._steering = steering

    @property
    def routes(self) -> Sequence[Route]:
        queue = f"{self._prefix}/queue"
        one = f"{queue}/{ONE}"
        conflict = frozenset({HTTPStatus.CONFLICT})
        return [
            Route("GET", f"{queue}/pause", self.pausing, PauseAnswer),
            Route("POST", f"{queue}/pause", self.pause_all, PauseAnswer, query=PauseQuery),
            Route("POST", f"{queue}/resume", self.resume_all, PauseAnswer),
            Route(
                "POST", f"{one}/cancel", self.cancel, CancelAnswer, conflict, HTTPStatus.ACCEPTED
            ),
            Route("POST", f"{one}/pause", self.pause, JobAnswer, conflict),
            Route("POST", f"{one}/resume", self.resume, JobAnswer, conflict),
            Route("POST", f"{one}/move", self.move, MoveAnswer, body=MoveBody),
            Route(
                "PATCH", f"{one}/priority", self.prioritise, JobAnswer, conflict, body=PriorityBody
            ),
        ]

    async def cancel(self, request: web.Request) -> web.Response:
        """Have a job be failed that waits or is being imported; nothing of it is to be seen."""
        number = job_in(request)
        job = await self._done(number, await whole(self._steering.cancel([number]), "cancel"))
        said: CancelAnswer = {"id": job.id, "message": f"{job.name!r} is cancelled"}
        return answer(said, status=HTTPStatus.ACCEPTED)

    async def pause(self, request: web.Request) -> web.Response:
        """Have a job wait until someone resumes it, even if it is being imported."""
        number = job_in(request)
        done = await whole(self._steering.pause([number]), "pause")
        return answer(as_json(await self._done(number, done)))

    async def resume(self, request: web.Request) -> web.Response:
        """Let a paused job go on, at the place it had."""
        number = job_in(request)
        done = await whole(self._steering.resume([number]), "resume")
        return answer(as_json(await self._done(number, done)))

    async def prioritise(self, request: web.Request, body: PriorityBody) -> web.Response:
        """Give a job that waits another priority; it is the last of it."""
        number = job_in(request)
        change = self._steering.change([number], priority=priority_of(body.priority))
        done = await whole(change, "change a priority")
        return answer(as_json(await self._done(number, done)))

    async def move(self, request: web.Request, body: MoveBody) -> web.Response:
        """Put a job elsewhere in the order; it takes on the priority of those around it."""
        at, job = await whole(self._steering.move(job_in(request), body.position), "move")
        said: MoveAnswer = {"position": at, "job": as_json(job)}
        return answer(said)

    async def pausing(self, _request: web.Request) -> web.Response:
        """Whether the queue is paused."""
        return await self._paused()

    async def pause_all(self, _request: web.Request, query: PauseQuery) -> web.Response:
        """Begin no import, but those before all; what is being imported goes on to its end."""
        minutes = query.minutes
        until = None if minutes is None else datetime.now(UTC) + timedelta(minutes=minutes)
        await whole(self._steering.pause_all(until), "pause the queue")
        return await self._paused()

    async def resume_all(self, _request: web.Request) -> web.Response:
        """Begin imports again; jobs that are paused by themselves stay so."""
        await whole(self._steering.resume_all(), "resume the queue")
        return await self._paused()

    async def _paused(self) -> web.Response:
        pause = await self._steering.pausing()
        until = pause.until.isoformat() if pause.until else None
        said: PauseAnswer = {"paused": pause.paused, "until": until}
        return answer(said)

    async def _done(self, number: int, changed: Sequence[Job]) -> Job:
        """The job that was to be changed.

        Raises:
            NotFoundError: There is no such job.
            ObstacleError: It was not, as it stands elsewhere.
        """
        if changed:
            return changed[0]
        job = await self._jobs.get(number)
        raise ObstacleError(f"job {number} is {WORDS[job.status]}, and cannot be changed so")
