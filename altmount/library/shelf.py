"""The folder of sidecars: ``<root>/releases/<first two digits of the id>/<id>.altmount``."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from altmount.aio.steps import unhurried
from altmount.aio.uninterrupted import uninterrupted
from altmount.disk import sync_folder, write_whole
from altmount.library.encoding import facts_of, sections_of
from altmount.library.errors import SidecarUnavailableError
from altmount.library.release import Release
from altmount.library.sections import Packed, pack
from altmount.library.sidecar import READING, Sidecar, etag_of

_MAPPED = 64
"""How many sidecars stay open; each costs a file descriptor, and memory only as it is read."""

_ID = re.compile(r"[0-9a-f]{32}")
_TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.[0-9a-f]{16}\.tmp")


class Shelf:
    """Writes sidecars whole or not at all, and keeps those open that are in use."""

    def __init__(self, root: Path) -> None:
        """Take over the folder, which no other process may use meanwhile.

        What a crash left half written is removed.

        Raises:
            SidecarUnavailableError: The folder cannot be made or written.
        """
        self._folder = folder_in(root)
        self._mapped: OrderedDict[str, Sidecar] = OrderedDict()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            sync_folder(root)
            for file in self._folder.iterdir():
                if _TEMPORARY.fullmatch(file.name):
                    file.unlink()
        except OSError as error:
            raise SidecarUnavailableError(f"cannot use {root}: {error.strerror}") from error

    def path_of(self, release: str) -> Path:
        return path_in(self._folder, release)

    async def write(self, release: Release) -> list[str]:
        """Write a release's sidecar, in place of the one it had; the etags of its entries.

        It is on the disk for good when this returns. Cancelling is felt once it is, or is not.

        Raises:
            SidecarUnavailableError: It could not be written, or may not last. What is there is
                whole, the old one or the new.
        """
        path = self.path_of(release.id)
        temporary = self._folder / f".{release.id}.{secrets.token_hex(8)}.tmp"
        facts, sections = facts_of(release), await sections_of(release)

        def work() -> Packed:  # checksums, writing and syncing all let go of the GIL
            packed = pack(facts, sections)
            write_whole(temporary, path, packed.pieces)
            return packed

        try:
            packed = await uninterrupted(asyncio.get_running_loop().run_in_executor(None, work))
        except OSError as error:
            raise SidecarUnavailableError(f"cannot write {path}: {error.strerror}") from error
        finally:
            self.forget(release.id)
        checks = [packed.checks[section] for section in READING if section in packed.checks]
        return [
            etag_of(release.id, index, entry.size, checks)
            async for index, entry in unhurried(enumerate(release.entries))
        ]

    async def open(self, release: str) -> Sidecar:
        """A sidecar, checked as far as reading files needs it.

        Raises:
            SidecarError: It is damaged, or not there.
            SidecarUnavailableError: It cannot be read now.
        """
        if (mapped := self._mapped.get(release)) is not None:
            self._mapped.move_to_end(release)
            return mapped

        def work() -> Sidecar:  # a thread, for the checksums
            sidecar = Sidecar.open(self.path_of(release))
            sidecar.check()
            return sidecar

        mapped = await asyncio.to_thread(work)
        self._mapped[release] = mapped
        if len(self._mapped) > _MAPPED:
            self._mapped.popitem(last=False)
        return mapped

    def forget(self, release: str) -> None:
        """Open a sidecar anew the next time; whoever reads from it goes on."""
        self._mapped.pop(release, None)

    def drop(self, release: str) -> None:
        """Remove the sidecar of a release that nothing names. Waits for the disk.

        Raises:
            SidecarUnavailableError: It cannot be removed now.
        """
        path = self.path_of(release)
        self.forget(release)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise SidecarUnavailableError(f"cannot remove {path}: {error.strerror}") from error

    def paths(self) -> Iterator[Path]:
        """Every sidecar there is, in no order."""
        return paths_in(self._folder)


def folder_in(root: Path) -> Path:
    """Where the sidecars of a library are."""
    return root / "releases"


def path_in(folder: Path, release: str) -> Path:
    """Where the sidecar of a release is, or would be."""
    if not _ID.fullmatch(release):
        raise ValueError(f"not a release's id: {release!r}")
    return folder / release[:2] / f"{release}.altmount"


def paths_in(folder: Path) -> Iterator[Path]:
    """Every sidecar there is, in no order."""
    return folder.glob("[0-9a-f][0-9a-f]/*.altmount")
