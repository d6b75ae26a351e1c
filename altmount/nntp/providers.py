"""All providers together: whoever has the article, and has it right, serves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType, TracebackType
from weakref import WeakValueDictionary

from altmount.aio.budget import ByteBudget
from altmount.aio.climb import Flow
from altmount.aio.scope import Scoped
from altmount.articles import (
    ArticleMissingError,
    Body,
    MessageId,
    Urgency,
    Wanted,
)
from altmount.nntp.account import Account
from altmount.nntp.commands import Command, Verb
from altmount.nntp.dial import Dial, dialler
from altmount.nntp.outcome import judge_body, judge_presence
from altmount.nntp.pool import Pool
from altmount.nntp.provider import Provider
from altmount.nntp.quota import Usage
from altmount.nntp.search import LINE_BYTES, Question, Search
from altmount.nntp.shared import Shared

# What an article is taken to be while nothing is known of it, in bytes.
_USUAL_ARTICLE = 800_000
# yEnc adds its escapes and line ends, NNTP its own.
_WIRE_OVERHEAD = 1.03


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new list of accounts changed; ids, in the order of the lists."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    """Those that got new connections."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


class Providers(Scoped):
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
        self._search = Search()
        self._shared = Shared(revived=self._search.wake)
        super().__init__()
        self._draining: set[Pool] = set()
        self.pools: tuple[Pool, ...] = ()
        """The running pools, in the order of the settings."""

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for pool in (*self.pools, *self._draining):
            await pool.close()
        await super().__aexit__(exc_type, exc, traceback)

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
        self._shared.network.watch(pool.provider.id for pool in pools)
        self._search.follow(pools)
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
        wanted = Question(message_id, command, int(size * _WIRE_OVERHEAD), reader)
        verdict = await self._search.ask(wanted, urgency, lambda answer: judge_body(answer, part))
        assert verdict.body is not None  # noqa: S101 what is served has a body
        return verdict.body

    async def exists(self, message_id: MessageId, *, urgency: Urgency) -> bool:
        command = Command(Verb.STAT, message_id)
        try:
            wanted = Question(message_id, command, LINE_BYTES, None)
            await self._search.ask(wanted, urgency, judge_presence)
        except ArticleMissingError:
            return False
        return True

    def hurry(self, message_id: MessageId, urgency: Urgency) -> None:
        self._search.hurry(message_id, urgency)

    def _account(self, provider: Provider) -> Account:
        known = self._accounts.get(provider.identity) or self._visited.get(provider.identity)
        return known or Account(provider, self._usage.get(provider.identity))

    def _retire(self, pool: Pool) -> None:
        pool.retire()
        self._draining.add(pool)
        draining = self._scope.start(pool.drain(), name=f"drain {pool.provider.label}")
        draining.add_done_callback(lambda _: self._draining.discard(pool))
