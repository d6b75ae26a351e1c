"""NZBs that are handed in as URLs, until they are there."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Collection, Sequence
from typing import Protocol
from urllib.parse import unquote

from altmount.db.queue import Change
from altmount.errors import InvalidRequestError, NotFoundError, ObstacleError
from altmount.importer.categories import Categories
from altmount.importer.duplicates import KnownJobs, Policy, before
from altmount.importer.nzbstore import NzbStore
from altmount.importer.passwords import MAX_PASSWORD, without_password
from altmount.importer.queue import ImportQueue, job_name
from altmount.jobs import Job, Priority
from altmount.nzb.packed import Found

MAX_URL = 8000
"""The longest URL of an NZB, in characters."""

logger = logging.getLogger(__name__)


class Jobs(KnownJobs, Protocol):
    """The jobs that are stored."""

    async def add(
        self,
        release: str,
        name: str,
        category: str | None,
        *,
        priority: Priority = Priority.NORMAL,
        paused: bool = False,
        url: str | None = None,
        named: bool = True,
    ) -> Job: ...

    async def get(self, job_id: int) -> Job: ...


class Urls(Protocol):
    """Those of them that wait for their NZBs."""

    async def waiting_for(self, url: str) -> Job | None: ...

    async def fetched(
        self, job_id: int, *, name: str, digest: str, nzb_bytes: int
    ) -> Job | None: ...


class Changes(Protocol):
    """How jobs that are stored are changed."""

    async def change(self, job_ids: Collection[int], change: Change) -> Sequence[Job]: ...


class UrlQueue:
    """Takes URLs of NZBs, so that once :meth:`add` returns those will be fetched and imported.

    Args:
        jobs: Where jobs are stored.
        urls: Those of them that wait for their NZBs.
        changes: Changes them.
        nzbs: Where NZBs are kept.
        queue: Takes the NZBs that come with another one, and says when there is something to do.
        categories: What jobs may have as their category.
        duplicates: What becomes of what was handed in before. A job that waits takes over only
            what has the same URL.
    """

    def __init__(
        self,
        jobs: Jobs,
        urls: Urls,
        changes: Changes,
        nzbs: NzbStore,
        queue: ImportQueue,
        categories: Categories,
        duplicates: Policy = Policy.UPDATE,
    ) -> None:
        self._jobs = jobs
        self._urls = urls
        self._changes = changes
        self._nzbs = nzbs
        self._queue = queue
        self._categories = categories
        self._duplicates = duplicates
        self._intake = asyncio.Lock()
        """So that of two that are the same one comes first."""

    async def add(
        self,
        url: str,
        name: str = "",
        category: str | None = None,
        password: str | None = None,
        *,
        priority: Priority | None = None,
        paused: bool = False,
    ) -> Job:
        """Queue a job whose NZB is yet to be fetched; or change the one that waits for the same.

        Args:
            url: Where the NZB is.
            name: What the user calls it; if empty, it is called after its NZB once that is there.
            category: One of the configured ones, in any case; ``None`` or empty for none.
            password: Opens what it leads to, if that is encrypted.
            priority: If not given, its category's.
            paused: Whether it waits until someone resumes it.

        Raises:
            InvalidRequestError: It is no URL of the web, or there is no such category.
            OSError: A password could not be written down.
        """
        url = url.strip()
        if not url.lower().startswith(("http://", "https://")) or len(url) > MAX_URL:
            raise InvalidRequestError("give a URL that begins with http:// or https://")
        chosen = self._categories.find(category)
        title, in_name = without_password(job_name(name or last_part(url)))
        secrets = [secret for secret in (in_name, password) if secret]
        async with self._intake:
            job = await self._urls.waiting_for(url)
            if job is not None:
                change = Change(name=title if name else None, category=chosen, priority=priority)
                changed = await self._changes.change([job.id], change)
                job = changed[0] if changed else job
                await self._keep(job.release, secrets)
            else:
                release = uuid.uuid4().hex
                await self._keep(release, secrets)
                job = await self._jobs.add(
                    release,
                    title,
                    chosen,
                    priority=self._categories.priority(chosen) if priority is None else priority,
                    paused=paused,
                    url=url,
                    named=bool(name),
                )
        self._queue.wake()
        return job

    async def fetched(self, job: Job, nzbs: Sequence[Found]) -> None:
        """Take the NZB of a job; others that came with it get jobs of their own.

        Nothing is changed if nobody wants it any more.

        Raises:
            ObstacleError: It was handed in before, and that is to be refused.
            OSError: It could not be written down.
        """
        first, *others = nzbs
        for other in others:
            try:
                await self._queue.add(other.data, other.name, job.category, priority=job.priority)
            except (InvalidRequestError, ObstacleError) as error:
                logger.warning("%r is not taken: %s", other.name, error)
        title, in_name = without_password(job_name(first.name))
        kept = await self._nzbs.keep(job.release, first.data)
        await self._keep(job.release, [in_name] if in_name else [])
        name = job.name if job.named else title
        async with self._intake:
            if self._duplicates is Policy.REFUSE:
                await before(self._jobs, Policy.REFUSE, name, job.category, kept.digest, own=job.id)
            now = await self._urls.fetched(
                job.id, name=title, digest=kept.digest, nzb_bytes=kept.size
            )
        if now is None:
            await self._drop_if_gone(job)
        self._queue.wake()

    async def _keep(self, release: str, passwords: Sequence[str]) -> None:
        for password in passwords:
            await self._nzbs.keep_password(release, password[:MAX_PASSWORD])

    async def _drop_if_gone(self, job: Job) -> None:
        """Drop the NZB of a job that was removed while it was fetched."""
        try:
            await self._jobs.get(job.id)
        except NotFoundError:
            await self._nzbs.drop(job.release)


def last_part(url: str) -> str:
    """What an NZB is called until it is there: the last part of its URL, or its server."""
    path = url.partition("://")[2].partition("?")[0].partition("#")[0]
    host, _, rest = path.partition("/")
    return unquote(rest.rstrip("/").rpartition("/")[2]) or host.rpartition("@")[2]
