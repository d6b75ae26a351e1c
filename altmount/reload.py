"""Settings that are read again while the program runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from altmount.accounts import accounts_of
from altmount.config.changes import changed_keys
from altmount.config.load import Loaded
from altmount.config.settings import Settings
from altmount.nntp.providers import Changes, Providers

logger = logging.getLogger(__name__)

_AT_ONCE = frozenset(
    {
        "providers",
        "auth.login_required",
        "auth.cookie_domain",
        "auth.cookie_secure",
        "webdav.user",
        "webdav.password",
        "api.key_override",
        "api.allowed_origins",
    }
)
"""The keys whose changes are felt at once."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What reading the settings again came to."""

    accounts: Changes
    """What changed of the accounts, and is in force."""

    after_restart: tuple[str, ...]
    """Keys that have other values now than the program runs with, which a restart brings."""

    warnings: tuple[str, ...]
    """What the owner of the settings should know, a line each."""


class Reload:
    """Reads the settings again and applies what can be applied to the running program.

    Args:
        read: Reads them; blocking.
        settings: Those the program was started with.
        providers: The running accounts.
    """

    def __init__(
        self, read: Callable[[], Loaded], settings: Settings, providers: Providers
    ) -> None:
        self._read = read
        self._running = settings
        self._providers = providers
        self._turn = asyncio.Lock()
        self.settings = settings
        """As they were read last."""

    async def run(self) -> Reloaded:
        """Read and apply; on an error nothing is changed.

        Cancelling before they are read changes nothing; what follows is done in one step.

        Raises:
            SettingsError: Something in the settings is wrong.
            InvalidRequestError: A provider's login cannot be sent.
        """
        async with self._turn:
            loaded = await asyncio.to_thread(self._read)
            settings = loaded.settings
            accounts = self._providers.apply(accounts_of(settings.providers))
            self.settings = settings
        differs = changed_keys(self._running, settings)
        reloaded = Reloaded(
            accounts, tuple(key for key in differs if key not in _AT_ONCE), loaded.warnings
        )
        _tell(reloaded)
        return reloaded


def _tell(reloaded: Reloaded) -> None:
    for warning in reloaded.warnings:
        logger.warning("%s", warning)
    accounts = reloaded.accounts
    for what, ids in (
        ("added", accounts.added),
        ("removed", accounts.removed),
        ("reconnected with other settings", accounts.changed),
    ):
        if ids:
            logger.info("providers %s: %s", what, ", ".join(ids))
    if reloaded.after_restart:
        logger.warning(
            "changed, and in force after a restart: %s", ", ".join(reloaded.after_restart)
        )
    logger.info("the settings were read again")
