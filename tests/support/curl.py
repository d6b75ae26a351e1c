"""curl, as players and scripts use it: a client that is not ours, in a process of its own."""

from __future__ import annotations

from asyncio.subprocess import DEVNULL, PIPE

from tests.support.clients import working

_PATIENCE_SECONDS = "60"


async def curl(*arguments, config=""):
    """What it says, and its exit status; ``config`` are further options, one a line."""
    async with curling("-K", "-", *arguments, stdin=PIPE) as process:
        said, _ = await process.communicate(config.encode())
    return said, process.returncode


def curling(*arguments, stdin=DEVNULL):
    """It at work, as a player is."""
    return working("curl", "-sS", "--max-time", _PATIENCE_SECONDS, *arguments, stdin=stdin)
