"""Small files of the users' own: ``<root>/local/<first two digits>/<BLAKE2b-256 of the bytes>``.

They are named by what is in them, so files with the same bytes are kept once, and each is checked
before it is read for the first time.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import TypeVar

from altmount.aio.uninterrupted import uninterrupted
from altmount.disk import put_in_place, sync_folder
from altmount.library.errors import (
    LocalFileError,
    NoRoomError,
    StorageUnavailableError,
    TooLargeError,
)
from altmount.reader.source import Chunks, Source
from altmount.spans import Span

T = TypeVar("T")

_NAME = re.compile(r"[0-9a-f]{64}")
_CHUNK = 256 * 1024
_CHECKED = 4096
"""How many contents are remembered as whole; about 0.2 KB each."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much local files may take, in bytes."""

    each: int = 16 * 1024 * 1024
    all: int = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """What a local file holds."""

    digest: str
    size: int

    @property
    def etag(self) -> str:
        return self.digest[:32]


class LocalStore:
    """Keeps the contents of local files, each whole or not at all."""

    def __init__(self, root: Path, limits: Limits) -> None:
        """Look at what is there. What a crash left half written is removed.

        Waits for the disk.

        Raises:
            StorageUnavailableError: The folder cannot be used.
        """
        self._folder = root / "local"
        self.limits = limits
        self._checked: dict[str, None] = {}
        self._placing = Lock()  # a thread puts a content in while another removes it
        self.size = 0
        """Bytes of all contents, and of those on their way in."""

        with _told(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            sync_folder(root)
            for left in self._folder.glob(".*.tmp"):
                left.unlink()
            self.size = sum(path.stat().st_size for path in self.paths())

    def paths(self) -> Iterator[Path]:
        """Every content there is, in no order."""
        found = self._folder.glob("[0-9a-f][0-9a-f]/*")
        return (path for path in found if _NAME.fullmatch(path.name))

    def check(self, size: int) -> None:
        """See whether a file of that size could be taken, before any of it is read.

        Raises:
            TooLargeError: A local file may not be as large.
            NoRoomError: All of them together would be too large.
        """
        if size > self.limits.each:
            raise TooLargeError(
                f"a file of {size} bytes is not taken; local files may have at most"
                f" {self.limits.each} (webdav.local_file_bytes), films come in as NZBs"
            )
        if self.size + size > self.limits.all:
            raise NoRoomError(
                f"there is no room for {size} bytes: local files, with those that were removed"
                f" lately, have {self.size} of {self.limits.all} (webdav.local_files_bytes)"
            )

    async def keep(self, chunks: AsyncIterable[bytes | memoryview]) -> Content:
        """Take in what comes, so that it is on the disk for good.

        Cancelling it, or an error of ``chunks``, leaves nothing behind, or all of it under a name
        that nothing speaks of.

        Raises:
            TooLargeError, NoRoomError: As :meth:`check`, once that much has come.
            StorageUnavailableError: It could not be written.
        """
        coming = _Coming(self._folder / f".{secrets.token_hex(8)}.tmp")
        try:
            async for chunk in chunks:
                if coming.size + len(chunk) > self.limits.each:
                    self.check(coming.size + len(chunk))
                self.check(len(chunk))
                self.size += len(chunk)
                coming.size += len(chunk)
                coming.waiting += chunk
                if len(coming.waiting) >= _CHUNK:
                    await _in_thread(coming.write)
            await _in_thread(partial(self._finish, coming))
        finally:
            if not coming.added:
                self.size -= coming.size
                await _in_thread(coming.remove)
        content = Content(coming.digest.hexdigest(), coming.size)
        self._remember(content.digest)
        return content

    def _finish(self, coming: _Coming) -> None:
        with self._placing:
            coming.finish(self._path)

    def source(self, content: Content) -> Source:
        return LocalSource(self, self._path(content.digest), content)

    def verify(self, content: Content) -> None:
        """See that a content is whole, which once is enough. Waits for the disk.

        Raises:
            LocalFileError: It is not, or it is not there.
            StorageUnavailableError: It cannot be read now.
        """
        if content.digest in self._checked:
            return
        path = self._path(content.digest)
        digest = blake2b(digest_size=32)
        with _told(path):
            try:
                with path.open("rb") as file:
                    while chunk := file.read(_CHUNK):
                        digest.update(chunk)
            except FileNotFoundError:
                raise LocalFileError(f"{path} is gone; restore it from a backup") from None
        if digest.hexdigest() != content.digest:
            raise LocalFileError(f"{path} is damaged; restore it from a backup")
        self._remember(content.digest)

    def older(self, moment: float) -> list[str]:
        """The contents that were put in before a moment, in seconds. Waits for the disk.

        Raises:
            StorageUnavailableError: The folder cannot be read now.
        """
        with _told(self._folder):
            return [path.name for path in self.paths() if path.stat().st_mtime < moment]

    def drop(self, digest: str, *, before: float) -> None:
        """Remove a content that nothing names, unless it was put in again. Waits for the disk.

        Raises:
            StorageUnavailableError: It cannot be removed now.
        """
        path = self._path(digest)
        with _told(path), self._placing:
            status = path.stat()
            if status.st_mtime < before:
                path.unlink()
                self._checked.pop(digest, None)
                self.size -= status.st_size

    def _path(self, digest: str) -> Path:
        if not _NAME.fullmatch(digest):
            raise ValueError(f"not a digest: {digest!r}")
        return self._folder / digest[:2] / digest

    def _remember(self, digest: str) -> None:
        self._checked[digest] = None
        if len(self._checked) > _CHECKED:
            self._checked.pop(next(iter(self._checked)))


class _Coming:
    """A content on its way in; its methods wait for the disk."""

    def __init__(self, temporary: Path) -> None:
        self.digest = blake2b(digest_size=32)
        self.size = 0
        self.waiting = bytearray()
        self.added = False
        """Whether it is in its place, and was not before."""

        self._temporary = temporary

    def write(self) -> None:
        self.digest.update(self.waiting)
        with _told(self._temporary), self._temporary.open("ab") as file:
            file.write(self.waiting)
        self.waiting.clear()

    def finish(self, path_of: Callable[[str], Path]) -> None:
        self.write()
        path = path_of(self.digest.hexdigest())
        with _told(path):
            if path.exists():
                os.utime(path)  # it is wanted as of now, see sweep
                return
            with self._temporary.open("rb") as file:
                os.fsync(file.fileno())
            put_in_place(self._temporary, path)
            self.added = True

    def remove(self) -> None:
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)


