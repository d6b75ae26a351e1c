"""A library in memory that can be changed, with all that WebDAV needs around it."""

from __future__ import annotations

import uuid
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from altmount.errors import NotFoundError
from altmount.jobs import Job, JobStatus
from altmount.library.errors import (
    NoFolderError,
    NoRoomError,
    ProtectedError,
    TakenError,
    TooLargeError,
)
from altmount.library.nodes import File, Folder, Usage
from altmount.library.paths import ROOT, VirtualPath, parent_of
from altmount.streaming.handler import FileStreaming
from altmount.streaming.monitor import Streams
from altmount.webdav.facade import sharing
from altmount.webdav.front import Limits
from tests.support.sources import LONG_AGO, MemorySource

LOCAL_BYTES = 1 << 20
ROOM = 8 << 20
NZB_BYTES = 4 << 20


class DavLibrary:
    """Files and folders by path; films cannot be overwritten, some folders are protected."""

    def __init__(self, protected=()):
        self.nodes = {ROOT: Folder(ROOT, LONG_AGO, _id("root"), LONG_AGO)}
        self.contents = {}
        self.protected = set(protected)
        self.error = None  #: raised by whatever is asked
        for path in protected:
            self.folder(path)

    def folder(self, path, modified=LONG_AGO):
        path = VirtualPath(path)
        if path not in self.nodes:
            self.folder(parent_of(path))
            self.nodes[path] = Folder(path, modified, _id(path), modified)
        return self.nodes[path]

    def film(self, path, source, *, modified=LONG_AGO, etag=None):
        if not hasattr(source, "open"):
            source = MemorySource(source)
        path = VirtualPath(path)
        self.folder(parent_of(path))
        file = File(path, source.size, modified, etag or _id(path)[:8], _id(path), modified, "r", 0)
        self.nodes[path] = file
        self.contents[file.id] = source
        return file

    # What is looked at

    async def find(self, path):
        self._may_fail()
        try:
            return self.nodes[path]
        except KeyError:
            raise NotFoundError(f"nothing is at {path}") from None

    async def by_id(self, id):  # noqa: A002 - the library's word
        self._may_fail()
        found = [node for node in self.nodes.values() if node.id == id]
        if not found:
            raise NotFoundError(f"nothing has the id {id}")
        return found[0]

    async def children(self, path):
        if not isinstance(await self.find(path), Folder):
            raise NotFoundError(f"{path} is not a folder")
        inside = [one for at, one in self.nodes.items() if parent_of(at) == path and at != ROOT]
        return sorted(inside, key=lambda node: node.path)

    async def walk(self, path):
        children = await self.children(path)
        yield children
        for child in children:
            if isinstance(child, Folder):
                async for batch in self.walk(child.path):
                    yield batch

    async def usage(self):
        local = [one for one in self.nodes.values() if isinstance(one, File) and one.local]
        used = sum(one.size for one in local)
        return Usage(len(self.nodes), 0, used, ROOM - used)

    async def source(self, file):
        return self.contents[file.id]

    # What is changed

    async def make_folder(self, path, actor):
        self._check_free(path)
        return self.folder(path, datetime.now(UTC))

    async def move(self, source, target, actor, *, overwrite=False):
        await self.find(source)
        self._check_changeable(source)
        made_way = await self._make_way(target, overwrite=overwrite)
        for path in self._all_of(source):
            node = self.nodes.pop(path)
            there = VirtualPath(target + path[len(source) :])
            self.nodes[there] = replace(node, path=there)
        return made_way

    async def copy(self, source, target, actor, *, overwrite=False, deep=True):
        await self.find(source)
        made_way = await self._make_way(target, overwrite=overwrite)
        for path in self._all_of(source) if deep else [source]:
            there = VirtualPath(target + path[len(source) :])
            copied = replace(self.nodes[path], path=there, id=str(uuid.uuid4()))
            self.nodes[there] = copied
            if path in self.nodes and isinstance(copied, File):
                self.contents[copied.id] = self.contents[self.nodes[path].id]
        return made_way

    async def remove(self, path, actor):
        await self.find(path)
        self._check_changeable(path)
        for one in self._all_of(path):
            del self.nodes[one]

    def check_local(self, size):
        if size > LOCAL_BYTES:
            raise TooLargeError(f"at most {LOCAL_BYTES} bytes")
        if size > ROOM - sum(len(one.data) for one in self.contents.values() if one.local):
            raise NoRoomError("no more room")

    async def put_local(self, path, chunks, actor, *, size=None):
        self._may_fail()
        self.check_local(size)
        there = self.nodes.get(path)
        if isinstance(there, Folder):
            raise TakenError(f"{path} is a folder")
        if there and there.local is None:
            raise ProtectedError(f"{path} is a film")
        self._check_parent(path)
        data = b"".join([bytes(chunk) async for chunk in chunks])
        now = datetime.now(UTC)
        file = File(
            VirtualPath(path),
            len(data),
            now,
            _id(data.hex())[:16],
            str(uuid.uuid4()),
            now,
            local="x",
        )
        self.nodes[path] = file
        self.contents[file.id] = MemorySource(data)
        self.contents[file.id].local = True
        return file, there is not None

    async def _make_way(self, target, *, overwrite):
        there = target in self.nodes
        if there:
            if not overwrite:
                raise TakenError(f"something is at {target}")
            await self.remove(target, None)
        self._check_parent(target)
        return there

    def _all_of(self, path):
        return [one for one in self.nodes if one == path or one.startswith(f"{path}/")]

    def _check_free(self, path):
        if path in self.nodes:
            raise TakenError(f"something is at {path}")
        self._check_parent(path)

    def _check_parent(self, path):
        if not isinstance(self.nodes.get(parent_of(path)), Folder):
            raise NoFolderError(f"{parent_of(path)} is not there")

    def _check_changeable(self, path):
        if path == ROOT or any(one == path or one.startswith(f"{path}/") for one in self.protected):
            raise ProtectedError(f"{path} is needed by the program")

    def _may_fail(self):
        if self.error is not None:
            raise self.error


class DavQueue:
    """Remembers what was handed in."""

    def __init__(self):
        self.added = []

    async def add(self, data, name, category=None):
        self.added.append((bytes(data), name, category))
        return Job(len(self.added), "r", name, category, JobStatus.QUEUED, datetime.now(UTC))


class DavProperties:
    """What would lie in the database."""

    def __init__(self):
        self.rows = {}
        self.gone = []

    async def all(self):
        yield [(node, name, value) for (node, name), value in self.rows.items()]

    async def set(self, node, name, value):
        self.rows[node, name] = value

    async def remove(self, node, name):
        self.rows.pop((node, name), None)

    async def forget(self, node):
        self.rows = {key: value for key, value in self.rows.items() if key[0] != node}

    async def orphans(self):
        return self.gone


@asynccontextmanager
async def dav_front(library, prefix="/webdav", *, queue=None, properties=None, categories=None):
    """The share's front door, as the composition root makes it."""
    async with sharing(
        library,
        library,
        queue or DavQueue(),
        library,
        FileStreaming(library, Streams()),
        properties or DavProperties(),
        categories=categories or {},
        limits=Limits(NZB_BYTES, LOCAL_BYTES),
    ) as make_front:
        yield make_front(prefix)


def _id(text):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, text))
