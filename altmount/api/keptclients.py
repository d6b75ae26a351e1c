"""Connections to accounts that are not in use, kept for a while for whoever tests again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from altmount.aio.periodic import Periodic
from altmount.aio.scope import TaskScope
from altmount.aio.uninterrupted import uninterrupted
from altmount.api.measurement import Asked
from altmount.nntp.provider import Provider

KEEP_SECONDS = 300.0
"""How long a client is kept after it was used."""

_SWEEP_SECONDS = 60.0


class Client(Asked, Protocol):
    """A pool of connections that are open inside its block."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class Make(Protocol):
    """Makes a pool of its own for an account, not yet open."""

    def __call__(self, provider: Provider) -> Client: ...


@dataclass(eq=False, slots=True)
class _Kept:
    provider: Provider
    pool: Client
    users: int = 0
    expires: float = 0.0


class KeptClients:
    """One pool for each account that was tested, until five minutes after.

    Each belongs to this, not to who asked for it first. Leaving the block closes all of
    them; that they are closed once more does nothing.

    Args:
        make: Makes a pool for an account.
    """

    def __init__(self, make: Make) -> None:
        self._make = make
        self._kept: dict[str, _Kept] = {}
        self._loop = asyncio.get_running_loop()
        self._scope = TaskScope()
        self._janitor = Periodic(_SWEEP_SECONDS, lambda _late: self.sweep())

    def __len__(self) -> int:
        return len(self._kept)

    async def __aenter__(self) -> Self:
        await self._janitor.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._janitor.__aexit__(exc_type, exc, traceback)
        closing = [self._close(name) for name in list(self._kept)]
        if closing:
            await uninterrupted(self._scope.start(_all(closing), name="close test clients"))
        await self._scope.__aexit__(exc_type, exc, traceback)

    @asynccontextmanager
    async def client(self, provider_id: str, provider: Provider) -> AsyncIterator[Client]:
        """The account's client, which stays open while the block lasts and for a while after.

        One that was made for other settings of the account is closed first.
        """
        kept = self._kept.get(provider_id)
        if kept is not None and kept.provider != provider:
            await self.drop(provider_id)
            kept = None
        if kept is None:
            kept = self._kept[provider_id] = _Kept(provider, self._make(provider))
            await kept.pool.__aenter__()
        kept.users += 1
        try:
            yield kept.pool
        finally:
            kept.users -= 1
            kept.expires = self._loop.time() + KEEP_SECONDS

    async def drop(self, provider_id: str) -> None:
        """Close an account's client, if there is one; whoever uses it gets errors."""
        if provider_id in self._kept:
            await uninterrupted(self._close(provider_id))

    def sweep(self) -> None:
        """Begin to close what has expired and nobody uses."""
        now = self._loop.time()
        for name, kept in list(self._kept.items()):
            if not kept.users and kept.expires <= now:
                self._close(name)

    def _close(self, provider_id: str) -> asyncio.Task[None]:
        kept = self._kept.pop(provider_id)
        work = kept.pool.__aexit__(None, None, None)
        return self._scope.start(work, name=f"close the test client of {provider_id}")


async def _all(tasks: list[asyncio.Task[None]]) -> None:
    await asyncio.wait(tasks)
