"""The way from wsgidav's threads to the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from typing import Any, TypeVar

from altmount.aio.scope import TaskScope
from altmount.errors import TemporaryError

T = TypeVar("T")


class EndingError(TemporaryError):
    """The program is ending, or the work was interrupted."""


class Bridge:
    """Runs coroutines on the loop for threads that wait for them.

    What it has started belongs to its scope: when that is left, work still under way is
    cancelled, and the thread that waits for it is told so.
    """

    def __init__(self, scope: TaskScope) -> None:
        self._scope = scope
        self._loop = asyncio.get_running_loop()

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine and wait for it; for threads other than the loop's.

        Raises:
            EndingError: It was interrupted.
        """
        waiting: Future[T] = Future()
        try:
            self._loop.call_soon_threadsafe(self._start, work, waiting)
        except RuntimeError:
            raise EndingError("the program is ending; try again later") from None
        try:
            return waiting.result()
        except CancelledError:
            raise EndingError("the program is ending; try again later") from None

    def _start(self, work: Callable[[], Coroutine[Any, Any, T]], waiting: Future[T]) -> None:
        def hand_over(task: asyncio.Task[T]) -> None:
            if task.cancelled():
                waiting.cancel()
            elif (error := task.exception()) is not None:
                waiting.set_exception(error)
            else:
                waiting.set_result(task.result())

        self._scope.start(work(), name="for a WebDAV thread").add_done_callback(hand_over)
