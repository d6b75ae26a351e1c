"""Letting go, for good, of what was removed long ago."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from altmount.db.database import Database
from altmount.db.files import Files
from altmount.db.nodes import Effects
from altmount.errors import TemporaryError
from altmount.library.actor import ITSELF
from altmount.library.ledger import Ledger, Now, Planned
from altmount.library.locals import LocalStore
from altmount.library.shelf import Shelf

_AT_ONCE = 200
"""How many removals are let go of in one change."""

_PAUSE = 3600.0
"""Seconds between two looks."""

logger = logging.getLogger(__name__)


class Sweep:
    """Lets go of what was removed longer ago than it can be brought back.

    First the journal forgets it, then its sidecar or its bytes are deleted, if nothing names them
    any more: a copy that lives on, or one that was removed later, keeps them.
    """

    def __init__(
        self,
        ledger: Ledger,
        database: Database,
        shelf: Shelf,
        store: LocalStore,
        undo: timedelta,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._ledger = ledger
        self._database = database
        self._shelf = shelf
        self._store = store
        self._undo = undo
        self._sleep = sleep

    async def run(self) -> None:
        """Sweep, and sweep again, until cancelled."""
        while True:
            try:
                await self.all()
                await self._ledger.keep_short(self._undo)
            except TemporaryError as error:
                logger.warning("what was removed long ago is let go of later: %s", error)
            except Exception:
                logger.exception("what was removed long ago is not let go of")
            await self._sleep(_PAUSE)

    async def all(self) -> None:
        """Let go of everything that may be, and delete what nothing names."""
        while await self.once():
            pass
        await self.tidy()

    async def once(self) -> int:
        """Let go of the oldest removals; how many that were, which may not be all."""

        async def plan(now: Now) -> Planned[int]:
            limit = f"{int((now.at - self._undo).timestamp()):012}"
            rows = await now.files.trashed_before(limit, _AT_ONCE)
            drop = tuple(row.id for row in rows)
            gone = tuple(await now.files.only_within(drop)) if drop else ()
            names = ", ".join([row.name.partition(".")[2].partition(".")[0] for row in rows[:20]])
            reason = f"removed more than {self._undo.days} days ago, by {names}"
            effects = Effects(now.at, drop)
            return Planned("let-go", "/", effects, len(drop), reason=reason, gone=gone)

        return await self._ledger.change(ITSELF, plan)

    async def tidy(self) -> None:
        """Delete sidecars of releases that were let go, and local contents that nothing names."""
        async with self._ledger.turn:
            files = Files(self._database)
            await self._ledger.catch_up()
            for release in await self._ledger.gone() - await files.releases():
                await asyncio.to_thread(self._shelf.drop, release)
            named = await files.locals()
            oldest = time.time() - self._undo.total_seconds()
            for digest in await asyncio.to_thread(self._store.older, oldest):
                if digest not in named:
                    await asyncio.to_thread(self._store.drop, digest, before=oldest)
