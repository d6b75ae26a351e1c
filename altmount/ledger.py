"""What was used of each account's quota, kept across restarts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import time
from types import TracebackType
from typing import Protocol, Self

from altmount.aio.scope import Scoped
from altmount.db.usage import AccountUsage
from altmount.errors import AltmountError
from altmount.nntp.providers import Providers
from altmount.nntp.quota import Usage

logger = logging.getLogger(__name__)

# It is written after so many seconds, or after so many bytes of one account; and looked whether
# that is so every so many seconds.
_SECONDS, _BYTES, _LOOK_SECONDS = 60.0, 1 << 30, 5.0


class Usages(Protocol):
    """Where it is kept."""

    async def all(self) -> Sequence[AccountUsage]: ...

    async def save(self, usages: Sequence[AccountUsage]) -> None: ...


async def usage_before(usages: Usages) -> Mapping[str, Usage]:
    """What was used before the program started, by account."""
    return {one.account: Usage(one.used, one.since.timestamp()) for one in await usages.all()}


class Ledger(Scoped):
    """Writes down now and then what was used, inside its block, and when the block is left.

    If that fails it is said in the log and tried again: articles are served all the same.
    """

    def __init__(self, usages: Usages, providers: Providers) -> None:
        self._usages = usages
        self._providers = providers
        self._written: Mapping[str, Usage] = providers.usage(time())
        super().__init__()

    async def __aenter__(self) -> Self:
        self._scope.start(self._run(), name="ledger")
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await super().__aexit__(exc_type, exc, traceback)
        await self._write()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        written_at = loop.time()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if loop.time() - written_at >= _SECONDS or self._much():
                written_at = loop.time()
                await self._write()

    def _much(self) -> bool:
        """Whether so much was used of an account that it should be written now."""
        return any(
            usage.used - self._before(account) >= _BYTES
            for account, usage in self._providers.usage(time()).items()
        )

    def _before(self, account: str) -> int:
        written = self._written.get(account)
        return written.used if written else 0

    async def _write(self) -> None:
        usage = self._providers.usage(time())
        changed = [
            AccountUsage(account, one.used, datetime.fromtimestamp(one.since, UTC))
            for account, one in usage.items()
            if self._written.get(account) != one
        ]
        if not changed:
            return
        try:
            await self._usages.save(changed)
        except AltmountError as error:
            logger.warning("what was used of the accounts could not be written: %s", error)
        else:
            self._written = usage
