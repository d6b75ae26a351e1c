"""The NZBs that were handed in, kept as files in the data folder."""

from __future__ import annotations

import asyncio
import gzip
import os
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from pathlib import Path

from altmount.aio.uninterrupted import uninterrupted

_GZIP_MAGIC = b"\x1f\x8b"


class NzbStore:
    """Keeps each NZB, compressed, under the name of its release.

    An NZB is there whole or not at all, whenever the machine stops. Cancelling any call is
    felt once the disk has done its part.

    Args:
        root: The data folder.
        executor: Where the disk is waited for; ``None`` is the loop's own threads.
    """

    def __init__(self, root: Path, executor: Executor | None = None) -> None:
        self._folder = root / "nzbs"
        self._executor = executor

    def path(self, release: str) -> Path:
        """Where the NZB of a release lies."""
        return self._folder / release[:2] / f"{release}.nzb.gz"

    async def keep(self, release: str, data: bytes) -> Path:
        """Write an NZB, as it came or gzipped, so that it outlives a crash.

        Raises:
            OSError: The disk is full, or not to be written to.
        """
        path = self.path(release)
        loop = asyncio.get_running_loop()
        await uninterrupted(loop.run_in_executor(self._executor, partial(_write, path, data)))
        return path

    async def drop(self, release: str) -> None:
        """Remove an NZB that no job speaks of; nothing if there is none."""
        work = partial(self.path(release).unlink, missing_ok=True)
        await uninterrupted(asyncio.get_running_loop().run_in_executor(self._executor, work))


def _write(path: Path, data: bytes) -> None:
    # Level 1: an NZB shrinks to a third at once, and the job waits for this.
    packed = data if data.startswith(_GZIP_MAGIC) else gzip.compress(data, 1)
    new = [folder for folder in (path.parent, path.parent.parent) if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            file.write(packed)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    for folder in (path.parent, *(folder.parent for folder in new)):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
