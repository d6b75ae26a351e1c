"""Where the nodes of a release go, when it comes in and when it comes again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from uuid import UUID, uuid4

from altmount.aio.steps import unhurried
from altmount.db.files import Files
from altmount.db.nodes import ROOT_ID, Effects, NodeRow, Place, Shift
from altmount.library.paths import ROOT, VirtualPath, name_of, parent_of, ways
from altmount.library.status import FileStatus


@dataclass(frozen=True, slots=True)
class Arriving:
    """A file of a release that is to be seen."""

    path: VirtualPath
    entry: int
    size: int
    modified: datetime
    etag: str
    status: FileStatus


async def arrival(
    files: Files,
    release: str,
    folder: VirtualPath,
    coming: Sequence[Arriving],
    at: datetime,
    had: Collection[str] = (),
    dropped: Collection[str] = (),
) -> Effects:
    """What brings a release in.

    Args:
        files: What is there.
        release: Its id.
        folder: Its own; whatever of ``coming`` is there is below.
        coming: Its files, whose paths nobody else has.
        at: When.
        had: The ids of the nodes that it has already.
        dropped: Nodes that are not there any more when it comes in.
    """
    places = {ROOT: ROOT_ID}
    made: list[NodeRow] = []
    touched: list[str] = [ROOT_ID]
    fresh: set[VirtualPath] = set()

    async def enter(path: VirtualPath, owner: str | None) -> None:
        if path in places:
            return
        parent = parent_of(path)
        place = Place(places[parent], name_of(path))
        there = None
        if parent not in fresh:
            there = await files.below(place.parent, [place.name])
        if there is None or there.id in dropped:
            there = new_folder(place, at, owner)
            made.append(there)
            fresh.add(path)
        elif owner is None:
            touched.append(there.id)
        places[path] = there.id

    *shared, own = ways(folder)
    for path in shared:
        await enter(path, None)
    await enter(own, release)
    taken = set(had) - set(dropped)
    rows = []
    async for each in unhurried(coming):
        node_id = derived_id(release, each.entry)
        for path in ways(parent_of(each.path)):
            await enter(path, release)
        place = Place(places[parent_of(each.path)], name_of(each.path))
        name = new_id() if node_id in taken else node_id
        row = NodeRow(
            name,
            *place,
            at,
            each.modified,
            release,
            each.entry,
            None,
            each.size,
            each.etag,
            each.status.value,
        )
        rows.append(row)
    new = {row.id for row in made}
    tops = [row for row in made if row.parent not in new]
    shifts = tuple(Shift(row.id, None, Place(row.parent or "", row.name)) for row in tops)
    return Effects(at, tuple(dropped), shifts, (*made, *rows), tuple(touched))


def new_folder(place: Place, at: datetime, owner: str | None = None) -> NodeRow:
    return NodeRow(new_id(), *place, at, at, owner, None, None, None, None)


def new_id() -> str:
    return str(uuid4())


def derived_id(release: str, entry: int) -> str:
    """The id of a file of a release, which a rebuild without a journal finds again."""
    facts = f"{release} {entry}".encode()
    return str(UUID(blake2b(facts, digest_size=16).hexdigest()))
