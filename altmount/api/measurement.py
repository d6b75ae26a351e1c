"""How fast articles come from one account."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from altmount.aio.scope import TaskScope
from altmount.articles import MessageId, Urgency
from altmount.errors import AltmountError
from altmount.nntp.commands import Command, Verb
from altmount.nntp.errors import AuthenticationError
from altmount.nntp.protocol import Answer
from altmount.nntp.status import Code

# How long to wait before asking again for memory, or whether a player waits, in seconds.
_PATIENCE = 0.05
# So many failures, with nothing that works, end a measurement.
_MOST_FAILURES = 5


class Asked(Protocol):
    """An account that can be asked."""

    async def ask(
        self, command: Command, urgency: Urgency, expected: int, *, reader: object = None
    ) -> Answer: ...


class Memory(Protocol):
    """Where the bytes in the air are accounted for."""

    def reserve(self, size: int) -> bool:
        """Set bytes aside if there is room for them."""

    def unreserve(self, size: int) -> None:
        """Give them back."""


@dataclass(slots=True)
class Measurement:
    """What arrived, in how long."""

    articles: int = 0
    bytes: int = 0
    """On the line."""

    missing: int = 0
    failed: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Bytes a second."""
        return self.bytes / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which a measurement is made."""

    memory: Memory
    at_once: int
    """How many articles may be asked for at a time; the pool decides how many are in the air."""

    seconds: float
    """After which it ends, whatever is left."""

    urgency: Urgency = Urgency.HEALTH
    may_go_on: Callable[[], bool] = lambda: True
    """Whether to ask for more now: not while a player waits."""


async def measure(
    pool: Asked, articles: Sequence[MessageId], size: int, conditions: Conditions
) -> Measurement:
    """Fetch articles, drop them, and count.

    What is on its way when the time is over does not count, and is abandoned. So is all of
    it when the caller leaves.

    Args:
        pool: The account.
        articles: Which, in this order.
        size: About how large each is on the line, in bytes.
        conditions: How many, how long.

    Raises:
        AuthenticationError: The server refuses the login.
        AltmountError: Nothing works; the last of what went wrong.
    """
    measuring = _Measuring(pool, iter(articles), size, conditions)
    return await measuring.run(min(conditions.at_once, len(articles)))


class _Measuring:
    def __init__(
        self, pool: Asked, articles: Iterator[MessageId], size: int, conditions: Conditions
    ) -> None:
        self._pool = pool
        self._articles = articles
        self._size = size
        self._conditions = conditions
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._found = Measurement()

    async def run(self, workers: int) -> Measurement:
        found = self._found
        async with TaskScope() as scope:
            tasks = [scope.start(self._work(), name="speed test") for _ in range(workers)]
            await asyncio.wait(
                tasks, timeout=self._conditions.seconds, return_when=asyncio.FIRST_EXCEPTION
            )
        for task in tasks:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
        if any(task.cancelled() for task in tasks):
            # The time ran out, and counts whole: also what came to nothing at its end.
            found.seconds = self._conditions.seconds
        return found

    async def _work(self) -> None:
        for message_id in self._articles:
            while not self._has_room():  # noqa: ASYNC110 nobody says when; it is rare
                await asyncio.sleep(_PATIENCE)
            try:
                await self._fetch(message_id)
            finally:
                self._conditions.memory.unreserve(self._size)

    def _has_room(self) -> bool:
        conditions = self._conditions
        return conditions.may_go_on() and conditions.memory.reserve(self._size)

    async def _fetch(self, message_id: MessageId) -> None:
        found = self._found
        command = Command(Verb.BODY, message_id)
        try:
            answer = await self._pool.ask(
                command, self._conditions.urgency, self._size, reader=self
            )
        except AuthenticationError:
            raise
        except AltmountError:
            found.failed += 1
            if not found.articles and found.failed >= _MOST_FAILURES:
                raise
            return
        found.seconds = self._loop.time() - self._began
        if answer.code == Code.BODY_FOLLOWS:
            found.articles += 1
            found.bytes += answer.response.bytes_read
        elif answer.code in {Code.NO_SUCH_ARTICLE, Code.NO_SUCH_NUMBER}:
            found.missing += 1
        else:
            found.failed += 1
