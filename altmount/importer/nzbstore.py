"""The NZBs that were handed in, kept as files in the data folder."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import zlib
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import TypeVar

from altmount.aio.uninterrupted import uninterrupted
from altmount.disk import sync_folder
from altmount.errors import NotFoundError
from altmount.importer.passwords import with_passwords
from altmount.jobs import Job

_MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
"""How much of an NZB is unpacked at most, to know it by; no sound one has so many bytes."""

_PIECE_BYTES = 1024 * 1024
_DIGEST_BYTES = 20
_GZIP_MAGIC = b"\x1f\x8b"
_MOST_PASSWORDS = 20
_DOUBT = ".inferred"
_ENDING = ".nzb.gz"


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of an NZB once it is kept."""

    digest: str
    """The same for the same contents, gzipped or not."""

    size: int
    """Bytes, unpacked."""


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
        return self._folder / release[:2] / f"{release}{_ENDING}"

    async def keep(self, release: str, data: bytes) -> Kept:
        """Write an NZB, as it came or gzipped, so that it outlives a crash.

        Raises:
            OSError: The disk is full, or not to be written to.
        """
        return await self._in_thread(partial(_write, self.path(release), data))

    async def replace(self, release: str, by: str) -> None:
        """Have the NZB of another release in place of one's own; the other keeps it, too.

        Raises:
            OSError: The disk is full, or not to be written to.
        """
        await self._in_thread(partial(_link, self.path(by), self.path(release)))

    async def keep_password(self, release: str, password: str) -> None:
        """Remember a password for what an NZB leads to, before those that are known.

        Raises:
            OSError: The disk is full, or not to be written to.
        """
        await self._in_thread(partial(_add_password, self._passwords(release), password))

    async def passwords(self, release: str) -> list[str]:
        """What :meth:`keep_password` was told of an NZB, the newest first."""
        return await self._in_thread(partial(_read_passwords, self._passwords(release)))

    async def doubt(self, job: Job) -> None:
        """Remember that of what a job brought something was only inferred.

        Raises:
            OSError: The disk is full, or not to be written to.
        """
        await self._in_thread(partial(_replace, self._doubt(job.release), str(job.id).encode()))

    async def doubted(self) -> list[int]:
        """The jobs of which :meth:`doubt` was told, without those that :meth:`settle` was."""
        return await self._in_thread(partial(_read_doubts, self._folder))

    async def settle(self, release: str) -> None:
        """Forget the doubts about a release."""
        await self._in_thread(partial(self._doubt(release).unlink, missing_ok=True))

    async def drop(self, release: str) -> None:
        """Remove an NZB that no job speaks of; nothing if there is none."""
        for path in (self.path(release), self._passwords(release), self._doubt(release)):
            await self._in_thread(partial(path.unlink, missing_ok=True))

    async def releases(self, before: datetime) -> list[str]:
        """Those whose NZB was kept before a moment."""
        return await self._in_thread(partial(_releases, self._folder, before.timestamp()))

    async def unpacked(self, release: str) -> bytes:
        """The NZB of a release, as text.

        Raises:
            NotFoundError: It is not kept, or is no NZB.
        """
        return await self._in_thread(lambda: b"".join(_pieces(self.path(release))))

    async def handed_back(self, release: str) -> bytes:
        """As :meth:`unpacked`, with what :meth:`keep_password` was told in its head.

        Raises:
            NotFoundError: It is not kept, or is no NZB.
        """
        paths = self.path(release), self._passwords(release)
        return await self._in_thread(lambda: b"".join(_pieces(*paths)))

    async def pieces(self, release: str) -> AsyncGenerator[bytes, None]:
        """As :meth:`handed_back`, piece by piece, so that a large one holds up nothing.

        To be closed by who leaves it early.

        Raises:
            NotFoundError: It is not kept, or is no NZB; so far as that is not seen earlier.
        """
        pieces = _pieces(self.path(release), self._passwords(release))
        try:
            while piece := await self._in_thread(partial(next, pieces, b"")):
                yield piece
        finally:
            await self._in_thread(pieces.close)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await uninterrupted(asyncio.get_running_loop().run_in_executor(self._executor, work))

    def _doubt(self, release: str) -> Path:
        return self.path(release).with_name(f"{release}{_DOUBT}")

    def _passwords(self, release: str) -> Path:
        return self.path(release).with_name(f"{release}.passwords")


def _write(path: Path, data: bytes) -> Kept:
    if data.startswith(_GZIP_MAGIC):
        _replace(path, data)
        return _unpacked(data)
    # Level 1: an NZB shrinks to a third at once, and the job waits for this.
    _replace(path, gzip.compress(data, 1))
    return Kept(blake2b(data, digest_size=_DIGEST_BYTES).hexdigest(), len(data))


def _unpacked(data: bytes) -> Kept:
    """What a gzipped NZB holds; of one that is broken or endless what can be told of it."""
    digest, size = blake2b(digest_size=_DIGEST_BYTES), 0
    try:
        with gzip.open(BytesIO(data)) as file:
            while size < _MAX_UNPACKED_BYTES and (piece := file.read(_PIECE_BYTES)):
                digest.update(piece)
                size += len(piece)
    except (OSError, EOFError, zlib.error):
        digest.update(data)
    return Kept(digest.hexdigest(), size)


def _link(source: Path, target: Path) -> None:
    part = target.with_suffix(".part")
    part.unlink(missing_ok=True)
    os.link(source, part)
    part.replace(target)
    sync_folder(target.parent)


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


def _releases(folder: Path, before: float) -> list[str]:
    found = []
    for path in folder.glob(f"[0-9a-f][0-9a-f]/*{_ENDING}"):
        with suppress(OSError):
            if path.stat().st_mtime < before:
                found.append(path.name.removesuffix(_ENDING))
    return sorted(found)


def _pieces(path: Path, passwords: Path | None = None) -> Generator[bytes, None, None]:
    """An unpacked NZB, with passwords in its head if a file with some is named."""
    secrets = _read_passwords(passwords) if passwords is not None else ()
    size = 0
    try:
        with gzip.open(path) as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece if size else with_passwords(piece, secrets)
                size += len(piece)
                if size > _MAX_UNPACKED_BYTES:
                    raise NotFoundError("what was handed in is no NZB: it does not end")
    except (OSError, EOFError, zlib.error) as error:
        raise NotFoundError(f"its NZB is not kept, or is damaged: {error}") from None


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
