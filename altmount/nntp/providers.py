"""All providers together: whoever has the article, and has it right, serves it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Self
from weakref import WeakValueDictionary

from altmount.aio.budget import ByteBudget
from altmount.aio.climb import Flow
from altmount.aio.scope import TaskScope
from altmount.articles import (
    ArticleMissingError,
    ArticleUnavailableError,
    Body,
    MessageId,
    Urgency,
    Wanted,
)
from altmount.errors import AltmountError
from altmount.logs.logger import logger_of
from altmount.nntp.account import Account
from altmount.nntp.commands import Command, Verb
from altmount.nntp.dial import Dial, dialler
from altmount.nntp.errors import DeadlineError, RetiredError, UnreachableError
from altmount.nntp.exchange import Exchange
from altmount.nntp.inquiry import Inquiry
from altmount.nntp.misses import Misses
from altmount.nntp.outcome import Verdict, judge_body, judge_presence
from altmount.nntp.pool import Pool
from altmount.nntp.protocol import Answer
from altmount.nntp.provider import Provider
from altmount.nntp.quota import Usage
from altmount.nntp.shared import Shared
from altmount.nntp.status import Outcome, meaning_of
from altmount.nntp.straggler import Allowance, Watch

# Readers that failed together must not come back together (seconds).
_SHORTEST_RETRY, _LONGEST_RETRY = 0.05, 0.15
# What an article is taken to be while nothing is known of it, in bytes.
_USUAL_ARTICLE = 800_000
# yEnc adds its escapes and line ends, NNTP its own.
_WIRE_OVERHEAD = 1.03

# An answer of one line, in bytes.
_LINE = 100

_log = logger_of(__name__)

Judge = Callable[[Answer], Verdict]


class _Wanted(NamedTuple):
    """What every provider is asked alike."""

    message_id: MessageId
    command: Command
    expected: int
    reader: object


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new list of accounts changed; ids, in the order of the lists."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    """Those that got new connections."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


