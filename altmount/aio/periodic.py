"""Something small that is done again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Periodic:
    """Calls a function every so often inside its block, by timer and without a task.

    Args:
        seconds: From one call to the next.
        call: Is told how late it is called, in seconds. It may not raise.
    """

    def __init__(self, seconds: float, call: Callable[[float], None]) -> None:
        self._seconds = seconds
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0

    async def __aenter__(self) -> Self:
        self._set()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _set(self) -> None:
        self._due = self._loop.time() + self._seconds
        self._timer = self._loop.call_at(self._due, self._ring)

    def _ring(self) -> None:
        late = max(0.0, self._loop.time() - self._due)
        self._set()
        self._call(late)
