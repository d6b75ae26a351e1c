"""The library: what is where, and how releases come in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from altmount.aio.steps import unhurried
from altmount.db.database import Database
from altmount.db.errors import ConflictError
from altmount.db.files import FileRepository, FileRow, FolderRow, Placement
from altmount.db.jobs import JobRepository
from altmount.errors import NotFoundError
from altmount.jobs import Job, JobStatus
from altmount.library.errors import FileReplacedError
from altmount.library.memory import Memory
from altmount.library.naming import settle
from altmount.library.nodes import File, Folder
from altmount.library.paths import ROOT, VirtualPath
from altmount.library.rebuild import RebuildReport, refill
from altmount.library.release import Draft, Release
from altmount.library.shelf import Shelf
from altmount.library.sidecar import EPOCH
from altmount.reader.extents import ExtentMap
from altmount.reader.source import Source
from altmount.reader.stack import transformed

_ATTEMPTS = 5
"""How often paths are decided on when other programs take them first."""


class Library:
    """Files and folders over the sidecars of all releases."""

    def __init__(
        self, database: Database, root: Path, open_source: Callable[[ExtentMap], Source]
    ) -> None:
        """Open a library.

        Args:
            database: Has the index; that it is open keeps other processes out of ``root``, too.
            root: Where the sidecars are, below ``releases``.
            open_source: Makes what reads the bytes of a map.

        Raises:
            SidecarUnavailableError: The folder cannot be used.
        """
        self._files = FileRepository(database)
        self._jobs = JobRepository(database)
        self._shelf = Shelf(root)
        self._open_source = open_source
        self._memory = Memory()
        self._changing = asyncio.Lock()

    async def find(self, path: VirtualPath) -> File | Folder:
        """What is at a path. Its second look-up does not go to the database.

        Raises:
            NotFoundError: Nothing is.
        """
        if self._memory.knows(path):
            node = self._memory.node(path)
        else:
            age = self._memory.age
            row = await self._files.find(path)
            node = _node(row) if row is not None else None
            if node is None and path == ROOT:
                node = Folder(ROOT, EPOCH)  # nothing has come in yet
            self._memory.keep(path, node, age)
        if node is None:
            raise NotFoundError(f"nothing is at {path}")
        return node

    async def children(self, path: VirtualPath) -> list[File | Folder]:
        """What is in a folder, by name.

        Raises:
            NotFoundError: There is no such folder.
        """
        if not isinstance(await self.find(path), Folder):
            raise NotFoundError(f"{path} is not a folder")
        age = self._memory.age
        found = self._memory.listing(path)
        if found is None:
            nodes: list[File | Folder] = []
            async for rows in self._files.children(path):
                nodes += map(_node, rows)
            self._memory.keep_listing(path, nodes, age)
            found = nodes
        return list(found)

    async def source(self, file: File) -> Source:
        """What reads the bytes of a file; opening it costs the same for every size.

        Raises:
            FileReplacedError: The file is another one by now.
            SidecarError: Its release's sidecar is damaged.
            SidecarUnavailableError: That cannot be read now.
        """
        for _ in range(2):  # the one that is open may have been replaced just now
            sidecar = await self._shelf.open(file.release)
            if sidecar.etag(file.entry) == file.etag:
                source = self._open_source(sidecar.map(file.entry))
                return transformed(source, sidecar.transform(file.entry))
            self._shelf.forget(file.release)
        self._memory.forget()
        raise FileReplacedError(f"{file.path} is being replaced; try again")

    async def publish(self, job: Job, draft: Draft) -> tuple[VirtualPath, int]:
        """Bring in the files of a running job, all at once, and complete the job.

        A folder or a file that is where another release's is gets a number. A job that is
        published again, after a crash, replaces what it left.

        Cancelling leaves the job running and nothing to be seen, or all of it done.

        Returns:
            The folder that its files are in, and how many bytes they have.

        Raises:
            JobStateError: The job is not running.
            InvalidRequestError: A path would be too long.
            SidecarUnavailableError: The sidecar could not be written.
            DatabaseUnavailableError: The index could not be written.
        """
        async with self._changing:
            (await self._jobs.get(job.id)).status.to(JobStatus.COMPLETED)
            for _ in range(_ATTEMPTS - 1):
                with suppress(ConflictError):
                    return await self._publish(job, draft)
            return await self._publish(job, draft)

    async def rebuild(self) -> RebuildReport:
        """Make the index anew from the sidecars. Readers see the old one until it is done.

        Raises:
            SidecarUnavailableError: A sidecar could not be read; the old index stays.
            DatabaseUnavailableError: The index could not be written; the old one stays.
        """
        async with self._changing:
            try:
                return await refill(self._files, self._shelf)
            finally:
                self._memory.forget()

    async def _publish(self, job: Job, draft: Draft) -> tuple[VirtualPath, int]:
        wishes = [entry.path for entry in draft.entries]
        folder, paths = await settle(self._files, job.release, draft.folder, wishes)
        entries = [
            replace(entry, path=path)
            async for path, entry in unhurried(zip(paths, draft.entries, strict=True))
        ]
        release = Release(
            id=job.release,
            name=job.name,
            category=job.category,
            created=datetime.now(UTC),
            folder=folder,
            nzb=draft.nzb,
            table=draft.table,
            entries=tuple(entries),
        )
        etags = await self._shelf.write(release)
        files = [
            FileRow(entry.path, entry.size, entry.modified, etag, release.id, index)
            async for index, (entry, etag) in unhurried(enumerate(zip(entries, etags, strict=True)))
        ]
        try:
            await self._files.publish(Placement(release.id, folder, release.created, files), job.id)
        finally:
            self._memory.forget()
        return folder, sum(file.size for file in files)


def _node(row: FileRow | FolderRow) -> File | Folder:
    path = VirtualPath(row.path)
    if isinstance(row, FolderRow):
        return Folder(path, row.modified)
    return File(path, row.size, row.modified, row.etag, row.release, row.entry)
