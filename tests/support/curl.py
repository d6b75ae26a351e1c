"""curl, as players and scripts use it: a client that is not ours, in a process of its own."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import asynccontextmanager

_PATIENCE_SECONDS = "60"


async def curl(*arguments, config=""):
    """What it says, and its exit status; ``config`` are further options, one a line."""
    async with curling("-K", "-", *arguments, stdin=PIPE) as process:
        said, _ = await process.communicate(config.encode())
    return said, process.returncode


@asynccontextmanager
async def curling(*arguments, stdin=DEVNULL):
    """It at work; killed, as a player that crashes is, when the block is left."""
    process = await asyncio.create_subprocess_exec(
        "curl",
        "-sS",
        "--max-time",
        _PATIENCE_SECONDS,
        *arguments,
        stdin=stdin,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
