"""Clients that are not ours, each in a process of its own."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import asynccontextmanager


@asynccontextmanager
async def working(*command, stdin=DEVNULL):
    """A client at work; killed, as one that crashes is, when the block is left."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=stdin, stdout=PIPE, stderr=DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
