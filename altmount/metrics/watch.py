"""Takes samples of a running program."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from types import TracebackType
from typing import Protocol, Self

from altmount import __version__
from altmount.aio.budget import ByteBudget
from altmount.aio.climb import Flow
from altmount.aio.periodic import Periodic
from altmount.histogram import Histogram
from altmount.jobs import JobStatus
from altmount.logs.logger import logger_of
from altmount.metrics.sample import Account, Cache, Clients, Sample
from altmount.metrics.speed import Speedometer
from altmount.metrics.turns import turns
from altmount.nntp.pool import Pool
from altmount.nntp.poolstate import PoolState
from altmount.reader.store import ArticleStore

# How often the loop is looked at, in seconds. Four times a second cost nothing that shows.
_LOOK_SECONDS = 0.25
_SPEED_SECONDS = 2.0
_TURN_SECONDS = 1.0
_LAG = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

_log = logger_of(__name__)

ALL = ""
"""The name that stands for all accounts together in :attr:`Watch.bytes`."""


class Streams(Protocol):
    """What is sent to players."""

    @property
    def open(self) -> Mapping[str, int]: ...

    @property
    def opened(self) -> Mapping[str, int]: ...

    @property
    def sent(self) -> int: ...

    def note(self, now: float) -> None: ...


class Jobs(Protocol):
    """The jobs that are stored."""

    async def counts(self) -> Mapping[JobStatus, int]: ...


class Watch:
    """Looks at the loop, the accounts and the counters now and then, inside its block.

    What becomes of an account is told in the log.

    Args:
        pools: The accounts that are in use at the moment.
        line: What is known of the line that they share.
        store: The articles in memory.
        budget: Of those.
        streams: What is sent to players.
        jobs: The imports.
    """

    def __init__(
        self,
        pools: Callable[[], Iterable[Pool]],
        line: Callable[[], Flow],
        store: ArticleStore,
        budget: ByteBudget,
        streams: Streams,
        jobs: Jobs,
    ) -> None:
        self._pools = pools
        self._line = line
        self._store = store
        self._budget = budget
        self._streams = streams
        self._jobs = jobs
        self._loop = asyncio.get_running_loop()
        self._started = datetime.now(UTC)
        self._lag = Histogram(_LAG)
        self._standing: dict[str, PoolState] = {}
        self._stack = AsyncExitStack()
        now = self._loop.time()
        self.bytes = Speedometer(now, self._wire_bytes())
        """Over the line, by account, and of :data:`ALL`."""

        self.missing = Speedometer(now, self._missing())
        """Articles that an account did not have."""

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(Periodic(_LOOK_SECONDS, self._lag.add))
            await stack.enter_async_context(Periodic(_SPEED_SECONDS, self._note))
            await stack.enter_async_context(Periodic(_TURN_SECONDS, self._tell))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def sample(self) -> Sample:
        """How everything is now.

        Raises:
            DatabaseUnavailableError: The jobs cannot be counted.
        """
        jobs = await self._jobs.counts()
        store, budget, streams = self._store, self._budget, self._streams
        return Sample(
            version=__version__,
            started=self._started,
            accounts=tuple(
                Account(pool.provider, pool.tally, pool.state) for pool in self._pools()
            ),
            line=self._line(),
            cache=Cache(
                used_bytes=budget.used,
                limit_bytes=budget.limit,
                most_bytes=budget.most,
                kept=store.kept,
                ahead=store.ahead,
                coming=store.in_the_air,
                requests=dict(store.requests),
            ),
            clients=Clients(dict(streams.open), dict(streams.opened), streams.sent),
            jobs={status.value: jobs.get(status, 0) for status in JobStatus},
            lag=self._lag,
        )

    def _note(self, _late: float) -> None:
        now = self._loop.time()
        self.bytes.note(now, self._wire_bytes())
        self.missing.note(now, self._missing())
        self._streams.note(now)

    def _tell(self, _late: float) -> None:
        before, self._standing = self._standing, {}
        for pool in self._pools():
            provider_id = pool.provider.id
            now = self._standing[provider_id] = pool.state
            for turn in turns(before.get(provider_id), now):
                _log.log(turn.level, turn.text, provider=provider_id, **turn.fields)

    def _wire_bytes(self) -> dict[str, int]:
        counts = {pool.provider.id: sum(pool.tally.wire_bytes) for pool in self._pools()}
        return {**counts, ALL: sum(counts.values())}

    def _missing(self) -> dict[str, int]:
        return {pool.provider.id: pool.tally.missing for pool in self._pools()}
