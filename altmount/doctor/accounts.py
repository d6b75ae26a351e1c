"""All accounts with providers, each looked at as the server that runs allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from altmount.accounts import account_of
from altmount.api.trialposts import TrialPost, own_post
from altmount.config.providers import Providers, ProviderSettings
from altmount.config.settings import Settings
from altmount.doctor import account, speed
from altmount.doctor.account import AccountLook, exposures
from altmount.doctor.examination import Check
from altmount.doctor.finding import Finding, Grade, Say
from altmount.doctor.served import ServedAccount
from altmount.doctor.server import Server
from altmount.doctor.speed import Speed
from altmount.nntp.provider import Provider

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
        self._measured: list[tuple[Provider, AccountLook | None]] = []
        self._clocks: list[float | None] = []

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
        """How far our clock is behind theirs, of those that told."""
        return [behind for behind in self._clocks if behind is not None]

    @property
    def working(self) -> Providers:
        """The settings of those that were tried here, and work."""
        works = {provider.id for provider, look in self._measured if look and look.works}
        return tuple(one for one in self._settings if one.id in works)

    def measurements(self) -> Iterator[Check]:
        """How fast those are that were tried; one at a time, for they share the line."""
        for provider, look in self._measured:
            measure = partial(self._measure, provider, look)
            yield Check(speed.CHECK, provider.id, speed.SECONDS, measure)

    async def _try(self, settings: ProviderSettings, say: Say) -> None:
        provider, server = account_of(settings), self._server
        for finding in exposures(provider):
            say(finding)
        state = server.pools.get(provider.id) if server.pools is not None else None
        if state is not None:
            served = ServedAccount(settings, server, state)
            self._measured.append((provider, None))
            await served.look(say)
            self._clocks.append(served.clock_is_off_by)
            return
        if server.pools is not None:
            text = "the server that runs does not use it"
            fix = "Let it read the settings again: send it SIGHUP, or POST /api/config/reload."
            say(Finding(account.CHECK, provider.id, Grade.WARNING, text, fix))
        elif server.runs:
            text = "a server runs that could not be asked; its connections are left alone"
            say(Finding(account.CHECK, provider.id, Grade.SKIPPED, text))
            return
        look = AccountLook(provider, not settings.skip_ping, self._sample)
        self._measured.append((provider, look))
        await look.look(say)
        self._clocks.append(look.clock_is_off_by)

    async def _measure(self, provider: Provider, look: AccountLook | None, say: Say) -> None:
        server = self._server
        ours = look is not None and look.is_ours
        measuring = Speed(provider, own_post() if ours else self._sample)
        if look is None:
            await measuring.look_through(server.port, server.prefix, server.login, say)
        elif not look.works:
            say(Finding(speed.CHECK, provider.id, Grade.SKIPPED, "it does not work"))
        elif server.runs:
            text = "only accounts that the server uses are measured while one runs"
            say(Finding(speed.CHECK, provider.id, Grade.SKIPPED, text))
        else:
            await measuring.look(say)
