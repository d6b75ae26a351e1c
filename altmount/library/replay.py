"""The index made anew from the journal alone."""

from __future__ import annotations

from dataclasses import replace

from altmount.aio.steps import unhurried
from altmount.db import files as index
from altmount.db import journal as records
from altmount.db.database import Session
from altmount.db.files import Files
from altmount.db.nodes import ROOT_ID, TRASH_ID, Effects, NodeRow, Place
from altmount.library.journal import Journal, Line
from altmount.library.naming import free_name
from altmount.library.sidecar import EPOCH


async def replay(session: Session, journal: Journal) -> set[str]:
    """Do again everything that the journal says was done, on an index that is emptied first.

    Where lines of the journal are damaged, what is said in the others is done as well as can be:
    what was in a folder that is not known is put into the root.

    Returns:
        The releases that were let go.

    Raises:
        JournalError: A line makes no sense.
        StorageUnavailableError: The journal cannot be read.
        DatabaseUnavailableError: The index cannot be written.
    """
    roots = [
        NodeRow(node, None, name, EPOCH, EPOCH, None, None, None, None, None)
        for node, name in ((ROOT_ID, ""), (TRASH_ID, "trash"))
    ]
    await index.clear(session, roots)
    await records.forget(session)
    await records.follow(session, journal.id, journal.base)
    gone = set(journal.gone)
    async for line in unhurried(journal.lines()):
        await _do(session, journal, line, gone)
    return gone


async def _do(session: Session, journal: Journal, line: Line, gone: set[str]) -> None:
    if line.kind == "N":
        rows = journal.nodes(line)
        roots = [row for row in rows if row.parent is None]
        if roots:
            await index.clear(session, roots)
        add = tuple(row for row in rows if row.parent is not None)
        await _apply(session, journal, Effects(EPOCH, add=add))
    elif line.kind == "P":
        await records.add(session, [journal.record(line)])
    elif line.kind == "E":
        deed = journal.deed(line)
        await _apply(session, journal, deed.effects)
        await records.note(session, deed.record)
        gone |= set(deed.gone)
        gone.discard(deed.release or "")


async def _apply(session: Session, journal: Journal, effects: Effects) -> None:
    if not journal.damaged:
        await index.apply(session, effects)
        return
    files = Files(session)
    await index.apply(session, replace(effects, shifts=(), add=()))
    for shift in effects.shifts:
        if shift.was is not None and await files.get(shift.id) is not None:
            now = await _possible(files, shift.now)
            await index.apply(session, Effects(effects.at, shifts=(replace(shift, now=now),)))
    for row in effects.add:
        if await files.get(row.id) is None:
            parent, name = await _possible(files, Place(row.parent or ROOT_ID, row.name))
            made = row._replace(parent=parent, name=name)
            await index.apply(session, Effects(effects.at, add=(made,)))


async def _possible(files: Files, place: Place) -> Place:
    """A place, or one as near to it as can be."""
    parent, name = place
    folder = await files.get(parent)
    if folder is None or not folder.is_folder:
        parent = ROOT_ID
    taken: set[str] = set()
    while await files.below(parent, [free_name(name, taken)]) is not None:
        taken.add(free_name(name, taken))
    return Place(parent, free_name(name, taken))
