"""The search for an article: one account is asked after the other, or all at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, NamedTuple

from altmount.aio.scope import TaskScope
from altmount.articles import (
    ArticleMissingError,
    ArticleUnavailableError,
    MessageId,
    Urgency,
)
from altmount.errors import AltmountError
from altmount.logs.logger import logger_of
from altmount.nntp.commands import Command, Verb
from altmount.nntp.errors import DeadlineError, RetiredError, UnreachableError
from altmount.nntp.exchange import Exchange
from altmount.nntp.inquiry import Inquiry
from altmount.nntp.misses import Misses
from altmount.nntp.outcome import Verdict, judge_presence
from altmount.nntp.pool import Pool
from altmount.nntp.protocol import Answer
from altmount.nntp.status import Outcome, meaning_of
from altmount.nntp.straggler import Allowance, Watch

# Readers that failed together must not come back together (seconds).
_SHORTEST_RETRY, _LONGEST_RETRY = 0.05, 0.15

LINE_BYTES = 100
"""How large an answer of one line is taken to be."""

_log = logger_of(__name__)

Judge = Callable[[Answer], Verdict]


class Question(NamedTuple):
    """What every provider is asked alike."""

    message_id: MessageId
    command: Command
    expected: int
    """How large the answer will be, in bytes, as far as is known."""

    reader: object
    """Who wants to know."""


class Search:
    """Asks accounts until one serves the article, and remembers who lacks it."""

    def __init__(self) -> None:
        self._misses = Misses()
        self._allowance = Allowance()
        self._inquiries: dict[MessageId, Inquiry] = {}
        self._hopeful: set[asyncio.Future[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._main: tuple[Pool, ...] = ()
        self._backup: tuple[Pool, ...] = ()
        self._pools: tuple[Pool, ...] = ()

    def follow(self, pools: Sequence[Pool]) -> None:
        """Ask these from now on; also for what is being looked for."""
        self._pools = tuple(pools)
        self._main = tuple(pool for pool in pools if not pool.provider.backup)
        self._backup = tuple(pool for pool in pools if pool.provider.backup)
        self.wake()

    def wake(self) -> None:
        """Some account may be asked again that could not be."""
        for waiter in self._hopeful:
            if not waiter.done():
                waiter.set_result(None)

    def hurry(self, message_id: MessageId, urgency: Urgency) -> None:
        """Let what is asked about an article wait no longer than ``urgency`` must."""
        inquiry = self._inquiries.get(message_id)
        if inquiry is not None:
            inquiry.urgency = min(inquiry.urgency, urgency)
            inquiry.notice()
        for pool in self._pools:
            pool.hurry(message_id, urgency)

    async def ask(self, wanted: Question, urgency: Urgency, judge: Judge) -> Verdict:
        """What serves an article.

        One provider is asked after the other, and one that merely failed a second time. So what
        is missing costs one command for each provider, and what always fails at most two for any.

        Raises:
            ArticleMissingError: All have said that they lack it.
            ArticleDamagedError: Some have it, but none as it should be.
            ArticleUnavailableError: It cannot be had now.
        """
        inquiry = self._inquiries[wanted.message_id] = Inquiry(wanted.message_id, urgency)
        try:
            self._recall(inquiry)
            while (pool := await self._whom(inquiry)) is not None:
                verdict = await self._ask(pool, wanted, judge, inquiry)
                if verdict is not None:
                    return verdict
                while racers := inquiry.race(self._main, self._backup):
                    verdict = await self._race(racers, wanted, judge, inquiry)
                    if verdict is not None:
                        return verdict
        finally:
            if self._inquiries.get(wanted.message_id) is inquiry:
                del self._inquiries[wanted.message_id]
        if not self._pools:
            reason = "no provider is set up; add one to providers"
            raise ArticleUnavailableError(wanted.message_id, reason)
        raise self._failure(inquiry)

    def _failure(self, inquiry: Inquiry) -> AltmountError:
        """What an inquiry comes to for which nobody is left to ask."""
        error = inquiry.error(self._pools)
        if isinstance(error, ArticleMissingError) and inquiry.urgency <= Urgency.PLAYBACK_LATER:
            _log.warning("no provider has an article of what plays", article=inquiry.message_id)
        return error

    async def _whom(self, inquiry: Inquiry) -> Pool | None:
        """Whom to ask next; ``None`` if there is nobody left, and nobody to wait for."""
        pool = inquiry.next(self._in_order())
        while pool is None:
            pool, hope = inquiry.second_chance(self._loop.time())
            if pool is not None:
                if not inquiry.hurried:
                    await asyncio.sleep(random.uniform(_SHORTEST_RETRY, _LONGEST_RETRY))  # noqa: S311
            elif not await self._revival(hope):
                return None
            else:
                pool = inquiry.next(self._in_order())  # one may be new
        return pool

    async def _race(
        self, pools: Sequence[Pool], wanted: Question, judge: Judge, inquiry: Inquiry
    ) -> Verdict | None:
        """Ask several at once whether they have it; the first that has serves it, if it does.

        Those that had not said anything by then may still be asked.
        """
        question = wanted._replace(
            command=Command(Verb.STAT, wanted.message_id), expected=LINE_BYTES
        )

        async def ask(pool: Pool) -> tuple[Pool, Verdict | None]:
            return pool, await self._ask(pool, question, judge_presence, inquiry)

        async with TaskScope() as scope:
            asking = [scope.start(ask(pool), name=f"ask {pool.provider.label}") for pool in pools]
            for answered in asyncio.as_completed(asking):
                pool, verdict = await answered
                if verdict is not None:
                    break
        if verdict is None or wanted.command.verb is Verb.STAT:
            return verdict
        return await self._ask(pool, wanted, judge, inquiry)

    async def _ask(
        self, pool: Pool, wanted: Question, judge: Judge, inquiry: Inquiry
    ) -> Verdict | None:
        """What one provider serves, if it does; else the inquiry knows why not."""
        exchange = pool.exchange(wanted.command, inquiry.urgency, wanted.expected)
        if wanted.command.verb is not Verb.BODY:
            answer = pool.carry_out(exchange, wanted.reader)
            return await self._judged(pool, exchange, answer, judge, inquiry)

        def right(answer: Answer) -> bool:
            return judge(answer).outcome is Outcome.SERVED

        with Watch(pool, exchange, self._allowance, right, self._whom_second(inquiry)) as watch:
            inquiry.watch = watch
            inquiry.notice()
            answer = pool.carry_out(exchange, wanted.reader)
            verdict = await self._judged(pool, exchange, answer, judge, inquiry)
            if verdict is None and watch.second is not None:
                pool, exchange = watch.second
                answer = pool.wait(exchange)
                verdict = await self._judged(pool, exchange, answer, judge, inquiry)
        inquiry.watch = None
        if verdict is not None:
            self._allowance.earn()
        return verdict

    async def _judged(
        self,
        pool: Pool,
        exchange: Exchange,
        answer: Coroutine[Any, Any, Answer],
        judge: Judge,
        inquiry: Inquiry,
    ) -> Verdict | None:
        """What an answer that is waited for comes to."""
        try:
            verdict = judge(await answer)
        except RetiredError:
            inquiry.asked(pool)
            return None
        except AltmountError as error:
            # Else it holds these frames, and with them itself and its connection's buffers.
            error.__traceback__ = None
            verdict = Verdict(meaning_of(error), str(error))
            inquiry.hurried = isinstance(error, (DeadlineError, UnreachableError))
        inquiry.asked(pool)
        if verdict.outcome is Outcome.SERVED:
            return verdict
        if verdict.outcome is Outcome.MISSING:
            self._misses.note(pool.provider.storage, inquiry.message_id, self._loop.time())
        elif verdict.outcome is Outcome.WRONG:
            pool.tally.wrong += 1
        inquiry.note(pool, verdict.outcome, verdict.reason, sent=exchange.sent)
        return None

    def _whom_second(self, inquiry: Inquiry) -> Callable[[Pool, Exchange], Pool | None]:
        """Whom to ask a second time for what is late.

        Another connection of the same account, while it answers others; else another account.
        """

        def whom(pool: Pool, late: Exchange) -> Pool | None:
            alone = pool.provider.max_connections == 1
            other = inquiry.next(one for one in self._main if one is not pool and one.available)
            if other is not None and (alone or pool.lateness.answered_at < late.sent_at):
                return other
            return None if alone else pool

        return whom

    def _recall(self, inquiry: Inquiry) -> None:
        """Do not ask those who said not long ago that they lack it."""
        if not self._misses:
            return
        now = self._loop.time()
        for storage in {pool.provider.storage for pool in self._pools}:
            if self._misses.lacks(storage, inquiry.message_id, now):
                inquiry.missing(storage)

    async def _revival(self, until: float) -> bool:
        """Wait until some account may be asked again; whether that was before ``until``."""
        if until <= self._loop.time():
            return False
        waiter = self._loop.create_future()
        self._hopeful.add(waiter)
        try:
            async with asyncio.timeout_at(until):
                await waiter
        except TimeoutError:
            return False
        finally:
            self._hopeful.discard(waiter)
        return True

    def _in_order(self) -> Sequence[Pool]:
        """Main providers before backups; of each, those that can answer now, the idlest first.

        While one has places to spare the order of the settings decides.
        """
        if len(self._main) <= 1 and len(self._backup) <= 1:
            return self._main + self._backup
        return (
            *sorted(self._main, key=_reluctance),
            *sorted(self._backup, key=_reluctance),
        )


def _reluctance(pool: Pool) -> tuple[bool, float]:
    return (not pool.available, pool.strain if pool.strain >= 1 else 0.0)
