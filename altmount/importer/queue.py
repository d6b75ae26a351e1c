"""Where NZBs are handed in."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Collection, Sequence
from typing import Protocol

from altmount.errors import InvalidRequestError
from altmount.importer.nzbstore import NzbStore
from altmount.importer.passwords import MAX_PASSWORD, without_password
from altmount.jobs import Job, JobStatus

MAX_NZB_BYTES = 256 * 1024 * 1024
"""The largest NZB that is taken, in bytes as handed in; a terabyte's NZB has about 150 MB."""

MAX_NAME = 250
"""The longest name of a job, in characters."""

_SUFFIXES = (".gz", ".nzb")


class Jobs(Protocol):
    """The jobs that are stored, as far as handing in and trying again need them."""

    async def add(self, release: str, name: str, category: str | None) -> Job: ...

    async def get(self, job_id: int) -> Job: ...

    async def requeue(self, job_id: int) -> Job: ...

    async def remove(
        self, statuses: Collection[JobStatus], releases: Sequence[str] | None
    ) -> Sequence[Job]: ...


class ImportQueue:
    """Takes NZBs, so that once :meth:`add` returns they will be imported or refused.

    Args:
        categories: The names that a job may have as its category; if there are none,
            any name is taken.
    """

    def __init__(self, jobs: Jobs, nzbs: NzbStore, categories: Collection[str] = ()) -> None:
        self._jobs = jobs
        self._nzbs = nzbs
        self._categories = tuple(categories)
        self._news = asyncio.Event()

    async def add(
        self, data: bytes, name: str, category: str | None = None, password: str | None = None
    ) -> Job:
        """Keep an NZB and queue a job for it.

        Args:
            data: The NZB as it came, gzipped or not; it is parsed later, by the worker.
            name: What the user calls it; a path's last part and without ``.nzb`` is kept. It may
                have a password in it, as ``name{{password}}`` or ``name password=...``.
            category: One of the configured ones, in any case; ``None`` or empty for none.
            password: Opens what it leads to, if that is encrypted.

        Raises:
            InvalidRequestError: It is empty or too large, or there is no such category.
            OSError: It could not be written down.
        """
        if not data:
            raise InvalidRequestError(f"{name!r} is empty; hand in the whole NZB file")
        if len(data) > MAX_NZB_BYTES:
            raise InvalidRequestError(
                f"{name!r} has {len(data)} bytes; an NZB may have at most {MAX_NZB_BYTES}"
            )
        chosen = self._category(category)
        release = uuid.uuid4().hex
        title, in_name = without_password(job_name(name))
        await self._nzbs.keep(release, data)
        try:
            for secret in (in_name, password):
                if secret:
                    await self._nzbs.keep_password(release, secret[:MAX_PASSWORD])
            job = await self._jobs.add(release, title, chosen)
        except Exception:
            await self._nzbs.drop(release)
            raise
        self.wake()
        return job

    async def retry(self, job_id: int, password: str | None = None) -> Job:
        """Queue a failed job again.

        Args:
            job_id: Which.
            password: To be tried first, and from then on.

        Raises:
            NotFoundError: There is no such job.
            JobStateError: It has not failed.
            OSError: The password could not be written down.
        """
        if password:
            known = await self._jobs.get(job_id)
            await self._nzbs.keep_password(known.release, password[:MAX_PASSWORD])
        job = await self._jobs.requeue(job_id)
        self.wake()
        return job

    async def remove(
        self, statuses: Collection[JobStatus], releases: Sequence[str] | None
    ) -> Sequence[Job]:
        """Forget jobs, and the NZBs of those that brought nothing; the library keeps its files.

        Args:
            statuses: Where they may stand; a job that has gone on by then is let be.
            releases: Which; None for all.

        Returns:
            Those that were removed.

        Raises:
            OSError: An NZB could not be removed; its job is gone all the same.
        """
        gone = await self._jobs.remove(statuses, releases)
        for job in gone:
            if job.status is not JobStatus.COMPLETED:  # a release's NZB may yet be looked at
                await self._nzbs.drop(job.release)
        return gone

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._news.set()

    def look(self) -> None:
        """Call before looking for a job, so that news from now on end the next :meth:`wait`."""
        self._news.clear()

    async def wait(self) -> None:
        """Wait for news since the last :meth:`look`. For one waiter."""
        await self._news.wait()

    def _category(self, wanted: str | None) -> str | None:
        if not wanted or not wanted.strip():
            return None
        if not self._categories:
            return wanted.strip()
        for category in self._categories:
            if category.casefold() == wanted.strip().casefold():
                return category
        known = ", ".join(self._categories)
        raise InvalidRequestError(f"there is no category {wanted!r}; there are {known}")


def job_name(name: str) -> str:
    """What the user sees: a file name without its folder, ``.nzb`` and ``.gz``, on one line."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    for suffix in _SUFFIXES:
        if last.lower().endswith(suffix):
            last = last[: -len(suffix)]
    readable = "".join(letter if letter.isprintable() else " " for letter in last)
    return " ".join(readable.split())[:MAX_NAME] or "unnamed"
