"""The imports that are being worked on, so that others can stop them and see how far they are."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from altmount.importer.progress import Progress


class Running:
    """Knows the task of each job that is being imported, and how far that is.

    What is told of progress stays in memory; it is news for an import's few seconds.
    """

    def __init__(self) -> None:
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._progress: dict[int, Progress] = {}

    def begin(self, job_id: int, task: asyncio.Task[None]) -> None:
        """Say that a task imports a job from now on; it is forgotten when it has ended."""
        self._tasks[job_id] = task
        self._progress[job_id] = Progress()
        task.add_done_callback(lambda _: self._forget(job_id, task))

    def tell(self, job_id: int, progress: Progress) -> None:
        """Say how far a job is; it never falls back, even if something is done once more."""
        known = self._progress.get(job_id)
        if known is not None and progress.percentage >= known.percentage:
            self._progress[job_id] = progress

    def progress(self, job_id: int) -> Progress | None:
        """How far a job is; None if it is not being imported."""
        return self._progress.get(job_id)

    def share(self, job_id: int) -> float | None:
        """How much of a job is done, from 0 to 1; None if it is not being imported."""
        progress = self.progress(job_id)
        return None if progress is None else progress.percentage / 100

    async def stop(self, job_ids: Collection[int]) -> None:
        """End the imports of some jobs, and wait until they have; what they fetch ends at once.

        To be called when the database says already that nobody wants them: an import that is
        bringing its files in right then either has done so before, or finds that out.
        """
        stopping = [task for job_id in job_ids if (task := self._tasks.get(job_id)) is not None]
        for task in stopping:
            task.cancel()
        if stopping:
            await asyncio.wait(stopping)

    async def over(self, job_id: int) -> None:
        """Wait until nobody works on a job."""
        if (task := self._tasks.get(job_id)) is not None:
            await asyncio.wait([task])

    def _forget(self, job_id: int, task: asyncio.Task[None]) -> None:
        if self._tasks.get(job_id) is task:
            del self._tasks[job_id], self._progress[job_id]
