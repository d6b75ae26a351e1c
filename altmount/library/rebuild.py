"""The index made anew from what is on the disk: the sidecars, and the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from altmount.aio.steps import unhurried
from altmount.db import files as index
from altmount.db.database import Database, Session
from altmount.db.errors import ConflictError
from altmount.db.files import Files
from altmount.errors import InvalidRequestError
from altmount.library.arrival import Arriving, arrival
from altmount.library.errors import SidecarError
from altmount.library.journal import Journal
from altmount.library.ledger import begin_anew
from altmount.library.naming import settle
from altmount.library.paths import VirtualPath
from altmount.library.replay import replay
from altmount.library.shelf import Shelf
from altmount.library.sidecar import Sidecar


@dataclass(frozen=True, slots=True)
class Bad:
    """A sidecar that cannot be used, and was left as it is."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A release that was not alone in claiming its folder, and came in later than the other."""

    release: str
    claimed: VirtualPath
    given: VirtualPath


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild found."""

    releases: int
    files: int
    bad: tuple[Bad, ...] = ()
    moved: tuple[Moved, ...] = ()


async def rebuilt(
    database: Database, journal: Journal, shelf: Shelf, undo: timedelta
) -> RebuildReport:
    """Fill the index from the journal, and from all sidecars that the journal does not know.

    Those come in where they say, the oldest first, so whoever came first keeps a path that two
    claim. No sidecar is written. One that is damaged, or gone, is reported; if the journal knows
    its files they stay to be seen, for nothing is removed because it cannot be read. One that
    cannot be read now ends it, for the next may be no better. The journal is begun anew with what
    was found.

    Raises:
        JournalError: The journal makes no sense.
        SidecarUnavailableError, StorageUnavailableError: The disk could not be read or written.
        DatabaseUnavailableError: The index could not be written.
    """
    async with database.transaction() as session:
        gone = await replay(session, journal)
        work = _Sidecars(session, shelf, gone, mending=journal.damaged > 0)
        await work.compare()
        releases = len(await Files(session).releases())
        count, _ = await Files(session).usage()
        await begin_anew(session, journal, gone, undo)
    return RebuildReport(releases, count, tuple(work.bad), tuple(work.moved))


@dataclass(frozen=True, slots=True, order=True)
class _Found:
    created: datetime
    release: str
    path: Path


class _Sidecars:
    """Compares what the journal says with the sidecars there are."""

    def __init__(self, session: Session, shelf: Shelf, gone: set[str], *, mending: bool) -> None:
        self._session = session
        self._files = Files(session)
        self._shelf = shelf
        self._gone = gone
        self._mending = mending
        """Whether files that the journal does not know are brought in one by one."""

        self.bad: list[Bad] = []
        self.moved: list[Moved] = []

    async def compare(self) -> None:
        lacking = await self._files.releases()
        for each in await self._found():
            lacking.discard(each.release)
            try:
                await self._take(each)
            except (SidecarError, InvalidRequestError, ConflictError) as error:
                self.bad.append(Bad(each.path, str(error)))
        for release in sorted(lacking):
            path = self._shelf.path_of(release)
            if not path.exists():
                self.bad.append(Bad(path, str(SidecarError(path, "is gone"))))

    async def _take(self, each: _Found) -> None:
        """See that all files of a release can be found, as its sidecar has them."""
        sidecar = await asyncio.to_thread(_checked, each.path)
        rows = await self._files.of_release(each.release)
        if rows:
            coming = await _arriving(sidecar)
            await index.refresh(self._session, rows, coming)
            known = {row.entry for row in rows}
            if self._mending:
                lost = [one for one in coming if one.entry not in known]
                await self._bring_in(sidecar, lost, {row.id for row in rows})
        elif each.release not in self._gone:
            await self._bring_in(sidecar, await _arriving(sidecar), set())

    async def _bring_in(
        self, sidecar: Sidecar, coming: Sequence[Arriving], had: Collection[str]
    ) -> None:
        wishes = [file.path for file in coming]
        folder, paths = await settle(self._files, sidecar.id, sidecar.folder, wishes)
        if folder != sidecar.folder:
            self.moved.append(Moved(sidecar.id, sidecar.folder, folder))
        placed = [
            replace(file, path=path)
            async for path, file in unhurried(zip(paths, coming, strict=True))
        ]
        at = sidecar.created
        await index.apply(
            self._session, await arrival(self._files, sidecar.id, folder, placed, at, had)
        )

    async def _found(self) -> list[_Found]:
        """All sidecars whose header can be read, the oldest first."""
        found = []
        for path in await asyncio.to_thread(lambda: list(self._shelf.paths())):
            try:
                sidecar = Sidecar.open(path)
                if self._shelf.path_of(sidecar.id) != path:
                    raise SidecarError(path, "is named after another release than it holds")
                found.append(_Found(sidecar.created, sidecar.id, path))
            except SidecarError as error:
                self.bad.append(Bad(path, str(error)))
            await asyncio.sleep(0)
        return sorted(found)


def _checked(path: Path) -> Sidecar:
    sidecar = Sidecar.open(path)
    sidecar.check()
    return sidecar


async def _arriving(sidecar: Sidecar) -> list[Arriving]:
    coming = []
    async for number in unhurried(range(len(sidecar))):
        entry, etag = sidecar.entry(number), sidecar.etag(number)
        coming.append(Arriving(entry.path, number, entry.size, entry.modified, etag, entry.status))
    return coming
