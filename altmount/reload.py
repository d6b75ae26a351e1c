"""Settings that are read again, or changed, while the program runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from altmount.accounts import accounts_of
from altmount.config.changes import changed_keys
from altmount.config.file import Change, Draft
from altmount.config.load import Loaded
from altmount.config.patch import patch_of, section_of
from altmount.config.settings import Settings
from altmount.config.shown import shown
from altmount.errors import ObstacleError
from altmount.logs.setup import set_level
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
        "log.level",
        "import.allowed_file_extensions",
        "import.filter_sample_files",
        "import.rename_to_nzb_name",
        "import.passwords",
        "import.allow_nested_rar_extraction",
        "import.expand_bluray_iso",
        "import.disc_view",
        "import.iso_analyze_timeout_seconds",
        "import.segment_sample_percentage",
        "import.damage_policy",
        "rclone.password",
        "rclone.salt",
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

    ignored: tuple[str, ...] = ()
    """Keys that this version does not act on, and that were not written down."""

    overridden: tuple[str, ...] = ()
    """Keys of which an environment variable says something else than the file."""


class File(Protocol):
    """What holds the settings; it blocks."""

    def read(self) -> Loaded: ...

    def draft(self, change: Change) -> Draft: ...

    def write(self, draft: Draft) -> None: ...


class Reload:
    """Reads or changes the settings, and applies what can be applied to the running program.

    Args:
        file: What holds them; without it they never change.
        settings: Those the program was started with.
        providers: The running accounts.
    """

    def __init__(self, file: File | None, settings: Settings, providers: Providers) -> None:
        self._file = file
        self._running = settings
        self._providers = providers
        self._turn = asyncio.Lock()
        self._listeners: list[Callable[[Settings], None]] = []
        self.settings = settings
        """As they were read last."""

    def listen(self, listener: Callable[[Settings], None]) -> None:
        """Have someone told whenever settings were read or changed, in the same step."""
        self._listeners.append(listener)

    async def run(self) -> Reloaded:
        """Read and apply; on an error nothing is changed.

        Cancelling before they are read changes nothing; what follows is done in one step.

        Raises:
            SettingsError: Something in the settings is wrong.
            InvalidRequestError: A provider's login cannot be sent.
        """
        async with self._turn:
            if self._file is None:
                return self._applied(Loaded(self.settings, ()))
            return self._applied(await asyncio.to_thread(self._file.read))

    async def change(self, body: Mapping[str, Any]) -> Reloaded:
        """Write down what a client wants, by section and key, and apply it.

        Not to be cancelled once it has begun: what is written might not be applied. On an error
        nothing is changed.

        Raises:
            SettingsError: Something in it is wrong; or in the file already.
            InvalidRequestError: A provider's login cannot be sent.
            ObstacleError: The file cannot be changed.
        """
        return await self.edit(_to(body))

    async def edit(self, change: Change) -> Reloaded:
        """As :meth:`change`, for who knows what to write where."""
        async with self._turn:
            file = self._writable()
            draft = await asyncio.to_thread(file.draft, change)
            accounts_of(draft.loaded.settings.providers)
            await asyncio.to_thread(file.write, draft)
            return self._applied(draft.loaded, ignored=draft.ignored, overridden=draft.overridden)

    async def check(self, body: Mapping[str, Any]) -> tuple[str, ...]:
        """What would come of :meth:`change`: the warnings; nothing is written or applied.

        Raises as that does.
        """
        file = self._writable()
        draft = await asyncio.to_thread(file.draft, _to(body))
        accounts_of(draft.loaded.settings.providers)
        return draft.loaded.warnings

    def shown(self) -> dict[str, Any]:
        """The settings as they were read last, without secrets."""
        return shown(self.settings)

    def part(self, section: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a client says of one section, as :meth:`change` takes it.

        Raises:
            NotFoundError: There is no such section.
            SettingsError: Nothing is said of it.
        """
        return section_of(section, body)

    def _writable(self) -> File:
        if self._file is None:
            raise ObstacleError("there is no file of settings that could be changed")
        return self._file

    def _applied(
        self, loaded: Loaded, *, ignored: tuple[str, ...] = (), overridden: tuple[str, ...] = ()
    ) -> Reloaded:
        settings = loaded.settings
        accounts = self._providers.apply(accounts_of(settings.providers))
        if settings.log.level != self.settings.log.level:
            set_level(settings.log.level)
        self.settings = settings
        for listener in self._listeners:
            listener(settings)
        differs = changed_keys(self._running, settings)
        waiting = tuple(key for key in differs if key not in _AT_ONCE)
        reloaded = Reloaded(accounts, waiting, loaded.warnings, ignored, overridden)
        _tell(reloaded)
        return reloaded


def _to(body: Mapping[str, Any]) -> Change:
    return lambda tree, settings: patch_of(tree, settings, body)


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
