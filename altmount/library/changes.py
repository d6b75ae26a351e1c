"""What users change in the library: folders, names, copies, small files, and taking it back."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterable, Collection
from datetime import datetime

from altmount.db.database import Database
from altmount.db.files import Files
from altmount.db.journal import Records
from altmount.db.nodes import TRASH_ID, Effects, NodeRow, Place, Record, Shift
from altmount.errors import InvalidRequestError, NotFoundError, ObstacleError
from altmount.library.actor import ITSELF, Actor
from altmount.library.arrival import new_folder, new_id
from altmount.library.errors import (
    NoFolderError,
    ProtectedError,
    TakenError,
)
from altmount.library.ledger import Ledger, Now, Planned
from altmount.library.locals import Content, LocalStore
from altmount.library.nodes import File, Folder
from altmount.library.paths import (
    MAX_PATH_BYTES,
    ROOT,
    VirtualPath,
    join,
    name_of,
    parent_of,
    ways,
)
from altmount.library.undoing import away, taken_back
from altmount.library.views import file_of, folder_of

_log = logging.getLogger(__name__)

MOST_COPIED = 50_000
"""How many files and folders one copy may make."""


class Changes:
    """Every way a user changes the library.

    Each change is written to the journal before it shows, is made whole whether or not its caller
    stays, and can be taken back. Nothing that is removed or replaced is lost before the time
    for that is over.
    """

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        store: LocalStore,
        protected: Collection[VirtualPath],
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._store = store
        self._protected = protected

    async def make_folder(self, path: VirtualPath, actor: Actor) -> Folder:
        """Make an empty folder.

        Raises:
            TakenError: Something is there.
            NoFolderError: The folder that it should be in is not there.
        """

        async def plan(now: Now) -> Planned[Folder]:
            if path == ROOT:
                raise TakenError("the root is there already")
            parent = await _folder(now.files, parent_of(path))
            if await now.files.below(parent.id, [name_of(path)]) is not None:
                raise TakenError(f"{path} is there already")
            row = new_folder(Place(parent.id, name_of(path)), now.at)
            effects = Effects(now.at, (), (_made(row),), (row,), (parent.id,))
            return Planned("make-folder", path, effects, folder_of(path, row))

        return await self._ledger.change(actor, plan)

    async def move(
        self, source: VirtualPath, target: VirtualPath, actor: Actor, *, overwrite: bool = False
    ) -> bool:
        """Move or rename a file, or a folder with all that is in it.

        Returns:
            Whether something at the target had to make way; it can be brought back.

        Raises:
            NotFoundError: Nothing is at the source.
            TakenError: Something is at the target, and is not to be overwritten.
            NoFolderError: The folder that it should be in is not there.
            ProtectedError: The program needs what would go, or the target is the source,
                inside it or around it.
            InvalidRequestError: A path would be too long.
        """

        async def plan(now: Now) -> Planned[bool]:
            node = await _node(now.files, source)
            self._may_go(source)
            _apart(source, target)
            parent, gone = await self._make_way(now, target, overwrite=overwrite)
            if len(target.encode()) > len(source.encode()):
                await _fits(now.files, node, target)
            shift = Shift(node.id, _place(node), Place(parent.id, name_of(target)))
            touched = tuple({_place(node).parent, parent.id})
            effects = Effects(now.at, (), (*gone, shift), (), touched)
            return Planned("move", source, effects, bool(gone), target=target)

        return await self._ledger.change(actor, plan)

    async def copy(
        self,
        source: VirtualPath,
        target: VirtualPath,
        actor: Actor,
        *,
        overwrite: bool = False,
        deep: bool = True,
    ) -> bool:
        """Give a file a second name, which costs nothing, or all files in a folder.

        Args:
            source: What is copied.
            target: Where the copy is to be.
            actor: Who asks for it.
            overwrite: Whether what is at the target makes way.
            deep: Whether a folder is copied with what is in it.

        Returns:
            Whether something at the target had to make way; it can be brought back.

        Raises:
            NotFoundError, TakenError, NoFolderError, ProtectedError, InvalidRequestError: As
                :meth:`move`, but any source may be copied.
        """

        async def plan(now: Now) -> Planned[bool]:
            node = await _node(now.files, source)
            _apart(source, target)
            parent, gone = await self._make_way(now, target, overwrite=overwrite)
            top = Place(parent.id, name_of(target))
            if deep and node.is_folder:
                await _fits(now.files, node, target)
                rows = await _copied(now.files, node, top, now.at)
            else:
                rows = [_copy(node, top, now.at)]
            shifts = (*gone, _made(rows[0]))
            effects = Effects(now.at, (), shifts, tuple(rows), (parent.id,))
            return Planned("copy", source, effects, bool(gone), target=target)

        return await self._ledger.change(actor, plan)

    async def remove(self, path: VirtualPath, actor: Actor, *, reason: str = "") -> None:
        """Remove a file, or a folder with all that is in it. It can be brought back for a while.

        Raises:
            NotFoundError: Nothing is there.
            ProtectedError: The program needs it.
        """

        async def plan(now: Now) -> Planned[None]:
            node = await _node(now.files, path)
            self._may_go(path)
            effects = Effects(now.at, (), (away(node, now),), (), (_place(node).parent,))
            return Planned("remove", path, effects, None, reason=reason)

        await self._ledger.change(actor, plan)

    async def make_protected(self) -> None:
        """Make the folders that are to be there always, for the start."""
        for path in sorted(self._protected):
            for way in ways(path):
                try:
                    if await Files(self._database).find(way) is None:
                        await self.make_folder(way, ITSELF)
                except ObstacleError as error:
                    _log.error("the folder of a category cannot be made: %s", error)

    def check_local(self, size: int) -> None:
        """See whether a local file of that size could be taken, before its bytes are read.

        Raises:
            TooLargeError: A local file may not be as large.
            NoRoomError: There is no room for it.
        """
        self._store.check(size)

    async def put_local(
        self,
        path: VirtualPath,
        chunks: AsyncIterable[bytes | memoryview],
        actor: Actor,
        *,
        size: int | None = None,
    ) -> tuple[File, bool]:
        """Keep a small file of the user's own.

        If the caller is cancelled, or ``chunks`` raises, nothing has changed.

        Args:
            path: Where it is to be. A local file that is there makes way, and can be brought
                back.
            chunks: Its bytes.
            actor: Who asks for it.
            size: How many bytes there will be, if that is known: what cannot be taken is
                refused before any of them is asked for.

        Returns:
            The file, and whether another made way.

        Raises:
            TooLargeError: It is larger than local files may be.
            NoRoomError: There is no room for it.
            NoFolderError: The folder that it should be in is not there.
            TakenError: A folder is there.
            ProtectedError: A file of a release is there; its bytes are not to be changed.
            StorageUnavailableError: It could not be written.
        """
        if size is not None:
            self.check_local(size)
        await _room_for_local(Files(self._database), path)
        content = await self._store.keep(chunks)

        async def plan(now: Now) -> Planned[tuple[File, bool]]:
            parent, there = await _room_for_local(now.files, path)
            if there is not None and there.local == content.digest:
                return Planned("put", path, Effects(now.at), (file_of(path, there), True))
            shifts = () if there is None else (away(there, now),)
            row = _local(Place(parent.id, name_of(path)), content, now.at)
            effects = Effects(now.at, (), (*shifts, _made(row)), (row,), (parent.id,))
            return Planned("put", path, effects, (file_of(path, row), there is not None))

        return await self._ledger.change(actor, plan)

    async def undo(self, number: int, actor: Actor) -> Record:
        """Take back what an entry of the journal did; that is an entry, too.

        Raises:
            NotFoundError: There is no such entry, or it is too old.
            UndoError: It cannot be taken back as things are now.
            ProtectedError: The program needs what would go.
        """

        async def plan(now: Now) -> Planned[int]:
            record = await now.records.get(number)
            if record is None:
                raise _no_entry(number)
            shifts = await taken_back(now, record, self._may_go)
            folders = {place.parent for each in shifts for place in (each.was, each.now) if place}
            effects = Effects(now.at, (), shifts, (), tuple(folders - {TRASH_ID}))
            return Planned(
                "undo", record.source, effects, now.number, target=record.target, undoes=number
            )

        return await self.entry(await self._ledger.change(actor, plan))

    async def entry(self, number: int) -> Record:
        """An entry of the journal.

        Raises:
            NotFoundError: There is no such entry, or it is too old.
        """
        record = await Records(self._database).get(number)
        if record is None:
            raise _no_entry(number)
        return record

    async def history(self, *, limit: int = 100, before: int | None = None) -> list[Record]:
        """What was done, the newest first; of the entries with a number below ``before``."""
        return await Records(self._database).latest(limit, before)

    def _may_go(self, path: VirtualPath) -> None:
        if path == ROOT:
            raise ProtectedError("the root stays where it is")
        if any(one == path or one.startswith(join(path, "")) for one in self._protected):
            raise ProtectedError(f"{path} is the folder of a category, or one is in it; it stays")

    async def _make_way(
        self, now: Now, target: VirtualPath, *, overwrite: bool
    ) -> tuple[NodeRow, tuple[Shift, ...]]:
        """The folder of a target, and what gets out of the way."""
        if target == ROOT:
            raise ProtectedError("the root stays what it is")
        parent = await _folder(now.files, parent_of(target))
        there = await now.files.below(parent.id, [name_of(target)])
        if there is None:
            return parent, ()
        if not overwrite:
            raise TakenError(f"{target} is there already")
        self._may_go(target)
        return parent, (away(there, now),)


async def _node(files: Files, path: VirtualPath) -> NodeRow:
    node = await files.find(path)
    if node is None:
        raise NotFoundError(f"nothing is at {path}")
    return node


async def _folder(files: Files, path: VirtualPath) -> NodeRow:
    folder = await files.find(path)
    if folder is None or not folder.is_folder:
        raise NoFolderError(f"{path} is not a folder; make it first")
    return folder


async def _room_for_local(files: Files, path: VirtualPath) -> tuple[NodeRow, NodeRow | None]:
    if path == ROOT:
        raise TakenError("the root is a folder")
    parent = await _folder(files, parent_of(path))
    there = await files.below(parent.id, [name_of(path)])
    if there is not None and there.is_folder:
        raise TakenError(f"{path} is a folder")
    if there is not None and there.local is None:
        raise ProtectedError(f"{path} is a file of a release; its bytes are not to be changed")
    return parent, there


def _apart(source: VirtualPath, target: VirtualPath) -> None:
    if source == target:
        raise ProtectedError(f"{source} is there already, being itself")
    if target.startswith(join(source, "")) or source.startswith(join(target, "")):
        raise ProtectedError(f"of {source} and {target} one is inside the other")


async def _fits(files: Files, node: NodeRow, target: VirtualPath) -> None:
    if len(target.encode()) + await files.longest_below(node.id) > MAX_PATH_BYTES:
        raise InvalidRequestError(f"a path in {target} would be longer than {MAX_PATH_BYTES} bytes")


async def _copied(files: Files, node: NodeRow, top: Place, at: datetime) -> list[NodeRow]:
    """Copies of a folder and of all that is in it."""
    rows = [_copy(node, top, at)]
    twins = {node.id: rows[0].id}
    async for found in files.descend([node.id]):
        for row in found:
            copy = _copy(row, Place(twins[_place(row).parent], row.name), at)
            rows.append(copy)
            if row.is_folder:
                twins[row.id] = copy.id
        if len(rows) > MOST_COPIED:
            raise InvalidRequestError(
                f"more than {MOST_COPIED} files and folders are not copied at once"
            )
    return rows


def _copy(row: NodeRow, place: Place, at: datetime) -> NodeRow:
    if row.is_folder:
        return new_folder(place, at)
    return row._replace(id=new_id(), parent=place.parent, name=place.name, created=at)


def _local(place: Place, content: Content, at: datetime) -> NodeRow:
    size = content.size
    return NodeRow(new_id(), *place, at, at, None, None, content.digest, size, content.etag)


def _made(row: NodeRow) -> Shift:
    return Shift(row.id, None, _place(row))


def _place(row: NodeRow) -> Place:
    if row.parent is None:
        raise ProtectedError("the root stays where it is")
    return Place(row.parent, row.name)


def _no_entry(number: int) -> NotFoundError:
    return NotFoundError(f"the journal has no entry {number}; it may be too old")
