"""All accounts with providers, each looked at as the server that runs allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from altmount.accounts import account_of
from altmount.api.trialposts import TrialPost, own_post
from altmount.config.providers import Providers, ProviderSettings
from altmount.config.settings import Settings
from altmount.doctor import account, speed
from altmount.doctor.account import AccountLook
from altmount.doctor.examination import Check
from altmount.doctor.finding import Finding, Grade, Say
from altmount.doctor.server import Server
from altmount.doctor.speed import Speed

_BESIDE_EACH_OTHER = 20


class AccountChecks:
    """The checks of accounts.

    Args:
        settings: Have them.
        sample: Articles that they should have.
        server: One that may run, and use them.
    """

    def __init__(self, settings: Settings, sample: TrialPost | None, server: Server) -> None:
        self._settings = [one for one in settings.providers if one.enabled]
        self._sample = sample
        self._server = server
        self._looks: list[AccountLook] = []

    def tries(self) -> Iterator[Sequence[Check]]:
        """Whether they work: some checks at a time."""
        checks = [
            Check(account.CHECK, one.id, account.SECONDS, partial(self._try, one))
            for one in self._settings
        ]
        for start in range(0, len(checks), _BESIDE_EACH_OTHER):
            yield checks[start : start + _BESIDE_EACH_OTHER]

    @property
    def clocks(self) -> list[float]:
        """How far our clock is behind theirs, of those that were tried."""
        return [one.clock_is_off_by for one in self._looks if one.clock_is_off_by is not None]

    @property
    def working(self) -> Providers:
        """The settings of those that work, or may."""
        works = {one.provider.id for one in self._looks if one.works}
        return tuple(one for one in self._settings if one.id in works)

    def measurements(self) -> Iterator[Check]:
        """How fast those are that were tried; one at a time, for they share the line."""
        for look in self._looks:
            measuring = Speed(look.provider, own_post() if look.is_ours else self._sample)
            measure = partial(self._measure, look, measuring)
            yield Check(speed.CHECK, look.provider.id, speed.SECONDS, measure)

    async def _try(self, settings: ProviderSettings, say: Say) -> None:
        provider = account_of(settings)
        pools = self._server.pools
        if pools is not None and provider.id not in pools:
            text = "the server that runs does not use it"
            fix = "Let it read the settings again: send it SIGHUP, or POST /api/config/reload."
            say(Finding(account.CHECK, provider.id, Grade.WARNING, text, fix))
        served = pools.get(provider.id) if pools is not None else None
        look = AccountLook(provider, not settings.skip_ping, self._sample, served)
        self._looks.append(look)
        await look.look(say)

    async def _measure(self, look: AccountLook, measuring: Speed, say: Say) -> None:
        server = self._server
        if server.runs:
            if server.pools is not None and look.provider.id in server.pools:
                await measuring.look_through(server.port, server.prefix, server.login, say)
                return
            reason = "a server runs that could not be asked to measure it"
        elif look.works:
            await measuring.look(say)
            return
        else:
            reason = "it does not work"
        say(Finding(speed.CHECK, look.provider.id, Grade.SKIPPED, reason))
