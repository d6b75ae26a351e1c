"""NZBs that were handed in as URLs: fetched in the background, again and again if need be."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Generator, Sequence
from functools import partial
from html import unescape
from typing import Any, Protocol

import backoff
from backoff.types import Details

from altmount.aio.scope import TaskScope
from altmount.aio.uninterrupted import uninterrupted
from altmount.errors import (
    AltmountError,
    InvalidRequestError,
    NotFoundError,
    ObstacleError,
    PermanentError,
    TemporaryError,
)
from altmount.fetch.errors import FetchError
from altmount.fetch.page import Page
from altmount.importer.refusals import Reason
from altmount.jobs import Job
from altmount.nzb.packed import Found, nzbs_in

MOST_TRIES = 8
"""How often an NZB is asked for until its job fails."""

AT_ONCE = 4
"""How many NZBs are fetched at a time; those that wait for a new try not counted."""

_FIRST_WAIT, _LONGEST_WAIT = 5.0, 300.0
_LONGEST_RETRY_AFTER = 3600.0
"""How long a web server may have us wait at most; whoever wants longer is not asked again."""

_PAUSE = 5.0
"""How long the database is left alone when it fails for now, in seconds."""

_MOST_GRABS = 200
"""How many jobs are looked after at a time."""

_HEAD_BYTES = 2000
_ERROR = re.compile(
    rb"""<error\b[^>]{0,500}?\bdescription\s*=\s*["']([^"'<>]{1,300})""", re.IGNORECASE
)

logger = logging.getLogger(__name__)


class IndexerError(PermanentError):
    """An indexer sent an error in place of an NZB."""


class UnwantedError(AltmountError):
    """Nobody wants the NZB any more."""


class Jobs(Protocol):
    """The jobs that are stored, as far as fetching their NZBs needs them."""

    async def get(self, job_id: int) -> Job: ...


class Waiting(Protocol):
    """Those of them that wait for their NZBs."""

    async def to_fetch(self, limit: int) -> Sequence[Job]: ...


class Urls(Protocol):
    """Where NZBs go that were fetched."""

    async def fetched(self, job: Job, nzbs: Sequence[Found]) -> None: ...


class Changes(Protocol):
    """How jobs are given up."""

    async def cancel(
        self, job_ids: Collection[int], *, reason: str, message: str
    ) -> Sequence[Job]: ...


class Grabber:
    """Fetches the NZBs of jobs that have but a URL yet.

    What is to be fetched stands in the database, so that it outlives a crash. A job that is
    removed or paused meanwhile is left alone.

    Args:
        jobs: Where they are stored.
        waiting: Lists those that wait for their NZBs.
        urls: Takes what was fetched.
        changes: Gives jobs up.
        get: Fetches what a URL gives; raises :class:`FetchError` where that may pass.
        max_bytes: How much an NZB may have.
        jitter: Adds something to how long is waited, so that not all ask again at once.
    """

    def __init__(
        self,
        jobs: Jobs,
        waiting: Waiting,
        urls: Urls,
        changes: Changes,
        get: Callable[[str], Awaitable[Page]],
        *,
        max_bytes: int,
        jitter: Callable[[float], float] = backoff.random_jitter,
    ) -> None:
        self._jobs = jobs
        self._waiting = waiting
        self._urls = urls
        self._changes = changes
        self._get = get
        self._max_bytes = max_bytes
        self._jitter = jitter
        self._places = asyncio.Semaphore(AT_ONCE)
        self._busy: set[int] = set()
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Say that there may be something to fetch."""
        self._news.set()

    async def run(self) -> None:
        """Fetch until cancelled; what was not fetched by then is fetched after the next start."""
        async with TaskScope() as scope:
            while True:
                self._news.clear()
                try:
                    waiting = await self._waiting.to_fetch(_MOST_GRABS)
                except TemporaryError as error:
                    logger.warning("it cannot be told now which NZBs are to be fetched: %s", error)
                    await asyncio.sleep(_PAUSE)
                    continue
                for job in waiting:
                    if job.id not in self._busy and len(self._busy) < _MOST_GRABS:
                        self._busy.add(job.id)
                        scope.start(self._see_through(job), name=f"fetch the NZB of {job.id}")
                await self._news.wait()

    async def _see_through(self, job: Job) -> None:
        try:
            await self._grab(job)
        except UnwantedError:
            logger.info("the NZB of %r is not wanted any more", job.name)
        except TemporaryError as error:
            logger.warning("the NZB of %r cannot be kept now: %s", job.name, error)
            await asyncio.sleep(_PAUSE)
        except OSError as error:
            logger.warning("the NZB of %r cannot be written down: %s", job.name, error.strerror)
            await asyncio.sleep(_PAUSE)
        finally:
            self._busy.discard(job.id)
            self._news.set()  # it may have been asked for again, or another one has its turn

    async def _grab(self, job: Job) -> None:
        try:
            page = await self._insist(job)
            said = indexer_error(page.body)
            if said:
                raise IndexerError(f"the indexer says: {said}")
            name = page.named or page.last
            loop = asyncio.get_running_loop()
            work = partial(nzbs_in, name, page.body, self._max_bytes)
            nzbs = await uninterrupted(loop.run_in_executor(None, work))
            if not nzbs[0].data:
                raise IndexerError("nothing was sent; look whether the URL is still good")
        except (FetchError, PermanentError, InvalidRequestError) as error:
            message = f"URL Fetching failed; {error}"
            logger.warning("the NZB of %r is not fetched: %s", job.name, error)
            await self._changes.cancel([job.id], reason=Reason.NOT_FETCHED, message=message)
            return
        try:
            await self._urls.fetched(job, nzbs)
        except ObstacleError as error:
            logger.warning("%r is not taken: %s", job.name, error)
            await self._changes.cancel([job.id], reason=Reason.DUPLICATE, message=str(error))

    async def _insist(self, job: Job) -> Page:
        """Fetch, and wait and try again where that may help."""

        def tell(details: Details) -> None:
            error = details.get("exception")
            wait = details.get("wait", 0.0)
            logger.info("the NZB of %r is asked for again in %.0f s: %s", job.name, wait, error)

        @backoff.on_exception(
            waits,
            FetchError,
            max_tries=MOST_TRIES,
            giveup=_wants_too_long,
            jitter=self._jitter,
            on_backoff=tell,
            logger=None,
        )
        async def attempt() -> Page:
            async with self._places:
                return await self._get(await self._still_wanted(job))

        return await attempt()

    async def _still_wanted(self, job: Job) -> str:
        """The URL of a job that is queued."""
        try:
            now = await self._jobs.get(job.id)
        except NotFoundError:
            raise UnwantedError from None
        if now.url is None or not now.lacks_nzb:
            raise UnwantedError
        return now.url


def waits() -> Generator[float, Any, None]:
    """How long to wait before each new try: longer each time, and as long as the server says."""
    wait = _FIRST_WAIT
    error = yield 0.0
    while True:
        error = yield max(wait, error.retry_after)
        wait = min(wait * 3, _LONGEST_WAIT)


def _wants_too_long(error: Exception) -> bool:
    return isinstance(error, FetchError) and error.retry_after > _LONGEST_RETRY_AFTER


def indexer_error(body: bytes) -> str:
    """What an indexer says is wrong, in Newznab's format; empty if it says nothing."""
    head = body[:_HEAD_BYTES]
    if b"<nzb" in head.lower() or (found := _ERROR.search(head)) is None:
        return ""
    text = unescape(found[1].decode(errors="replace"))
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
