"""Speed tests and the tuning of pipelining, once however many ask."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Protocol, Self

from altmount.aio.singleflight import Singleflight
from altmount.api.keptclients import Client, KeptClients
from altmount.api.measurement import Asked, Conditions, Measurement, Memory, measure
from altmount.api.trialposts import TrialPost, own_post
from altmount.api.tuning import DEPTHS, Recommendation, recommend
from altmount.articles import Urgency
from altmount.errors import AltmountError, PermanentError, TemporaryError
from altmount.logs.logger import logger_of
from altmount.nntp.commands import Command, Verb
from altmount.nntp.provider import Provider
from altmount.nntp.status import Code

TEST_SECONDS = 300.0
"""How long a speed test may take, finding and reading an NZB included."""

TUNE_SECONDS = 180.0
_TUNE_CONNECTIONS = 4
_TUNE_ARTICLES = 160
_TUNE_LEVEL_SECONDS = 20.0
_MOST_AT_ONCE = 200
_LINE = 100
# A speed test takes no more than this share of the memory for articles: one in so many.
_SHARE = 4

_log = logger_of(__name__)


class NothingArrivedError(TemporaryError):
    """No article came, and nothing says that none ever will."""


class PostMissingError(PermanentError):
    """The provider has none of the articles that were to be fetched."""


class OutOfTimeError(TemporaryError):
    """It took too long as a whole."""


class Running(Asked, Protocol):
    """The pool of an account that is in use."""

    @property
    def played_bytes(self) -> int:
        """Bytes that came for players so far."""

    @property
    def playback_waits(self) -> bool:
        """Whether something for a player waits for its turn."""


class Accounts(Protocol):
    """The accounts that are in use, and connections beside theirs."""

    def pool(self, provider_id: str) -> Running | None: ...

    def beside(self, provider: Provider, connections: int | None = None) -> Client:
        """A pool of its own, within the account's limit; idle connections make way for it."""


class Posts(Protocol):
    """Where posts to fetch come from."""

    async def default(self) -> TrialPost:
        """The one in the settings."""


class History(Protocol):
    """Where results are kept."""

    async def add(self, provider: str, size: int, seconds: float) -> object: ...


@dataclass(frozen=True, slots=True)
class Speed:
    """What a speed test found."""

    post: str
    """What was fetched."""

    measured: Measurement
    warning: str = ""

    @property
    def megabytes_per_second(self) -> float:
        """In units of 2^20 bytes a second."""
        return self.measured.rate / (1 << 20)


@dataclass(frozen=True, slots=True)
class Tuned:
    """What trying depths found."""

    recommendation: Recommendation
    speeds: dict[int, float]
    """Bytes a second by depth."""

    connections: int