class LocalSource:
    """Reads a local file."""

    def __init__(self, store: LocalStore, path: Path, content: Content) -> None:
        self._store = store
        self._path = path
        self._content = content

    @property
    def size(self) -> int:
        return self._content.size

    @asynccontextmanager
    async def open(self, span: Span) -> AsyncIterator[Chunks]:
        """See :class:`~altmount.reader.source.Source`.

        Raises:
            LocalFileError: The bytes are damaged or gone.
            StorageUnavailableError: They cannot be read now.
        """
        opened = []

        def begin() -> None:
            self._store.verify(self._content)
            with _told(self._path):
                opened.append(os.open(self._path, os.O_RDONLY | os.O_CLOEXEC))

        try:
            await _in_thread(begin)
            yield self._chunks(opened[0], span)
        finally:
            for file in opened:
                os.close(file)

    async def _chunks(self, file: int, span: Span) -> Chunks:
        at = span.start
        while at < span.stop:
            data = await _in_thread(partial(self._read, file, min(_CHUNK, span.stop - at), at))
            yield memoryview(data)
            at += len(data)

    def _read(self, file: int, size: int, at: int) -> bytes:
        with _told(self._path):
            data = os.pread(file, size, at)
        if not data:
            raise LocalFileError(f"{self._path} is cut short; restore it from a backup")
        return data


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoRoomError(f"the disk of {path} is full") from None
        raise StorageUnavailableError(f"cannot use {path}: {error.strerror}") from error


async def _in_thread(work: Callable[[], T]) -> T:
    return await uninterrupted(asyncio.get_running_loop().run_in_executor(None, work))
