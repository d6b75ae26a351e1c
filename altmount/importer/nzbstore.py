"""The NZBs that were handed in, kept as files in the data folder."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from pathlib import Path

from altmount.aio.uninterrupted import uninterrupted
from altmount.disk import sync_folder
from altmount.jobs import Job

_GZIP_MAGIC = b"\x1f\x8b"
_MOST_PASSWORDS = 20
_DOUBT = ".inferred"


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

    async def keep_password(self, release: str, password: str) -> None:
        """Remember a password for what an NZB leads to, before those that are known.

        Raises:
            OSError: The disk is full, or not to be written to.
        """
        work = partial(_add_password, self._passwords(release), password)
        await uninterrupted(asyncio.get_running_loop().run_in_executor(self._executor, work))

    async def passwords(self, release: str) -> list[str]:
        """What :meth:`keep_password` was told of an NZB, the newest first."""
        work = partial(_read_passwords, self._passwords(release))
        return await uninterrupted(asyncio.get_running_loop().run_in_executor(self._executor, work))

    async def doubt(self, job: Job) -> None:
        """Remember that of what a job brought something was only inferred.

        Raises:
            OSError: The disk is full, or not to be written to.
        """
        work = partial(_replace, self._doubt(job.release), str(job.id).encode())
        await uninterrupted(asyncio.get_running_loop().run_in_executor(self._executor, work))

    async def doubted(self) -> list[int]:
        """The jobs of which :meth:`doubt` was told, without those that :meth:`settle` was."""
        work = partial(_read_doubts, self._folder)
        return await uninterrupted(asyncio.get_running_loop().run_in_executor(self._executor, work))

    async def settle(self, release: str) -> None:
        """Forget the doubts about a release."""
        work = partial(self._doubt(release).unlink, missing_ok=True)
        await uninterrupted(asyncio.get_running_loop().run_in_executor(self._executor, work))

    async def drop(self, release: str) -> None:
        """Remove an NZB that no job speaks of; nothing if there is none."""
        for path in (self.path(release), self._passwords(release), self._doubt(release)):
            work = partial(path.unlink, missing_ok=True)
            await uninterrupted(asyncio.get_running_loop().run_in_executor(self._executor, work))

    def _doubt(self, release: str) -> Path:
        return self.path(release).with_name(f"{release}{_DOUBT}")

    def _passwords(self, release: str) -> Path:
        return self.path(release).with_name(f"{release}.passwords")


def _write(path: Path, data: bytes) -> None:
    # Level 1: an NZB shrinks to a third at once, and the job waits for this.
    _replace(path, data if data.startswith(_GZIP_MAGIC) else gzip.compress(data, 1))


def _add_password(path: Path, password: str) -> None:
    known = [each for each in _read_passwords(path) if each != password]
    _replace(path, json.dumps([password, *known][:_MOST_PASSWORDS]).encode())


def _read_passwords(path: Path) -> list[str]:
    try:
        return [str(each) for each in json.loads(path.read_bytes())]
    except (OSError, ValueError, TypeError):
        return []  # a password that is lost can be given again


def _read_doubts(folder: Path) -> list[int]:
    found = []
    for path in folder.glob(f"[0-9a-f][0-9a-f]/*{_DOUBT}"):
        with suppress(OSError, ValueError):
            found.append(int(path.read_bytes()))
    return sorted(found)


def _replace(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all, for nobody else to read."""
    new = [folder for folder in (path.parent, path.parent.parent) if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    for folder in (path.parent, *(folder.parent for folder in new)):
        sync_folder(folder)
