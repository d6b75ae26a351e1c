"""Bringing the index up to what the disk says, when the library is opened."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

from altmount.db.database import Database
from altmount.db.files import Files
from altmount.db.journal import Records
from altmount.library.errors import StorageUnavailableError
from altmount.library.ledger import Ledger
from altmount.library.rebuild import rebuilt
from altmount.library.shelf import Shelf

_log = logging.getLogger(__name__)


async def make_sound(database: Database, ledger: Ledger, shelf: Shelf, undo: timedelta) -> None:
    """Have an index that says what the journal says, whichever of them is there, for the turn.

    An index without a journal, as earlier versions left it, has all there is to know, and the
    journal begins with it. A journal that the index does not follow, because the index was lost
    or is another library's, is what the index is made anew from.

    Raises:
        StorageUnavailableError: Nothing that the index speaks of is on the disk.
        AltmountError: As :func:`.rebuilt`.
    """
    journal = ledger.journal
    followed = await Records(database).followed()
    if not journal.id:
        await _see_that_the_disk_is_there(database, shelf, journal.path)
        if followed is not None or await _holds_anything(database):
            _log.info("the journal begins with what is in the index")
            await ledger.begin_anew(undo, at_least=followed[1] if followed else 0)
            return
    elif followed is not None and followed[0] == journal.id and followed[1] >= journal.base:
        if followed[1] <= journal.last and not journal.damaged:
            await ledger.catch_up()
            if journal.outgrown:
                await ledger.begin_anew(undo)
        else:
            _log.error("%s lacks what the index knows, and is begun anew with it", journal.path)
            await ledger.begin_anew(undo, at_least=followed[1])
        return
    else:
        _log.warning("the index does not belong to %s, and is made anew", journal.path)
    report = await rebuilt(database, journal, shelf, undo)
    for bad in report.bad:
        _log.error("left out: %s: %s", bad.path, bad.reason)


async def _see_that_the_disk_is_there(database: Database, shelf: Shelf, path: Path) -> None:
    """Refuse to begin a library in an empty folder, where its disk should be.

    Raises:
        StorageUnavailableError: The index has releases, and none of them is there.
    """
    if await Files(database).releases() and not await asyncio.to_thread(any, shelf.paths()):
        raise StorageUnavailableError(
            f"{path.parent} (metadata.root_path) holds nothing, but there are releases in the"
            " database; is the disk mounted? If they are lost, move the database away"
        )


async def _holds_anything(database: Database) -> bool:
    files = Files(database)
    async for _ in files.descend([row.id for row in await files.roots()]):
        return True
    return False
