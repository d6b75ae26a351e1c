"""Taking back what an entry of the journal did."""

from __future__ import annotations

from collections.abc import Callable

from altmount.db.nodes import TRASH_ID, NodeRow, Place, Record, Shift
from altmount.library.errors import UndoError
from altmount.library.ledger import Now
from altmount.library.paths import VirtualPath, join


async def taken_back(
    now: Now, record: Record, may_go: Callable[[VirtualPath], None]
) -> tuple[Shift, ...]:
    """What brings everything back to where it was before an entry.

    Args:
        now: What is there.
        record: The entry.
        may_go: Raises if what is at a path may not go from there.

    Raises:
        UndoError: It cannot be done; the message says what is in the way.
        ProtectedError: As ``may_go``.
    """
    number = record.number
    if record.undone_by is not None:
        raise UndoError(f"entry {number} was taken back by entry {record.undone_by} already")
    if not record.shifts:
        raise UndoError(f"entry {number} did nothing that can be taken back")
    back = [await _reversed(now, record, shift, may_go) for shift in reversed(record.shifts)]
    leaving = {each.was for each in back}
    for each in back:
        if each.now.parent != TRASH_ID:
            await _free(now, each, leaving)
    return tuple(back)


async def _reversed(
    now: Now, record: Record, shift: Shift, may_go: Callable[[VirtualPath], None]
) -> Shift:
    row = await now.files.get(shift.id)
    if row is None:
        raise UndoError(f"{_told(record)} was let go of for good since")
    path = await now.files.path_of(row.id)
    if (row.parent, row.name) != shift.now:
        where = f"is at {path} now" if path is not None else "was removed since"
        raise UndoError(f"{_told(record)} {where}; take that back first")
    if shift.now.parent != TRASH_ID:
        if path is None:
            raise UndoError(f"{_told(record)} was removed since; take that back first")
        may_go(VirtualPath(path))
    if shift.was is not None:
        return Shift(row.id, shift.now, shift.was)
    if row.is_folder and record.action == "make-folder":
        await _empty(now, record, row.id)
    return away(row, now)


async def _empty(now: Now, record: Record, node: str) -> None:
    """See that a folder that was made did not come to hold anything."""
    async for rows in now.files.children(node):
        raise UndoError(f"{record.source} holds {rows[0].name!r} and perhaps more by now")


async def _free(now: Now, shift: Shift, leaving: set[Place | None]) -> None:
    """See that there is a place to come back to."""
    folder = await now.files.path_of(shift.now.parent)
    if folder is None:
        raise UndoError("the folder that it was in was removed since; bring that back first")
    here = await now.files.path_of(shift.id)
    if here is not None and join(VirtualPath(folder), "").startswith(join(VirtualPath(here), "")):
        raise UndoError(f"the folder that it was in is at {folder} now, which is inside it")
    there = await now.files.below(shift.now.parent, [shift.now.name])
    if there is not None and shift.now not in leaving:
        path = join(VirtualPath(folder), shift.now.name)
        raise UndoError(f"something else is at {path} by now; move it away first")


def _told(record: Record) -> str:
    return f"what entry {record.number} was about"


def away(node: NodeRow, now: Now) -> Shift:
    """Into the trash, under a name that says since when, and by which entry."""
    name = f"{int(now.at.timestamp()):012}.{now.number}.{node.id}"
    return Shift(node.id, Place(node.parent or "", node.name), Place(TRASH_ID, name))
