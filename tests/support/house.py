"""A library, and the import into it, over posts in memory."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

from altmount.aio.budget import ByteBudget
from altmount.db.database import Database
from altmount.db.jobs import JobRepository
from altmount.db.queue import QueueRepository
from altmount.importer.nzbstore import NzbStore
from altmount.importer.pipeline import Pipeline
from altmount.importer.rules import Rules
from altmount.library.library import Library
from altmount.library.nodes import Folder
from altmount.library.paths import ROOT
from altmount.nzb.parse import parse_nzb
from altmount.reader.mapped import MappedSource
from altmount.reader.source import read
from altmount.reader.store import ArticleStore
from altmount.spans import Span
from tests.support.jobs import import_queue
from tests.support.posts import Posts

RULES = Rules(frozenset({".mkv"}), categories={"TV": "shows"})


class InProcess:
    """Parses as the parser's process does, but here."""

    async def parse(self, path):
        await asyncio.sleep(0)
        return parse_nzb(path.read_bytes())


class House:
    """Imports, without a news server; :func:`opened` makes one."""

    @classmethod
    async def open(cls, folder, database, store, posts, rules):
        self = cls()
        self.posts, self.store, self.folder = posts, store, folder
        self.told = []
        self.jobs = JobRepository(database)
        self.library = await Library.open(database, folder, self.open_source)
        self.nzbs = NzbStore(folder)
        self.queue = import_queue(self.jobs, self.nzbs, ["TV"], changes=QueueRepository(database))
        self.pipeline = Pipeline(
            self.nzbs,
            InProcess(),
            store,
            self.library,
            self.open_source,
            rules,
            tell=lambda job_id, progress: self.told.append((job_id, progress)),
        )
        return self

    def open_source(self, extents):
        return MappedSource(self.store, extents, most_ahead=4)

    async def claimed(self, name="The Title.nzb", category=None):
        await self.queue.add(self.posts.xml, name, category)
        return await self.jobs.claim()

    async def imported(self, **how):
        job = await self.claimed(**how)
        await self.pipeline.run(job)
        return await self.jobs.get(job.id)

    async def files(self, path=ROOT):
        found = {}
        for node in await self.library.children(path):
            if isinstance(node, Folder):
                found |= await self.files(node.path)
            else:
                found[node.path] = node
        return found

    async def read(self, file, span=None):
        """Bytes of a file, all of them if no span is given."""
        source = await self.library.source(file)
        assert source.size == file.size
        return await read(source, Span(0, source.size) if span is None else span)


@asynccontextmanager
async def opened(folder, rules=RULES):
    posts = Posts()
    async with (
        Database.open(folder / "altmount.db") as database,
        ArticleStore(posts, ByteBudget(1 << 26)) as store,
    ):
        yield await House.open(folder, database, store, posts, rules)