class Providers:
    """Where articles come from: every enabled account, the backup ones last.

    Args:
        drained: Counts the bytes of answers that nobody wants any more.
        dial_of: What dials an account's server.
        usage: What was used of each account's quota before, by identity.
    """

    def __init__(
        self,
        drained: ByteBudget,
        *,
        dial_of: Callable[[Provider], Dial] = dialler,
        usage: Mapping[str, Usage] = MappingProxyType({}),
    ) -> None:
        self._drained = drained
        self._dial_of = dial_of
        self._accounts: dict[str, Account] = {}
        self._visited: WeakValueDictionary[str, Account] = WeakValueDictionary()
        self._usage = usage
        self._shared = Shared(revived=self._wake_hopeful)
        self._misses = Misses()
        self._allowance = Allowance()
        self._inquiries: dict[MessageId, Inquiry] = {}
        self._scope = TaskScope()
        self._loop = asyncio.get_running_loop()
        self._hopeful: set[asyncio.Future[None]] = set()
        self._draining: set[Pool] = set()
        self._main: tuple[Pool, ...] = ()
        self._backup: tuple[Pool, ...] = ()
        self.pools: tuple[Pool, ...] = ()
        """The running pools, in the order of the settings."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for pool in (*self.pools, *self._draining):
            await pool.close()
        await self._scope.__aexit__(exc_type, exc, traceback)

    def apply(self, providers: Sequence[Provider]) -> Changes:
        """Work with these accounts from now on, in this order, without breaking a read.

        What a removed account has on the wire is still answered; who waits for it asks the
        others. A changed one gets new connections within the account's limit, while its old
        ones finish. One that is as it was keeps its connections, and if its login was refused
        it is tried again.
        """
        before = {pool.provider.id: pool for pool in self.pools}
        pools: list[Pool] = []
        added: list[str] = []
        changed: list[str] = []
        for provider in providers:
            pool = before.pop(provider.id, None)
            if pool is not None and provider.connects_like(pool.provider):
                pool.provider = provider
                pool.account.follow(provider)
                pool.forgive()
            else:
                (added if pool is None else changed).append(provider.id)
                if pool is not None:
                    self._retire(pool)
                pool = self.separate(provider)
                pool.start()
            pools.append(pool)
        for pool in before.values():
            self._retire(pool)
        self.pools = tuple(pools)
        self._main = tuple(pool for pool in pools if not pool.provider.backup)
        self._backup = tuple(pool for pool in pools if pool.provider.backup)
        self._shared.network.watch(pool.provider.id for pool in pools)
        self._wake_hopeful()
        return Changes(tuple(added), tuple(before), tuple(changed))

    def flow(self) -> Flow:
        """What is known of the line that all accounts share."""
        return self._shared.line.flow()

    def pool(self, provider_id: str) -> Pool | None:
        """The running pool of an account, if it has one."""
        return next((pool for pool in self.pools if pool.provider.id == provider_id), None)

    def usage(self, now: float) -> dict[str, Usage]:
        """What was used of each account that is or was in use, by identity.

        Args:
            now: Seconds since 1970, in UTC.
        """
        return {name: account.quota.usage(now) for name, account in self._accounts.items()}

    def separate(self, provider: Provider) -> Pool:
        """A pool of its own for an account, which the caller opens and closes.

        Its connections count with those of other pools of the same account, so that all
        together stay within its limit.
        """
        account = self._accounts.setdefault(provider.identity, self._account(provider))
        account.follow(provider)
        dial = self._dial_of(provider)
        return Pool(provider, dial, self._drained, account=account, shared=self._shared)

    def beside(self, provider: Provider, connections: int | None = None) -> Pool:
        """A pool for trying an account, in use or not, which the caller opens and closes.

        Its connections count with all others of the account, whose limits stay as they are;
        idle ones of the pool in use make way for it. Once it is gone, so is what was known of
        an account that was never in use.

        Args:
            provider: The account, perhaps with other settings than it is in use with.
            connections: How many it may have; as many as the account if left out.
        """
        most = provider.max_connections if connections is None else connections
        tried = replace(provider, max_connections=most, min_connections=0)
        account = self._account(provider)
        self._visited[provider.identity] = account
        for pool in self.pools:
            if pool.account is account:
                pool.make_way(most)
        dial = self._dial_of(tried)
        return Pool(tried, dial, self._drained, account=account, shared=self._shared)

    async def body(
        self,
        message_id: MessageId,
        *,
        urgency: Urgency,
        part: Wanted | None = None,
        reader: object = None,
    ) -> Body:
        size = part.size if part else _USUAL_ARTICLE
        command = Command(Verb.BODY, message_id)
        wanted = _Wanted(message_id, command, int(size * _WIRE_OVERHEAD), reader)
        verdict = await self._inquire(wanted, urgency, lambda answer: judge_body(answer, part))
        assert verdict.body is not None  # noqa: S101 what is served has a body
        return verdict.body

    async def exists(self, message_id: MessageId, *, urgency: Urgency) -> bool:
        command = Command(Verb.STAT, message_id)
        try:
            wanted = _Wanted(message_id, command, _LINE, None)
            await self._inquire(wanted, urgency, judge_presence)
        except ArticleMissingError:
            return False
        return True

    def hurry(self, message_id: MessageId, urgency: Urgency) -> None:
        inquiry = self._inquiries.get(message_id)
        if inquiry is not None:
            inquiry.urgency = min(inquiry.urgency, urgency)
            inquiry.notice()
        for pool in self.pools:
            pool.hurry(message_id, urgency)

    def _account(self, provider: Provider) -> Account:
        known = self._accounts.get(provider.identity) or self._visited.get(provider.identity)
        return known or Account(provider, self._usage.get(provider.identity))

    # Asking.

    async def _inquire(self, wanted: _Wanted, urgency: Urgency, judge: Judge) -> Verdict:
        """Ask one provider after the other, and one that merely failed a second time.

        So an article that is missing costs one command for each provider, and one that
        always fails at most two for any.
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
        if not self.pools:
            reason = "no provider is set up; add one to providers"
            raise ArticleUnavailableError(wanted.message_id, reason)
        raise self._failure(inquiry)

    def _failure(self, inquiry: Inquiry) -> AltmountError:
        """What an inquiry comes to for which nobody is left to ask."""
        error = inquiry.error(self.pools)
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
        self, pools: Sequence[Pool], wanted: _Wanted, judge: Judge, inquiry: Inquiry
    ) -> Verdict | None:
        """Ask several at once whether they have it; the first that has serves it, if it does.

        Those that had not said anything by then may still be asked.
        """
        question = wanted._replace(command=Command(Verb.STAT, wanted.message_id), expected=_LINE)

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
        self, pool: Pool, wanted: _Wanted, judge: Judge, inquiry: Inquiry
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
        for storage in {pool.provider.storage for pool in self.pools}:
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

    def _wake_hopeful(self) -> None:
        for waiter in self._hopeful:
            if not waiter.done():
                waiter.set_result(None)

    def _retire(self, pool: Pool) -> None:
        pool.retire()
        self._draining.add(pool)
        draining = self._scope.start(pool.drain(), name=f"drain {pool.provider.label}")
        draining.add_done_callback(lambda _: self._draining.discard(pool))

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
