"""Many callers, one piece of work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from altmount.aio.scope import Scoped
from altmount.aio.uninterrupted import ended
from altmount.errors import TemporaryError

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class CutOffError(TemporaryError):
    """The work was ended before it was done, because the program ends."""


@dataclass(eq=False, slots=True)
class _Flight(Generic[T]):
    work: asyncio.Task[T]
    passengers: int = 0


class Singleflight(Scoped, Generic[K, T]):
    """Callers who ask for the same key while it is in the air share one result.

    The work belongs to all who wait for it, not to the one who came first: it goes on while
    anyone is left, and is cancelled when the last one leaves, who waits for its end. Leaving
    the block ends all of it.
    """

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[T]] = {}
        super().__init__()

    async def run(self, key: K, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of the work that is in the air for a key, or of this.

        Raises:
            CutOffError: The block was left before it was done.
            Exception: What the work raises, for each who waits.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = _Flight(self._scope.start(work(), name="singleflight"))
            self._flights[key] = flight
            flight.work.add_done_callback(lambda _: self._land(key, flight))
        flight.passengers += 1
        try:
            # A wait of one's own: to cancel it leaves the work to the others.
            await asyncio.wait([flight.work])
        finally:
            flight.passengers -= 1
            if not flight.passengers and not flight.work.done():
                self._land(key, flight)  # who comes now must not share what is being cancelled
                flight.work.cancel()
                await ended(flight.work)
        if flight.work.cancelled():
            raise CutOffError("it was ended, because the program ends")
        return flight.work.result()

    def _land(self, key: K, flight: _Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
