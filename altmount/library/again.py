"""What is left where it is when a release is published again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from altmount.db.files import Files
from altmount.db.nodes import Effects, NodeRow
from altmount.library.arrival import Arriving
from altmount.library.paths import VirtualPath
from altmount.library.sidecar import Sidecar


@dataclass(frozen=True, slots=True)
class Again:
    """What there is of a release that comes again."""

    kept: Sequence[NodeRow] = ()
    """Files that a user moved, copied or removed, and that are to stay so."""

    dropped: Collection[str] = ()
    """Everything of it that goes, the kept ones too: they get the new bytes, and come back."""

    elsewhere: Collection[int] = ()
    """The files that are not where they were at first, so that they are not put there again."""

    def with_kept(self, effects: Effects, coming: Sequence[Arriving]) -> Effects:
        """The arrival of the others, and the kept ones with their new bytes."""
        kept = []
        for row in self.kept:
            new = coming[row.entry or 0]
            kept.append(
                row._replace(
                    modified=new.modified,
                    size=new.size,
                    etag=new.etag,
                    status=new.status.value,
                )
            )
        return replace(effects, add=(*effects.add, *kept))


async def again(
    files: Files, rows: Sequence[NodeRow], old: Sidecar, wishes: Sequence[str]
) -> Again:
    """Decide what becomes of a release's nodes.

    Args:
        files: What is there.
        rows: The release's nodes.
        old: Says where its files were at first.
        wishes: The paths of the files that come, as seen from the release's folder.
    """
    places = [old.entry(index).path for index in range(len(old))]
    names = [path.removeprefix(old.folder) for path in places]
    kept: list[NodeRow] = []
    gone, at_first = set(), set()
    for row in rows:
        if row.entry is None:
            continue
        gone.add(row.id)
        same = row.entry < min(len(names), len(wishes)) and names[row.entry] == wishes[row.entry]
        if same and await files.path_of(row.id) == places[row.entry]:
            at_first.add(row.entry)
        elif same:
            kept.append(row)
    elsewhere = {row.entry for row in kept if row.entry is not None} - at_first
    return Again(kept, gone, elsewhere)


async def emptied(
    files: Files, rows: Sequence[NodeRow], had: Again, needed: Collection[VirtualPath]
) -> set[str]:
    """The folders of a release that nothing will be in.

    Args:
        files: What is there.
        rows: The release's nodes.
        had: What goes, and what stays.
        needed: The folders that something comes into.
    """
    gone = set(had.dropped)
    staying = {row.parent for row in had.kept}
    for row in _deepest_first([row for row in rows if row.entry is None]):
        inside = [child.id async for found in files.children(row.id) for child in found]
        here = row.id not in staying and all(child in gone for child in inside)
        if here and await files.path_of(row.id) not in needed:
            gone.add(row.id)
    return gone - set(had.dropped)


def _deepest_first(folders: Sequence[NodeRow]) -> list[NodeRow]:
    inner = {row.id: row for row in folders}

    def depth(row: NodeRow | None) -> int:
        steps = 0
        while row is not None:
            row = inner.get(row.parent or "")
            steps += 1
        return steps

    return sorted(folders, key=depth, reverse=True)
