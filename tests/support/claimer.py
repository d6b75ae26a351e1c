"""Claims all jobs of a queue, beside others that do: ``python -m tests.support.claimer DATABASE``.

Says that it is ready, waits for a line, and says the number of each job that it has claimed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from altmount.db.address import parse_address
from altmount.db.database import Database
from altmount.db.jobs import JobRepository


async def main(address: str) -> None:
    async with Database.beside(parse_address(address, Path.cwd())) as database:
        jobs = JobRepository(database)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        while (job := await jobs.claim()) is not None:
            sys.stdout.write(f"{job.id}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
