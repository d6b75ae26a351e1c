"""Where NZBs are handed in."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from altmount.db.queue import Change
from altmount.errors import InvalidRequestError
from altmount.importer.categories import NONE, Categories
from altmount.importer.duplicates import KnownJobs, Policy, before
from altmount.importer.nzbstore import Kept, NzbStore
from altmount.importer.passwords import MAX_PASSWORD, without_password
from altmount.importer.running import Running
from altmount.jobs import Job, JobStateError, JobStatus, Priority

MAX_NZB_BYTES = 256 * 1024 * 1024
"""The largest NZB that is taken, in bytes as handed in; a terabyte's NZB has about 150 MB."""

MAX_NAME = 250
"""The longest name of a job, in characters."""

_SUFFIXES = (".gz", ".nzb")


class Jobs(KnownJobs, Protocol):
    """The jobs that are stored, as far as handing in and taking back need them."""

    async def add(
        self,
        release: str,
        name: str,
        category: str | None,
        *,
        priority: Priority = Priority.NORMAL,
        paused: bool = False,
        digest: str | None = None,
        nzb_bytes: int = 0,
    ) -> Job: ...

    async def get(self, job_id: int) -> Job: ...

    async def remove(
        self, statuses: Collection[JobStatus], releases: Sequence[str] | None
    ) -> Sequence[Job]: ...


class Changes(Protocol):
    """How jobs that are stored are changed."""

    async def change(self, job_ids: Collection[int], change: Change) -> Sequence[Job]: ...

    async def retry(self, job_ids: Collection[int]) -> Sequence[Job]: ...


