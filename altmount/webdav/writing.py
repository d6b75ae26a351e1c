"""What WebDAV clients change on the share."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Protocol

from altmount.errors import ForbiddenError, NotFoundError
from altmount.jobs import Job
from altmount.library.actor import Actor
from altmount.library.nodes import File, Folder
from altmount.library.paths import VirtualPath, name_of
from altmount.reader.source import Source, read
from altmount.spans import Span
from altmount.webdav.bodies import Body
from altmount.webdav.deadproperties import DeadProperties
from altmount.webdav.receipts import Receipt, Receipts
from altmount.webdav.share import Dropped, Node, Queued, Share, check_changeable


class Changes(Protocol):
    """How the library is changed; every change is in its journal, and can be undone."""

    async def make_folder(self, path: VirtualPath, actor: Actor) -> Folder: ...

    async def move(
        self, source: VirtualPath, target: VirtualPath, actor: Actor, *, overwrite: bool
    ) -> bool: ...

    async def copy(
        self,
        source: VirtualPath,
        target: VirtualPath,
        actor: Actor,
        *,
        overwrite: bool,
        deep: bool,
    ) -> bool: ...

    async def remove(self, path: VirtualPath, actor: Actor) -> None: ...

    def check_local(self, size: int) -> None: ...

    async def put_local(
        self, path: VirtualPath, chunks: AsyncIterable[bytes], actor: Actor, *, size: int
    ) -> tuple[File, bool]: ...


class Queue(Protocol):
    """Where NZBs are handed in."""

    async def add(self, data: bytes, name: str, category: str | None = None) -> Job: ...


class Sources(Protocol):
    """Where a file's bytes are read."""

    async def source(self, file: File) -> Source: ...