class SpeedTests:
    """Runs one test of an account at a time, and gives its result to all who asked.

    A test belongs to all who wait for it: it is cancelled when the last one leaves. It goes
    over the connections that are there if the account is in use, and else over a client that
    is kept for five minutes; never over more connections than the account has.

    Args:
        accounts: Those in use.
        find: The account of an id, in use or not. Raises NotFoundError.
        posts: What is fetched where there is no post of our own.
        history: Where results are kept.
        memory: Where the bytes in the air are accounted for.
        memory_bytes: How many there may be.
        seconds: How long articles are fetched at most.
    """

    def __init__(
        self,
        accounts: Accounts,
        find: Callable[[str], Provider],
        posts: Posts,
        history: History,
        memory: Memory,
        *,
        memory_bytes: int,
        seconds: float,
        own: TrialPost | None = None,
    ) -> None:
        self._accounts = accounts
        self._find = find
        self._posts = posts
        self._history = history
        self._memory = memory
        self._memory_bytes = memory_bytes
        self._seconds = seconds
        self._own = own or own_post()
        self._clients = KeptClients(accounts.beside)
        self._tests: Singleflight[tuple[str, TrialPost | None], Speed] = Singleflight()
        self._tunings: Singleflight[str, Tuned] = Singleflight()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._stack = AsyncExitStack()

    @property
    def clients(self) -> KeptClients:
        """Those that are kept for accounts that are not in use."""
        return self._clients

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._clients)
            await stack.enter_async_context(self._tests)
            await stack.enter_async_context(self._tunings)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def test(self, provider_id: str, post: TrialPost | None = None) -> Speed:
        """How fast an account is; kept in the history.

        Args:
            provider_id: Whose.
            post: What to fetch; a post of our own if the server has that, else the one in
                the settings.

        Raises:
            NotFoundError: There is no such account.
            AltmountError: It cannot be tested now, or not with that post.
        """
        self._find(provider_id)
        return await self._tests.run((provider_id, post), lambda: self._test(provider_id, post))

    async def tune(self, provider_id: str) -> Tuned:
        """How deep to pipeline with an account; nothing is changed.

        Raises:
            NotFoundError: There is no such account.
            AltmountError: It cannot be tried now.
        """
        self._find(provider_id)
        return await self._tunings.run(provider_id, lambda: self._tune(provider_id))

    async def _test(self, provider_id: str, post: TrialPost | None) -> Speed:
        async with _within(TEST_SECONDS), self._turns[provider_id]:
            provider = self._find(provider_id)
            running = self._accounts.pool(provider_id)
            async with self._pool(provider_id, running) as pool:
                chosen = post or await self._choose(pool)
                played = running.played_bytes if running else 0
                at_once = min(provider.max_connections * provider.depth, _MOST_AT_ONCE)
                conditions = Conditions(
                    self._memory, self._affordable(at_once, chosen), self._seconds
                )
                found = await measure(pool, chosen.articles, chosen.article_bytes, conditions)
                played = running.played_bytes - played if running else 0
                tested = _judged(found, chosen, played)
            await self._keep(provider_id, found)
        _log.info(
            "a speed test has ended",
            provider=provider_id,
            megabytes_per_second=round(tested.megabytes_per_second, 2),
            seconds=round(found.seconds, 2),
            warning=tested.warning,
        )
        return tested

    async def _tune(self, provider_id: str) -> Tuned:
        async with _within(TUNE_SECONDS), self._turns[provider_id]:
            provider = self._find(provider_id)
            await self._clients.drop(provider_id)
            running = self._accounts.pool(provider_id)
            connections = min(_TUNE_CONNECTIONS, max(1, provider.max_connections // 2))
            speeds: dict[int, float] = {}
            post = None
            for depth in DEPTHS:
                level = replace(provider, depth=depth)
                async with self._accounts.beside(level, connections) as pool:
                    post = post or await self._choose(pool)
                    conditions = Conditions(
                        self._memory,
                        self._affordable(connections * depth, post),
                        _TUNE_LEVEL_SECONDS,
                        # Its own pool has nothing else in its queue, and what is asked for
                        # now is not held back by what the line was worth so far.
                        Urgency.PLAYBACK_NOW,
                        may_go_on=lambda: running is None or not running.playback_waits,
                    )
                    articles = post.articles[:_TUNE_ARTICLES]
                    found = await measure(pool, articles, post.article_bytes, conditions)
                speeds[depth] = found.rate
            advice = recommend(speeds, provider.depth)
            return Tuned(advice, speeds, connections)

    @asynccontextmanager
    async def _pool(self, provider_id: str, running: Running | None) -> AsyncIterator[Asked]:
        """The connections to test with."""
        if running is not None:
            await self._clients.drop(provider_id)  # it was kept while the account was not in use
            yield running
        else:
            async with self._clients.client(provider_id, self._find(provider_id)) as client:
                yield client

    async def _choose(self, pool: Asked) -> TrialPost:
        """A post of our own if the server has it, which one command tells."""
        command = Command(Verb.STAT, self._own.articles[0])
        answer = await pool.ask(command, Urgency.HEALTH, _LINE)
        return self._own if answer.code == Code.ARTICLE_EXISTS else await self._posts.default()

    def _affordable(self, at_once: int, post: TrialPost) -> int:
        """How many articles fit in a test's share of the memory, at least 1."""
        return max(1, min(at_once, self._memory_bytes // _SHARE // post.article_bytes))

    async def _keep(self, provider_id: str, found: Measurement) -> None:
        try:
            await self._history.add(provider_id, found.bytes, found.seconds)
        except AltmountError as error:
            _log.warning(
                "a speed test cannot be written down", provider=provider_id, reason=str(error)
            )


def _judged(found: Measurement, post: TrialPost, played: int) -> Speed:
    """What a measurement says.

    Raises:
        PostMissingError: None of the articles is there.
        NothingArrivedError: None came.
    """
    if not found.articles and found.missing:
        raise PostMissingError(
            f"the provider has none of the articles of {post.name}; give an NZB whose articles"
            " it has"
        )
    if not found.articles:
        raise NothingArrivedError(
            "nothing arrived: players take all there is, or the line is down; try again later"
        )
    warnings = []
    if played:
        warnings.append(
            f"players used the account meanwhile ({played >> 20} MiB); this is what they left"
        )
    if found.missing:
        asked = found.missing + found.articles
        warnings.append(f"{found.missing} of {asked} articles are not on this provider")
    if found.failed:
        warnings.append(f"{found.failed} articles could not be fetched")
    return Speed(post.name, found, "; ".join(warnings))


@asynccontextmanager
async def _within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise OutOfTimeError(f"it took more than {seconds:g} s; try again later") from None
