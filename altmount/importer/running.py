"""The imports that are being worked on, so that others can stop them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection


class Running:
    """Knows the task of each job that is being imported."""

    def __init__(self) -> None:
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def begin(self, job_id: int, task: asyncio.Task[None]) -> None:
        """Say that a task imports a job from now on; it is forgotten when it has ended."""
        self._tasks[job_id] = task
        task.add_done_callback(lambda _: self._forget(job_id, task))

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
            del self._tasks[job_id]
