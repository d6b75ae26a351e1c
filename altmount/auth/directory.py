"""Who there is, kept up to date: also with what other programs change in the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol, Self

from altmount.aio.scope import Scoped
from altmount.auth.people import NO_PEOPLE, People
from altmount.db.users import Everyone
from altmount.errors import AltmountError

FRESH_SECONDS = 5.0
"""How long a change that another program made may stay unnoticed."""

_PATIENCE_SECONDS = 2.0
"""How long a request waits for what may have changed; then what is known has to do."""

logger = logging.getLogger(__name__)


class Repository(Protocol):
    """Where everyone is kept."""

    async def everyone(self, now: datetime) -> Everyone: ...


class Directory(Scoped):
    """Keeps :class:`People` in memory, so that the door asks the database once in a while only.

    Used as a block; leaving it ends a reading that is under way.
    """

    def __init__(
        self,
        repository: Repository,
        *,
        clock: Callable[[], float],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Know nobody yet.

        Args:
            repository: Where everyone is kept.
            clock: Monotonic seconds.
            now: The time of day.
        """
        self._repository = repository
        self._clock = clock
        self._now = now
        self._turn = asyncio.Lock()
        super().__init__()
        self._reading: asyncio.Task[None] | None = None
        self._read_at = float("-inf")
        self.people = NO_PEOPLE
        """As of the last reading."""

    async def __aenter__(self) -> Self:
        """Read for the first time.

        Raises:
            DatabaseUnavailableError: It failed this time.
            DatabaseError: The database is damaged.
        """
        await self.refresh()
        return self

    async def refresh(self) -> None:
        """Read everyone again, after a change; what was changed before the call is seen.

        Raises:
            DatabaseUnavailableError: It failed this time.
            DatabaseError: The database is damaged.
        """
        async with self._turn:
            begun = self._clock()
            everyone = await self._repository.everyone(self._now())
            self.people, self._read_at = People(everyone), begun

    async def freshen(self) -> None:
        """Read again what may have changed; costs nothing if it was read a moment ago.

        Where the database does not answer, what was known stays known: files go on playing.
        """
        if self._clock() - self._read_at < FRESH_SECONDS:
            return
        if self._reading is None or self._reading.done():
            self._reading = self._scope.start(self._read_again(), name="directory")
        await asyncio.wait([self._reading], timeout=_PATIENCE_SECONDS)

    async def _read_again(self) -> None:
        try:
            await self.refresh()
        except AltmountError as error:
            self._read_at = self._clock()  # not again for each request
            logger.warning("who may come in is as it was, since %s", error)
