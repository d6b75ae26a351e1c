"""Changes a library again and again until it is killed: ``python -m tests.support.changer DIR``.

Says the number of each change to its standard output once it is made. The changes go round: a
folder is made, a file put into it, copied, the folder moved, and removed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from altmount.db.database import Database
from altmount.library.actor import Actor
from altmount.library.library import Library
from tests.support.releases import MapSource

ME = Actor("test")
ROUND = 5


def expected(number):
    """The paths after so many changes, with what is in each file."""
    done, step = divmod(number, ROUND)
    copies = {f"/copy {n}" for n in range(done + (step >= 3))}
    folder = "/moved" if step == 4 else "/made"
    files = copies | ({f"{folder}/a"} if step >= 2 else set())
    folders = {folder} if step else set()
    return folders | files | {f"{file} holds" for file in files}


async def change(changes, number):
    done, step = divmod(number - 1, ROUND)
    if step == 0:
        await changes.make_folder("/made", ME)
    elif step == 1:
        await changes.put_local("/made/a", _data(done), ME)
    elif step == 2:
        await changes.copy("/made/a", f"/copy {done}", ME)
    elif step == 3:
        await changes.move("/made", "/moved", ME)
    else:
        await changes.remove("/moved", ME)


async def _data(done):
    yield f"round {done}".encode()


async def main(root: Path) -> None:
    async with Database.open(root / "altmount.db") as database:
        library = await Library.open(database, root, MapSource)
        latest = await library.changes.history(limit=1)
        number = latest[0].number if latest else 0
        while True:
            number += 1
            await change(library.changes, number)
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
