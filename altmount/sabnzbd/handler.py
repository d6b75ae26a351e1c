"""SABnzbd's API over the queue: requests in, answers out.

The format wants status 200 for nearly everything; what went wrong is in the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from aiohttp import hdrs, web

from altmount.aio.whole import whole
from altmount.errors import (
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    ObstacleError,
)
from altmount.jobs import Job, JobStateError, JobStatus
from altmount.sabnzbd import wire
from altmount.sabnzbd.modes import Mode, mode_of
from altmount.web.forms import read_form

RESOURCES = frozenset({"/sabnzbd", "/sabnzbd/api", "/api"})
"""Where it is answered. The handler asks for the key, since the answer to a wrong one is its."""

WAITING = frozenset({JobStatus.QUEUED, JobStatus.RUNNING})
"""What the queue lists."""

ENDED = frozenset({JobStatus.COMPLETED, JobStatus.FAILED})
"""What the history lists."""

_MOST_LISTED = 1000
_LISTED = 100
_MAX_FIELD_BYTES = 1000
_FILES = ("name", "nzbfile")
_FIELDS = ("mode", "cat", "category", "nzbname", "password", "output", "priority")
_ALL_CATEGORIES = frozenset({"", "*", "all", "default"})
_BULK = {"all": ENDED, "failed": {JobStatus.FAILED}, "completed": {JobStatus.COMPLETED}}
_FAULTS = (NotFoundError, InvalidRequestError, ForbiddenError, ObstacleError, JobStateError)


class Queue(Protocol):
    """Where NZBs are handed in, and taken back."""

    async def add(
        self, data: bytes, name: str, category: str | None = None, password: str | None = None
    ) -> Job: ...

    async def retry(self, job_id: int, password: str | None = None) -> Job: ...

    async def remove(
        self, statuses: Collection[JobStatus], releases: Sequence[str] | None
    ) -> Sequence[Job]: ...


class Jobs(Protocol):
    """The jobs that are stored."""

    async def page(
        self,
        statuses: Collection[JobStatus],
        *,
        releases: Sequence[str] | None = None,
        category: str | None = None,
        search: str = "",
        start: int = 0,
        limit: int = 100,
    ) -> tuple[Sequence[Job], int]: ...


class SabnzbdApi:
    """The handlers of SABnzbd's API.

    Args:
        queue: Takes NZBs.
        jobs: What became of them.
        may: Whether a key opens the program.
        categories: Name and folder of each.
        place: Where clients find what was imported.
        enabled: Whether there is such an API at all.
        max_nzb_bytes: The largest NZB that is read.
    """

    def __init__(
        self,
        queue: Queue,
        jobs: Jobs,
        may: Callable[[str | None], bool],
        *,
        categories: Sequence[tuple[str, str]],
        place: wire.Place,
        enabled: bool,
        max_nzb_bytes: int,
    ) -> None:
        self._queue = queue
        self._jobs = jobs
        self._may = may
        self._categories = categories
        self._place = place
        self._enabled = enabled
        self._limits = dict.fromkeys(_FILES, max_nzb_bytes) | dict.fromkeys(
            _FIELDS, _MAX_FIELD_BYTES
        )
        self._table = {
            Mode.VERSION: self._version,
            Mode.AUTH: self._auth,
            Mode.CONFIG: self._config,
            Mode.CATEGORIES: self._cats,
            Mode.ADD_FILE: self._add,
            Mode.QUEUE: self._list_queue,
            Mode.QUEUE_DELETE: self._cancel,
            Mode.HISTORY: self._list_history,
            Mode.HISTORY_DELETE: self._forget,
            Mode.RETRY: self._retry,
            Mode.STATUS: self._status,
        }

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        return [
            route
            for path in sorted(RESOURCES)
            for route in (
                web.get(path, self.ask, allow_head=False),
                web.post(path, self.ask),
            )
        ]

    async def ask(self, request: web.Request) -> web.Response:
        """Answer any request; ``mode`` says which it is.

        Once something is to be changed it is, whether the client stays or not.
        """
        if not self._enabled:
            raise web.HTTPNotFound
        asked = dict(request.query)
        file: tuple[str, bytes] | None = None
        if request.content_type == "multipart/form-data":
            # Nobody without the key may have a whole NZB read into memory.
            if (said := self._refusal(asked)) is not None:
                return web.json_response(wire.failure(said))
            form = await read_form(request, self._limits)
            file = next((form.pop(name) for name in _FILES if form.get(name, ("",))[0]), None)
            asked = {key: text.decode(errors="replace") for key, (_, text) in form.items()} | asked
        elif request.method == hdrs.METH_POST:
            posted = (await request.post()).items()
            asked = {key: text for key, text in posted if isinstance(text, str)} | asked
        mode = mode_of(asked.get("mode", ""), asked.get("name", ""))
        if (mode is None or not mode.open) and (said := self._refusal(asked)) is not None:
            return web.json_response(wire.failure(said))
        if mode is None:
            return web.json_response(wire.failure("not implemented"))
        try:
            work = self._table[mode](asked, file)
            return web.json_response(await whole(work, f"sabnzbd {mode}"))
        except _FAULTS as error:
            return web.json_response(wire.failure(str(error)))

    def _refusal(self, asked: Mapping[str, str]) -> str | None:
        key = asked.get("apikey")
        if not key:
            return "API Key Required"
        return None if self._may(key) else "API Key Incorrect"

    async def _version(self, _asked: Mapping[str, str], _file: object) -> dict[str, Any]:
        return {"status": True, "version": wire.VERSION}

    async def _auth(self, _asked: Mapping[str, str], _file: object) -> dict[str, Any]:
        return {"auth": "apikey"}

    async def _config(self, _asked: Mapping[str, str], _file: object) -> dict[str, Any]:
        return wire.config(self._categories, self._place)

    async def _cats(self, _asked: Mapping[str, str], _file: object) -> dict[str, Any]:
        names = [name for name, _ in self._categories]
        return {"categories": [wire.ANY_CATEGORY, *names]}

    async def _status(self, _asked: Mapping[str, str], _file: object) -> dict[str, Any]:
        return wire.status(self._place)

    async def _add(
        self, asked: Mapping[str, str], file: tuple[str, bytes] | None
    ) -> dict[str, Any]:
        if file is None:
            raise InvalidRequestError("No NZB file provided")
        name, data = file
        job = await self._queue.add(
            data, asked.get("nzbname") or name, _category(asked), asked.get("password") or None
        )
        return {"status": True, "nzo_ids": [wire.nzo_id(job)]}

    async def _list_queue(self, asked: Mapping[str, str], _file: object) -> dict[str, Any]:
        start, limit = _page(asked)
        jobs, total = await self._page(WAITING, asked, start, limit)
        return wire.queue(jobs, total, start=start, limit=limit)

    async def _list_history(self, asked: Mapping[str, str], _file: object) -> dict[str, Any]:
        start, limit = _page(asked)
        failed_only = asked.get("failed_only", "0") not in {"", "0"}
        statuses = frozenset({JobStatus.FAILED}) if failed_only else ENDED
        jobs, total = await self._page(statuses, asked, start, limit)
        return wire.history(jobs, total, start=start, place=self._place)

    async def _page(
        self, statuses: Collection[JobStatus], asked: Mapping[str, str], start: int, limit: int
    ) -> tuple[Sequence[Job], int]:
        named = asked.get("nzo_ids", "")
        return await self._jobs.page(
            statuses,
            releases=wire.releases_of(named)[:_MOST_LISTED] if named else None,
            category=_category(asked),
            search=asked.get("search", ""),
            start=start,
            limit=limit,
        )

    async def _cancel(self, asked: Mapping[str, str], _file: object) -> dict[str, Any]:
        """Take jobs back that wait; one that is worked on is let be."""
        value = _value(asked)
        releases = None if value == "all" else wire.releases_of(value)[:_MOST_LISTED]
        gone = await self._queue.remove({JobStatus.QUEUED}, releases)
        return _removed(gone)

    async def _forget(self, asked: Mapping[str, str], _file: object) -> dict[str, Any]:
        """Forget what came to an end; the library keeps its files."""
        value = _value(asked)
        if (statuses := _BULK.get(value)) is not None:
            return _removed(await self._queue.remove(statuses, None))
        return _removed(await self._queue.remove(ENDED, wire.releases_of(value)[:_MOST_LISTED]))

    async def _retry(self, asked: Mapping[str, str], _file: object) -> dict[str, Any]:
        releases = wire.releases_of(_value(asked))[:1]
        jobs, _ = await self._jobs.page(ENDED | WAITING, releases=releases, limit=1)
        if not jobs:
            raise NotFoundError("there is no such job in the history")
        job = await self._queue.retry(jobs[0].id, asked.get("password") or None)
        return {"status": True, "nzo_id": wire.nzo_id(job)}


def _removed(jobs: Sequence[Job]) -> dict[str, Any]:
    return {"status": bool(jobs), "nzo_ids": [wire.nzo_id(job) for job in jobs]}


def _value(asked: Mapping[str, str]) -> str:
    value = asked.get("value", "").strip()
    if not value:
        raise InvalidRequestError("expects one parameter")
    return value


def _category(asked: Mapping[str, str]) -> str | None:
    category = (asked.get("cat") or asked.get("category") or "").strip()
    return None if category.lower() in _ALL_CATEGORIES else category


def _page(asked: Mapping[str, str]) -> tuple[int, int]:
    """First and number of what a client wants listed; what is no number counts as not given."""
    start = _number(asked.get("start", ""))
    limit = _number(asked.get("limit", ""))
    return start, min(limit, _MOST_LISTED) or _LISTED


def _number(text: str) -> int:
    return int(text[:9]) if text.isascii() and text.isdigit() else 0
