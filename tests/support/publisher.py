"""Publishes release after release until it is killed: ``python -m tests.support.publisher DIR``.

Says a line to its standard output before each, so that whoever kills it knows that it is at it.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

from altmount.db.database import Database
from altmount.db.jobs import JobRepository
from altmount.library.library import Library
from tests.support.releases import MapSource, make_draft, release_id


def draft_of(seed):
    """All want the same folder, and none has as many files as its neighbours."""
    return make_draft(seed, [f"{number}.mkv" for number in range(1 + seed % 5)], segments=40)


async def main(root: Path) -> None:
    async with Database.open(root / "altmount.db") as database:
        jobs = JobRepository(database)
        library = await Library.open(database, root, MapSource)
        await jobs.recover()
        for seed in itertools.count(len(await jobs.list(limit=10_000))):
            if await jobs.list() == [] or (job := await jobs.claim()) is None:
                await jobs.add(release_id(seed), str(seed), None)
                job = await jobs.claim()
            sys.stdout.write("publishing\n")
            sys.stdout.flush()
            await library.publish(job, draft_of(int(job.name)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
