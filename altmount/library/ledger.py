"""Changes, one at a time: in the journal and in the index, or in neither.

A change is applied to the index in a transaction; before that ends, it is written to the journal.
So what the index knows the journal knows. The journal may know one change more, after a crash in
between; then the index is brought up to it before anything else is done.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from altmount.aio.uninterrupted import uninterrupted
from altmount.aio.whole import whole
from altmount.db import files as index
from altmount.db import journal as records
from altmount.db.database import Database, Session
from altmount.db.files import Files
from altmount.db.nodes import Effects, NodeRow, Record
from altmount.library.actor import Actor
from altmount.library.journal import Journal
from altmount.library.records import Deed

T = TypeVar("T")

MOST_PAST = 20_000
"""How many entries of the journal are kept when it is begun anew."""

_NAME = "change the library"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Planned(Generic[T]):
    """A change that was decided on."""

    action: str
    source: str
    effects: Effects
    result: T
    target: str | None = None
    reason: str = ""
    undoes: int | None = None
    release: str | None = None
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Now:
    """What a change is decided on with."""

    files: Files
    records: records.Records
    number: int
    """What the change will have in the journal."""

    at: datetime


Plan = Callable[[Now], Awaitable[Planned[T]]]
"""Decides on a change by what is there; raises if it cannot be."""


class Ledger:
    """The journal and the index together."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        changed: Callable[[], None],
        arrived: Callable[..., Awaitable[None]],
    ) -> None:
        """Take over a journal; :meth:`catch_up` comes first.

        Args:
            database: Has the index.
            journal: Has what is true.
            changed: Called whenever the index may have changed.
            arrived: Records what is found to have come in; see
                :func:`altmount.db.jobrows.complete_release`.
        """
        self._database = database
        self.journal = journal
        self._changed = changed
        self._arrived = arrived
        self.turn = asyncio.Lock()
        """Whoever changes anything holds it."""

        self._applied: int | None = None
        """The number of the last change that the index surely has."""

    async def change(self, actor: Actor, plan: Plan[T]) -> T:
        """Make a change. It is made whole even if the caller is cancelled.

        Raises:
            DatabaseUnavailableError: The index could not be written. If the journal was, the
                change comes with the next one, or the next start.
            StorageUnavailableError: The journal could not be written; nothing has changed.
        """

        async def work() -> T:
            async with self.turn:
                await self.catch_up()
                return await self._commit(actor, plan, None)

        return await whole(work(), _NAME)

    async def commit(
        self,
        actor: Actor,
        plan: Plan[T],
        also: Callable[[Session], Awaitable[object]] | None = None,
    ) -> T:
        """As :meth:`change`, for who has the turn and has caught up.

        Args:
            actor: Who asks for it.
            plan: Decides on it.
            also: Changes other tables in the same transaction.
        """
        return await whole(self._commit(actor, plan, also), _NAME)

    async def catch_up(self) -> set[str]:
        """Bring the index up to the journal, for who has the turn.

        Returns:
            The releases that came in by it, as their jobs are told.
        """
        if self._applied is None:
            followed = await records.Records(self._database).followed()
            self._applied = followed[1] if followed is not None else 0
        if self._applied >= self.journal.last:
            return set()
        deeds = await self._deeds(self._applied)
        try:
            async with self._database.transaction() as session:
                for deed in deeds:
                    await self._again(session, deed)
            self._applied = self.journal.last
        finally:
            self._changed()
        _log.info("%d changes are taken over from the journal", len(deeds))
        return {deed.release for deed in deeds if deed.release is not None}

    async def keep_short(self, undo: timedelta) -> None:
        """Begin the journal anew if it is much longer than what it says."""
        async with self.turn:
            await self.catch_up()
            if self.journal.outgrown:
                await self.begin_anew(undo)

    async def begin_anew(self, undo: timedelta, *, at_least: int = 0) -> None:
        """Begin the journal anew with what the index says, for who has the turn.

        A crash in the middle makes the next start rebuild the index.

        Args:
            undo: How far back changes can still be taken back.
            at_least: The number of the last change, if the journal does not know of it.
        """
        journal, gone = self.journal, await self.gone()
        journal.last = max(journal.last, at_least)
        async with self._database.transaction() as session:
            await begin_anew(session, journal, gone, undo)
        self._applied = journal.last

    async def _again(self, session: Session, deed: Deed) -> None:
        await index.apply(session, deed.effects)
        await records.note(session, deed.record)
        if deed.release is not None:
            size = sum(row.size or 0 for row in deed.effects.add)
            path = deed.record.target or deed.record.source
            await self._arrived(session, deed.release, path=path, size=size)

    async def gone(self) -> set[str]:
        """The releases that were let go, and whose sidecars are of no use."""
        gone = set(self.journal.gone)
        for deed in await self._deeds(self.journal.base):
            gone |= set(deed.gone)
            gone.discard(deed.release or "")
        return gone

    async def _deeds(self, after: int) -> list[Deed]:
        return await asyncio.to_thread(lambda: list(self.journal.deeds(after)))

    async def _commit(
        self, actor: Actor, plan: Plan[T], also: Callable[[Session], Awaitable[object]] | None
    ) -> T:
        number, at = self.journal.last + 1, datetime.now(UTC)
        try:
            async with self._database.transaction() as session:
                now = Now(Files(session), records.Records(session), number, at)
                planned = await plan(now)
                if not planned.effects:
                    return planned.result
                deed = Deed(
                    _record(number, at, actor, planned),
                    planned.effects,
                    planned.release,
                    planned.gone,
                )
                await index.apply(session, deed.effects)
                await records.note(session, deed.record)
                if also is not None:
                    await also(session)
                writing = asyncio.get_running_loop().run_in_executor(
                    None, self.journal.append, deed
                )
                await uninterrupted(writing)
            self._applied = number
        finally:
            self._changed()
        return planned.result


async def begin_anew(
    session: Session, journal: Journal, gone: Collection[str], undo: timedelta
) -> None:
    """Begin the journal anew with what the index says in a transaction."""
    nodes = await all_nodes(Files(session))
    past = await records.Records(session).since(datetime.now(UTC) - undo, MOST_PAST)
    number = journal.last
    await asyncio.to_thread(journal.begin, number, nodes, past, gone)
    await records.forget(session, before=past[0].number if past else number + 1)
    await records.follow(session, journal.id, number)


async def all_nodes(files: Files) -> list[NodeRow]:
    """Every node, each after the folder that it is in."""
    found = await files.roots()
    async for rows in files.descend([row.id for row in found]):
        found += rows
    return found


def _record(number: int, at: datetime, actor: Actor, planned: Planned[T]) -> Record:
    return Record(
        number=number,
        at=at,
        action=planned.action,
        door=actor.door,
        user=actor.user,
        client=actor.client,
        source=planned.source,
        target=planned.target,
        reason=planned.reason,
        shifts=planned.effects.shifts,
        undoes=planned.undoes,
    )
