"""rclone, as people mount and copy with it: a client that is not ours, in processes of its own."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE

from tests.support.clients import working
from tests.support.program import PASSWORD, USER


class Rclone:
    """Reads the share of a program; :meth:`of` makes one."""

    def __init__(self, port, obscured):
        self._options = (
            *("--config", "", "--retries", "1", "--low-level-retries", "1"),
            *("--webdav-url", f"http://127.0.0.1:{port}/webdav", "--webdav-vendor", "other"),
            *("--webdav-user", USER, "--webdav-pass", obscured),
        )

    @classmethod
    async def of(cls, port):
        process = await asyncio.create_subprocess_exec("rclone", "obscure", PASSWORD, stdout=PIPE)
        said, _ = await process.communicate()
        return cls(port, said.decode().strip())

    async def cat(self, path, start=0, count=-1):
        """Bytes of a file, and the exit status."""
        async with self.reading(path, start, count) as process:
            said, _ = await process.communicate()
        return said, process.returncode

    def reading(self, path, start=0, count=-1):
        """It at work, as a mount is."""
        part = ("--offset", str(start), "--count", str(count))
        return working("rclone", "cat", *self._options, *part, f":webdav:{path}")