class ImportQueue:
    """Takes NZBs, so that once :meth:`add` returns they will be imported or refused.

    Args:
        jobs: Where jobs are stored.
        changes: Changes those.
        nzbs: Where NZBs are kept.
        running: Knows what is being imported.
        withdraw: Takes back from the disk what a job left there that never came in.
        categories: What jobs may have as their category; if there are none, any name is taken.
        duplicates: What becomes of what was handed in before.
    """

    def __init__(
        self,
        jobs: Jobs,
        changes: Changes,
        nzbs: NzbStore,
        running: Running,
        *,
        withdraw: Callable[[str], Awaitable[None]],
        categories: Categories = NONE,
        duplicates: Policy = Policy.UPDATE,
    ) -> None:
        self._jobs = jobs
        self._changes = changes
        self._nzbs = nzbs
        self._running = running
        self._withdraw = withdraw
        self._categories = categories
        self._duplicates = duplicates
        self._intake = asyncio.Lock()
        """So that of two that are the same one comes first."""

        self._news = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []

    async def add(
        self,
        data: bytes,
        name: str,
        category: str | None = None,
        password: str | None = None,
        *,
        priority: Priority | None = None,
        paused: bool = False,
        duplicates: Policy | None = None,
    ) -> Job:
        """Keep an NZB and queue a job for it, or have a job take it over that waits.

        Args:
            data: The NZB as it came, gzipped or not; it is parsed later, by the worker.
            name: What the user calls it; a path's last part and without ``.nzb`` is kept. It may
                have a password in it, as ``name{{password}}`` or ``name password=...``.
            category: One of the configured ones, in any case; ``None`` or empty for none.
            password: Opens what it leads to, if that is encrypted.
            priority: If not given, its category's.
            paused: Whether it waits until someone resumes it.
            duplicates: What becomes of it if it was handed in before; if not given, what becomes of
                all.

        Raises:
            InvalidRequestError: It is empty or too large, or there is no such category.
            ObstacleError: It was handed in before, and that is to be refused.
            OSError: It could not be written down.
        """
        if not data:
            raise InvalidRequestError(f"{name!r} is empty; hand in the whole NZB file")
        if len(data) > MAX_NZB_BYTES:
            raise InvalidRequestError(
                f"{name!r} has {len(data)} bytes; an NZB may have at most {MAX_NZB_BYTES}"
            )
        chosen = self._categories.find(category)
        release = uuid.uuid4().hex
        title, in_name = without_password(job_name(name))
        kept = await self._nzbs.keep(release, data)
        wish = _Wish(
            title,
            chosen,
            tuple(secret[:MAX_PASSWORD] for secret in (in_name, password) if secret),
            priority,
            paused,
            self._duplicates if duplicates is None else duplicates,
        )
        try:
            async with self._intake:
                job = await self._taken_over(release, kept, wish)
                if job is None:
                    return await self._added(release, kept, wish)
        except Exception:
            await self._nzbs.drop(release)
            raise
        await self._nzbs.drop(release)
        return job

    async def retry(self, job_id: int, password: str | None = None) -> Job:
        """Queue a job again that has ended, or have one that waits for its time tried at once.

        Args:
            job_id: Which.
            password: To be tried first, and from then on.

        Raises:
            NotFoundError: There is no such job.
            JobStateError: It is being imported.
            OSError: The password could not be written down.
        """
        known = await self._jobs.get(job_id)
        if password:
            await self._nzbs.keep_password(known.release, password[:MAX_PASSWORD])
        again = await self._changes.retry([job_id])
        if not again:
            raise JobStateError((await self._jobs.get(job_id)).status, JobStatus.QUEUED)
        self.wake()
        return again[0]

    async def keep_password(self, job: Job, password: str) -> None:
        """Have a password be tried first on what a job leads to.

        Raises:
            OSError: It could not be written down.
        """
        await self._nzbs.keep_password(job.release, password[:MAX_PASSWORD])

    async def kept(self, job_id: int) -> tuple[Job, AsyncGenerator[bytes, None]]:
        """A job and its NZB in pieces, unpacked, with the passwords that were given for it.

        Raises:
            NotFoundError: There is no such job. If its NZB is not kept any more, the pieces say so.
        """
        job = await self._jobs.get(job_id)
        return job, self._nzbs.pieces(job.release)

    async def remove(
        self, statuses: Collection[JobStatus], releases: Sequence[str] | None
    ) -> Sequence[Job]:
        """Forget jobs, and the NZBs of those that brought nothing; the library keeps its files.

        Imports of those that are running end.

        Args:
            statuses: Where they may stand; a job that has gone on by then is let be.
            releases: Which; None for all.

        Returns:
            Those that were removed.

        Raises:
            OSError: An NZB could not be removed; its job is gone all the same.
        """
        gone = await self._jobs.remove(statuses, releases)
        await self._running.stop([job.id for job in gone])
        for job in gone:
            if job.status is not JobStatus.COMPLETED:  # a release's NZB may yet be looked at
                await self._withdraw(job.release)
                await self._nzbs.drop(job.release)
        return gone

    async def _added(self, release: str, kept: Kept, wish: _Wish) -> Job:
        for secret in wish.passwords:
            await self._nzbs.keep_password(release, secret)
        default = self._categories.priority(wish.category)
        job = await self._jobs.add(
            release,
            wish.name,
            wish.category,
            priority=default if wish.priority is None else wish.priority,
            paused=wish.paused,
            digest=kept.digest,
            nzb_bytes=kept.size,
        )
        self.wake()
        return job

    async def _taken_over(self, release: str, kept: Kept, wish: _Wish) -> Job | None:
        """The job that waits and is for the same, which is as it is wished for now."""
        same = await before(self._jobs, wish.duplicates, wish.name, wish.category, kept.digest)
        if same is None:
            return None
        if same.digest != kept.digest:
            await self._nzbs.replace(same.release, release)
        for secret in wish.passwords:
            await self._nzbs.keep_password(same.release, secret)
        change = Change(
            category=wish.category,
            priority=wish.priority,
            digest=kept.digest,
            nzb_bytes=kept.size,
        )
        changed = await self._changes.change([same.id], change)
        if changed:
            self.wake()
            return changed[0]
        # A worker has taken it meanwhile, and it is not known with which of two NZBs.
        return await self._jobs.get(same.id) if same.digest == kept.digest else None

    def wake(self) -> None:
        """Say that there may be something to do."""
        self._news.set()
        for call in self._listeners:
            call()

    def listen(self, call: Callable[[], None]) -> None:
        """Have something else be told as well that there may be something to do."""
        self._listeners.append(call)

    def look(self) -> None:
        """Call before looking for a job, so that news from now on end the next :meth:`wait`."""
        self._news.clear()

    async def wait(self, seconds: float | None = None) -> None:
        """Wait for news since the last :meth:`look`, or so long at the most. For one waiter."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()


@dataclass(frozen=True, slots=True)
class _Wish:
    """How an NZB is to be imported."""

    name: str
    category: str | None
    passwords: tuple[str, ...]
    priority: Priority | None
    paused: bool
    duplicates: Policy


def job_name(name: str) -> str:
    """What the user sees: a file name without its folder, ``.nzb`` and ``.gz``, on one line."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    for suffix in _SUFFIXES:
        if last.lower().endswith(suffix):
            last = last[: -len(suffix)]
    readable = "".join(letter if letter.isprintable() else " " for letter in last)
    return " ".join(readable.split())[:MAX_NAME] or "unnamed"