class Writing:
    """Carries out what clients ask for, once nothing on the WebDAV side speaks against it."""

    def __init__(
        self,
        share: Share,
        changes: Changes,
        queue: Queue,
        sources: Sources,
        receipts: Receipts,
        dead: DeadProperties,
    ) -> None:
        self.share = share
        self.dead = dead
        self._changes = changes
        self._queue = queue
        self._sources = sources
        self._receipts = receipts

    def check_local(self, size: int) -> None:
        """See whether a local file of so many bytes would be taken.

        Raises:
            TooLargeError: It is too large.
            NoRoomError: There is no more room for such files.
        """
        self._changes.check_local(size)

    async def make_folder(self, path: VirtualPath, actor: Actor) -> None:
        """Make an empty folder.

        Raises:
            ForbiddenError: It may not be called so, or there.
            TakenError: Something is there.
            NoFolderError: Its parent is not there.
        """
        check_changeable(path)
        await self._changes.make_folder(path, actor)

    async def move(
        self, source: VirtualPath, target: VirtualPath, actor: Actor, *, overwrite: bool
    ) -> bool:
        """Move a file or folder, in place of what is there; whether there was anything.

        An NZB that is moved to where NZBs are queued is queued: many programs write to a
        temporary name first.

        Raises:
            ForbiddenError: One of the two is not to be changed.
            TakenError: Something is there, and ``overwrite`` is False.
            NotFoundError: There is no source.
            NoFolderError: The target's folder is not there.
        """
        if receipt := self._receipts.find(source):
            self._receipts.forget(source)
            self._receipts.add(target, receipt.size, receipt.etag)
            return False
        check_changeable(source)
        if await self._queue_copy(source, target, actor):
            await self._changes.remove(source, actor)
            return False
        check_changeable(target)
        self._receipts.forget(target)
        return await self._changes.move(source, target, actor, overwrite=overwrite)

    async def copy(
        self,
        source: VirtualPath,
        target: VirtualPath,
        actor: Actor,
        *,
        overwrite: bool,
        deep: bool,
    ) -> bool:
        """Give a file or folder a second name, in place of what is there.

        Args:
            source: What is copied; its bytes are not.
            target: The second name.
            actor: Who asks.
            overwrite: Whether what is at the target may make way.
            deep: Whether a folder's contents come along.

        Returns:
            Whether anything was there.

        Raises:
            ForbiddenError: The target is not to be changed.
            TakenError: Something is there, and ``overwrite`` is False.
            NotFoundError: There is no source.
            NoFolderError: The target's folder is not there.
        """
        if await self._queue_copy(source, target, actor):
            return False
        check_changeable(target)
        self._receipts.forget(target)
        origin = await self.share.find(source)
        made_way = await self._changes.copy(
            origin.path, target, actor, overwrite=overwrite, deep=deep
        )
        if self.dead:
            await self._copy_properties(origin, target, deep=deep)
        return made_way

    async def remove(self, path: VirtualPath, actor: Actor) -> None:
        """Remove a file, or a folder with all that is in it.

        Raises:
            ForbiddenError: It is not to be removed.
            NotFoundError: It is not there.
        """
        if self._receipts.find(path):
            self._receipts.forget(path)
            return
        check_changeable(path)
        await self._changes.remove(path, actor)

    async def put(self, path: VirtualPath, body: Body, actor: Actor) -> File | Receipt:
        """Take in what was written to a path: queue it, keep it, or drop it.

        Raises:
            ForbiddenError: Nothing is written there, or a film is there, whose bytes stay.
            InvalidRequestError: It is an NZB that is not taken.
            TooLargeError: It is too large to be kept.
            NoRoomError: There is no more room for such files.
            NoFolderError: The folder is not there.
            TakenError: A folder is at the path.
        """
        fate = self.share.fate(path)
        if isinstance(fate, Queued):
            if body.size:  # clients make an empty file first
                await self._queue.add(body.whole(), name_of(path), fate.category)
            return self._receipts.add(path, body.size, body.digest)
        if isinstance(fate, Dropped):
            return self._receipts.add(path, body.size, body.digest)
        before = await self._there(path) if self.dead else None
        file, _ = await self._changes.put_local(path, body.blocks(), actor, size=body.size)
        if before is not None and before.id != file.id:
            await self.dead.copy(before.id, file.id)  # to the client it is the same file
        return file

    async def set_property(
        self, node: File | Folder, name: str, value: str | None, *, only_check: bool
    ) -> None:
        """Set one of a resource's dead properties, or take it away.

        Raises:
            ForbiddenError: What only exists here has none.
            TooManyPropertiesError: There is no room for more.
        """
        if not node.id:
            raise ForbiddenError(f"{node.path} has no properties that could be set")
        if only_check:
            if value is not None:
                self.dead.check(node.id, name, value)
        elif value is None:
            await self.dead.remove(node.id, name)
        else:
            await self.dead.set(node.id, name, value)

    async def _there(self, path: VirtualPath) -> File | None:
        try:
            node = await self.share.find(path)
        except NotFoundError:
            return None
        return node if isinstance(node, File) else None

    async def _queue_copy(self, source: VirtualPath, target: VirtualPath, actor: Actor) -> bool:
        """Queue a local file if the target is where NZBs are queued; whether it is."""
        if not isinstance(self.share.fate(target), Queued):
            return False
        found = await self.share.find(source)
        if not isinstance(found, File) or found.local is None:
            return False
        source_of_it = await self._sources.source(found)
        with Body() as body:
            body.add(await read(source_of_it, Span(0, found.size)))
            await self.put(target, body, actor)
        return True

    async def _copy_properties(self, origin: Node, target: VirtualPath, *, deep: bool) -> None:
        await self._copy_own(origin, target)
        if deep and isinstance(origin, Folder):
            async for nodes in self.share.walk(origin.path):
                for node in nodes:
                    if self.dead.of(_id(node)):
                        below = node.path.removeprefix(origin.path)
                        await self._copy_own(node, VirtualPath(f"{target}{below}"))

    async def _copy_own(self, origin: Node, target: VirtualPath) -> None:
        copied = await self.share.find(target)
        if _id(origin) and _id(copied):
            await self.dead.copy(_id(origin), _id(copied))


def _id(node: Node) -> str:
    return "" if isinstance(node, Receipt) else node.id
