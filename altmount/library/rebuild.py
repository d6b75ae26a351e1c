"""The index made anew from the sidecars."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from altmount.aio.steps import unhurried
from altmount.db.files import FileRepository, FileRow, Placement
from altmount.errors import InvalidRequestError
from altmount.library.errors import SidecarError
from altmount.library.naming import settle
from altmount.library.paths import VirtualPath
from altmount.library.shelf import Shelf
from altmount.library.sidecar import Sidecar


@dataclass(frozen=True, slots=True)
class Bad:
    """A sidecar that was left out, and left as it is."""

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


@dataclass(frozen=True, slots=True, order=True)
class _Found:
    created: datetime
    release: str
    path: Path


async def refill(files: FileRepository, shelf: Shelf) -> RebuildReport:
    """Fill the index from all sidecars that can be read, the oldest release first.

    So whoever came first keeps a path that two claim. No sidecar is written. One that is
    damaged is left out; one that cannot be read now ends it, for the next may be no better.

    Raises:
        SidecarUnavailableError: A sidecar could not be read.
        DatabaseUnavailableError: The index could not be written.
    """
    bad: list[Bad] = []
    moved: list[Moved] = []
    releases = count = 0
    found = await _found(shelf, bad)
    async with files.refill() as index:
        for each in found:
            try:
                sidecar = await asyncio.to_thread(_checked, each.path)
                rows = await _rows(sidecar)
                wishes = [VirtualPath(row.path) for row in rows]
                folder, paths = await settle(index, sidecar.id, sidecar.folder, wishes)
            except (SidecarError, InvalidRequestError) as error:
                bad.append(Bad(each.path, str(error)))
                continue
            if folder != sidecar.folder:
                moved.append(Moved(sidecar.id, sidecar.folder, folder))
            rows = [
                replace(row, path=path)
                async for path, row in unhurried(zip(paths, rows, strict=True))
            ]
            await index.place(Placement(sidecar.id, folder, sidecar.created, rows))
            releases += 1
            count += len(rows)
    return RebuildReport(releases, count, tuple(bad), tuple(moved))


async def _found(shelf: Shelf, bad: list[Bad]) -> list[_Found]:
    """All sidecars whose header can be read, the oldest first."""
    found = []
    for path in await asyncio.to_thread(lambda: list(shelf.paths())):
        try:
            sidecar = Sidecar.open(path)
            if shelf.path_of(sidecar.id) != path:
                raise SidecarError(path, "is named after another release than it holds")
            found.append(_Found(sidecar.created, sidecar.id, path))
        except SidecarError as error:
            bad.append(Bad(path, str(error)))
        await asyncio.sleep(0)
    return sorted(found)


def _checked(path: Path) -> Sidecar:
    sidecar = Sidecar.open(path)
    sidecar.check()
    return sidecar


async def _rows(sidecar: Sidecar) -> list[FileRow]:
    rows = []
    async for index in unhurried(range(len(sidecar))):
        entry, etag = sidecar.entry(index), sidecar.etag(index)
        rows.append(FileRow(entry.path, entry.size, entry.modified, etag, sidecar.id, index))
    return rows
