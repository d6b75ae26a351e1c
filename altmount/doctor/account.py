"""An account with a provider: whether it works, and has what the library needs."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace

from altmount.aio.budget import ByteBudget
from altmount.api.providercheck import check
from altmount.api.trialposts import TrialPost, own_post
from altmount.articles import Urgency
from altmount.doctor.examination import failed
from altmount.doctor.finding import Fact, Finding, Grade, Say
from altmount.errors import AltmountError
from altmount.nntp.commands import Command, Verb
from altmount.nntp.dial import dialler
from altmount.nntp.pool import Pool
from altmount.nntp.provider import Provider
from altmount.nntp.status import Code

CHECK = "provider"
SECONDS = 60.0

_ASKED_FOR = 5
"""Articles that are asked after."""

_LINE = 100
_MISSING = frozenset({Code.NO_SUCH_ARTICLE, Code.NO_SUCH_NUMBER, Code.REMOVED})


def pool_of(provider: Provider, connections: int) -> Pool:
    """A pool of so many connections, for trying an account; not yet open."""
    most = min(connections, provider.max_connections)
    tried = replace(provider, max_connections=most, min_connections=0)
    return Pool(tried, dialler(tried), ByteBudget(1 << 24))


@dataclass(slots=True)
class AccountLook:
    """Tries an account over one connection of its own, where no server uses it.

    Args:
        provider: The account.
        ping: Whether it knows DATE.
        sample: Articles that it should have.
    """

    provider: Provider
    ping: bool
    sample: TrialPost | None
    works: bool = False
    is_ours: bool = False
    """Whether it is a news server of this program, which has posts of its own."""

    clock_is_off_by: float | None = None
    """How far our clock is behind the server's, in seconds, give or take one."""

    async def look(self, say: Say) -> None:
        """Say whether it works."""
        async with pool_of(self.provider, 1) as pool:
            found = await check(self.provider, lambda _: nullcontext(pool), ping=self.ping)
            if not found.works:
                step = {"step": found.step.value}
                say(self._finding(Grade.ERROR, found.error, found.hint, step))
                return
            self.works = True
            self.clock_is_off_by = found.clock_behind
            facts: dict[str, Fact] = {
                "step": found.step.value,
                "round_trip_ms": _milliseconds(found.round_trip),
            }
            try:
                say(await self._stat(pool, facts))
            except AltmountError as error:
                say(failed(CHECK, self.provider.id, error))

    async def _stat(self, pool: Pool, facts: dict[str, Fact]) -> Finding:
        """Ask after articles."""
        post = own_post()
        step = max(len(self.sample.articles) // _ASKED_FOR, 1) if self.sample else 1
        articles = self.sample.articles[::step][:_ASKED_FOR] if self.sample else post.articles[:1]
        there = 0
        for article in articles:
            answer = await pool.ask(Command(Verb.STAT, article), Urgency.HEALTH, _LINE)
            if answer.code == Code.ARTICLE_EXISTS:
                there += 1
            elif answer.code not in _MISSING:
                text = f"it answers STAT with: {answer.text[:100]}"
                fix = "Without STAT, imports are not checked; ask the provider why."
                return self._finding(Grade.WARNING, text, fix, facts)
        way = f"it lets us in, and answers within {facts['round_trip_ms']} ms"
        if self.sample is None:
            self.is_ours = there > 0
            return self._finding(Grade.OK, way, "", facts)
        facts |= {"asked_after": len(articles), "has": there}
        way += f"; of {self.sample.name!r} it has {there} of {len(articles)} articles"
        if there or self.provider.backup:
            return self._finding(Grade.OK, way, "", facts)
        fix = "They may be too old for it, or were taken down; a backup provider may have them."
        return self._finding(Grade.WARNING, way, fix, facts)

    def _finding(
        self, grade: Grade, text: str, fix: str = "", facts: Mapping[str, Fact] | None = None
    ) -> Finding:
        return Finding(CHECK, self.provider.id, grade, text, fix, facts or {})


def exposures(provider: Provider) -> Iterator[Finding]:
    """What others can read or pretend on the way to a provider."""
    if _is_near(provider.host):
        return
    if not provider.tls and provider.credentials is not None:
        text = "user and password go over the line for everyone to read"
        fix = "Set tls to true, and port to the one that the provider names for it (563 mostly)."
        yield Finding(CHECK, provider.id, Grade.WARNING, text, fix)
    if provider.tls and not provider.verify:
        text = "any certificate is taken, so that anyone may pretend to be the provider"
        fix = "Set insecure_tls to false."
        yield Finding(CHECK, provider.id, Grade.WARNING, text, fix)


def _is_near(host: str) -> bool:
    """Whether it is this machine, or one in the same house."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
