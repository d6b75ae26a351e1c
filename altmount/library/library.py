"""The library: what is where, and how releases come in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self
from uuid import UUID

from altmount.aio.steps import unhurried
from altmount.db.database import Database
from altmount.db.files import Files
from altmount.db.jobrows import complete, complete_release, place, place_release
from altmount.db.jobs import JobRepository
from altmount.db.nodes import NodeRow
from altmount.errors import NotFoundError, TemporaryError
from altmount.jobs import Job, Step
from altmount.library.actor import IMPORT
from altmount.library.again import Again, again, emptied
from altmount.library.arrival import Arriving, arrival
from altmount.library.changes import Changes
from altmount.library.corrections import Corrections
from altmount.library.errors import FileReplacedError, SidecarError
from altmount.library.findings import Findings
from altmount.library.journal import Journal
from altmount.library.ledger import Ledger, Now, Planned
from altmount.library.listings import Listings
from altmount.library.locals import Content, Limits, LocalStore
from altmount.library.memory import Memory
from altmount.library.naming import settle
from altmount.library.nodes import File, Folder, Usage
from altmount.library.notes import note_of
from altmount.library.paths import VirtualPath, join, parent_of, ways
from altmount.library.rebuild import RebuildReport, rebuilt
from altmount.library.release import Draft, Release
from altmount.library.shelf import Shelf
from altmount.library.starting import make_sound
from altmount.library.status import FileStatus
from altmount.library.sweep import Sweep
from altmount.library.views import view
from altmount.reader.extents import ExtentMap
from altmount.reader.proven import source_of_file
from altmount.reader.source import Source
from altmount.reader.watched import WatchedSource

UNDO = timedelta(days=30)

_LONGEST_ID = 100
"""In characters; the longest way to write a UUID has about half."""

_log = logging.getLogger(__name__)


class Library:
    """Files and folders over the sidecars of all releases, the journal, and local files."""

    def __init__(
        self,
        database: Database,
        shelf: Shelf,
        journal: Journal,
        store: LocalStore,
        open_source: Callable[[ExtentMap], Source],
        protected: Collection[VirtualPath],
        undo: timedelta,
        *,
        completes: bool,
    ) -> None:
        """Not to be called: see :meth:`open`."""
        self._database = database
        self._files = Files(database)
        self._jobs = JobRepository(database)
        self._shelf = shelf
        self._store = store
        self._open_source = open_source
        self._memory = Memory()
        self._listings = Listings(self._files, self._memory)
        self._done = complete if completes else place
        arrived = complete_release if completes else place_release
        self._ledger = Ledger(database, journal, self._have_changed, arrived)
        self._listener: Callable[[], None] = lambda: None
        self._undo = undo
        self._usage: tuple[int, int, int] | None = None
        self.changes = Changes(database, self._ledger, store, protected)
        """How users change it."""

        self.sweep = Sweep(self._ledger, database, shelf, store, undo)
        """Lets go of what was removed long ago."""

        self.corrections = Corrections(self._ledger, self._files, shelf)
        """What becomes known of files later."""

        self.findings = Findings(self.corrections)
        """What reads find out."""

    @classmethod
    async def open(
        cls,
        database: Database,
        root: Path,
        open_source: Callable[[ExtentMap], Source],
        *,
        protected: Collection[VirtualPath] = (),
        limits: Limits | None = None,
        undo: timedelta = UNDO,
        completes: bool = True,
    ) -> Self:
        """Open a library, and bring its index up to what the disk says.

        Args:
            database: Has the index; that it is open keeps other processes out of ``root``, too.
            root: Where the sidecars are, the journal, and local files.
            open_source: Makes what reads the bytes of a map.
            protected: Folders that are made if need be, and that nobody moves or removes.
            limits: How much local files may take.
            undo: How long what was removed is kept.
            completes: Whether a job is completed once its files are in; if not it goes on then, and
                has its path.

        Raises:
            JournalError: The journal is of a later version of the program, or makes no sense.
            SidecarUnavailableError, StorageUnavailableError: The folder cannot be used.
            DatabaseUnavailableError: The index cannot be read or written.
        """
        shelf = Shelf(root)
        journal = await asyncio.to_thread(Journal, root)
        store = await asyncio.to_thread(LocalStore, root, limits or Limits())
        library = cls(
            database, shelf, journal, store, open_source, protected, undo, completes=completes
        )
        async with library._ledger.turn:
            await make_sound(database, library._ledger, shelf, undo)
        await library.changes.make_protected()
        return library

    def tell(self, listener: Callable[[], None]) -> None:
        """Call ``listener``, and no other, whenever something may have changed."""
        self._listener = listener

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
            node = view(path, row) if row is not None else None
            self._memory.keep(path, node, age)
        if node is None:
            raise NotFoundError(f"nothing is at {path}")
        return node

    async def by_id(self, node_id: str) -> File | Folder:
        """What has an id, wherever it is; a UUID in any of its spellings.

        Raises:
            NotFoundError: Nothing has, or it was removed.
        """
        try:
            wanted = str(UUID(node_id)) if len(node_id) <= _LONGEST_ID else ""
        except ValueError:
            wanted = ""
        place = self._memory.place(wanted)
        if place is None and wanted:
            age = self._memory.age
            path = await self._files.path_of(wanted)
            if path is not None:
                place = VirtualPath(path)
                self._memory.keep_place(wanted, place, age)
        node = await self.find(place) if place is not None else None
        if node is None or node.id != wanted:  # or it was moved just now
            raise NotFoundError(f"nothing in the library has the id {node_id[:_LONGEST_ID]!r}")
        return node

    async def children(self, path: VirtualPath) -> list[File | Folder]:
        """What is in a folder, by name.

        Raises:
            NotFoundError: There is no such folder.
        """
        return list(await self._listings.of(await self._folder(path)))

    async def walk(
        self, path: VirtualPath, *, depth: int | None = None
    ) -> AsyncIterator[list[File | Folder]]:
        """What is below a folder, some hundreds at a time, each after the folder that it is in.

        What changes meanwhile may be seen as it was, as it is, or not at all.

        Args:
            path: The folder; it is not among what comes.
            depth: How far down to go; 1 is what :meth:`children` has, ``None`` everything.

        Raises:
            NotFoundError: There is no such folder.
        """
        folder = await self._folder(path)
        inside = {folder.id: join(path, "")}
        async for rows in self._files.descend([folder.id], depth):
            nodes = []
            for row in rows:
                node = view(VirtualPath(f"{inside[row.parent or '']}{row.name}"), row)
                nodes.append(node)
                if row.is_folder:
                    inside[row.id] = join(node.path, "")
            yield nodes

    async def usage(self) -> Usage:
        """What is in the library, all in all."""
        age = self._memory.age
        if self._usage is None or self._usage[0] != age:
            count, size = await self._files.usage()
            self._usage = (age, count, size)
        _, count, size = self._usage
        room = max(self._store.limits.all - self._store.size, 0)
        return Usage(count, size, self._store.size, room)

    async def statuses(self) -> dict[FileStatus, int]:
        """How many files are how, but for those that clients wrote."""
        counts = await self._files.statuses()
        return {FileStatus(status): count for status, count in counts.items() if status}

    async def source(self, file: File) -> Source:
        """What reads the bytes of a file; opening it costs the same for every size.

        Raises:
            FileReplacedError: The file is another one by now.
            SidecarError: Its release's sidecar is damaged.
            SidecarUnavailableError: That cannot be read now.
        """
        if file.local is not None:
            return self._store.source(Content(file.local, file.size))
        if file.release is None or file.entry is None:
            raise ValueError(f"{file.path} has no bytes anywhere")
        for _ in range(2):  # the one that is open may have been replaced just now
            sidecar = await self._shelf.open(file.release)
            if sidecar.etag(file.entry) == file.etag:
                source = source_of_file(
                    self._open_source,
                    sidecar.map(file.entry),
                    sidecar.transform(file.entry),
                    sidecar.reliances(file.entry),
                )
                if file.status is FileStatus.DAMAGED:
                    return source
                found = partial(self.findings.damaged, file.release, file.entry)
                return WatchedSource(source, found)
            self._shelf.forget(file.release)
        self._memory.forget()
        raise FileReplacedError(f"{file.path} is being replaced; try again")

    async def publish(self, job: Job, draft: Draft) -> tuple[VirtualPath, int]:
        """Bring in the files of a running job, all at once, and complete it if nothing is left.

        A folder or a file that is where another release's is gets a number. A job that is
        published again, after a crash, replaces what it left; what a user has moved, copied or
        removed since stays so.

        Cancelling leaves the job running and nothing to be seen, or all of it done.

        Returns:
            The folder that its files are in, and how many bytes they have.

        Raises:
            JobStateError: The job is not running.
            InvalidRequestError: A path would be too long.
            SidecarUnavailableError: The sidecar could not be written.
            DatabaseUnavailableError: The index could not be written.
            StorageUnavailableError: The journal could not be written.
        """
        async with self._ledger.turn:
            caught_up = await self._ledger.catch_up()
            known = await self._jobs.get(job.id)
            if job.release in caught_up and known.path is not None:
                return VirtualPath(known.path), known.size
            Step.COMPLETE.of(known.status)
            return await self._publish(job, draft)

    async def has(self, release: str) -> bool:
        """Whether a release has files here, be they removed."""
        return bool(await self._files.of_release(release))

    async def withdraw(self, release: str) -> None:
        """Take back from the disk what is left of a release that never came in.

        Nothing is done to one that has files here, be they removed, or if that cannot be told now.
        """
        try:
            async with self._ledger.turn:
                await self._ledger.catch_up()
                if not await self._files.of_release(release):
                    await asyncio.to_thread(self._shelf.drop, release)
        except (TemporaryError, OSError) as error:
            _log.warning("what is left of release %s stays on the disk: %s", release, error)

    async def rebuild(self) -> RebuildReport:
        """Make the index anew from the disk. Readers see the old one until it is done.

        Raises:
            JournalError: The journal makes no sense.
            SidecarUnavailableError, StorageUnavailableError: The disk could not be read; the old
                index stays.
            DatabaseUnavailableError: The index could not be written; the old one stays.
        """
        async with self._ledger.turn:
            try:
                return await rebuilt(self._database, self._ledger.journal, self._shelf, self._undo)
            finally:
                self._memory.forget()

    async def _folder(self, path: VirtualPath) -> Folder:
        folder = await self.find(path)
        if not isinstance(folder, Folder):
            raise NotFoundError(f"{path} is not a folder")
        return folder

    def _have_changed(self) -> None:
        self._memory.forget()
        self._listener()

    async def _publish(self, job: Job, draft: Draft) -> tuple[VirtualPath, int]:
        wishes = [entry.path for entry in draft.entries]
        rows = await self._files.of_release(job.release)
        had = await self._again(job.release, draft, rows)
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
        empty: set[str] = set()
        if rows:
            needed = {way for path in (folder, *map(parent_of, paths)) for way in ways(path)}
            empty = await emptied(self._files, rows, had, needed)
        etags = await self._shelf.write(release)
        arriving = [
            Arriving(entry.path, index, entry.size, entry.modified, etag, entry.status)
            async for index, (entry, etag) in unhurried(enumerate(zip(entries, etags, strict=True)))
        ]
        size = sum(entry.size for entry in entries)

        async def plan(now: Now) -> Planned[None]:
            new = [each for each in arriving if each.entry not in had.elsewhere]
            gone = {*had.dropped, *empty}
            ids = {row.id for row in rows}
            effects = await arrival(now.files, release.id, folder, new, now.at, ids, gone)
            effects = had.with_kept(effects, arriving)
            return Planned("import", folder, effects, None, reason=job.name, release=release.id)

        note = note_of(entries)
        await self._ledger.commit(
            IMPORT, plan, partial(self._done, job_id=job.id, path=folder, size=size, note=note)
        )
        return folder, size

    async def _again(self, release: str, draft: Draft, rows: Sequence[NodeRow]) -> Again:
        """What there is of a release already, after a crash."""
        if not rows:
            return Again()
        wishes = [entry.path.removeprefix(draft.folder) for entry in draft.entries]
        try:
            return await again(self._files, rows, await self._shelf.open(release), wishes)
        except SidecarError:
            return Again(dropped={row.id for row in rows})
