"""SABnzbd's API over real queues and a real database, with nobody who imports anything."""

from __future__ import annotations

import gzip
import json
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from altmount.db.database import Database
from altmount.db.jobrows import complete
from altmount.db.jobs import JobRepository
from altmount.db.queue import QueueRepository
from altmount.db.urls import UrlRepository
from altmount.importer.categories import Categories, Category
from altmount.importer.nzbstore import NzbStore
from altmount.importer.queue import ImportQueue
from altmount.importer.running import Running
from altmount.importer.steering import Steering
from altmount.importer.urls import UrlQueue
from altmount.jobs import Priority
from altmount.logs.recent import RecentWarnings
from altmount.nzb.model import Nzb
from altmount.nzb.parse import parse_nzb
from altmount.sabnzbd.adding import Adding
from altmount.sabnzbd.handler import SabnzbdApi
from altmount.sabnzbd.header import Space, Standing
from altmount.sabnzbd.history import HistoryModes, Sums
from altmount.sabnzbd.modes import Right
from altmount.sabnzbd.place import Place
from altmount.sabnzbd.queue import QueueModes
from altmount.sabnzbd.standing import CategoryRow, Server, StandingModes
from altmount.web import errors

KEY, NZB_KEY, READ_KEY = "k" * 32, "n" * 32, "r" * 32
RIGHTS = {
    KEY: frozenset(Right),
    NZB_KEY: frozenset({Right.NZB}),
    READ_KEY: frozenset({Right.READ}),
}
MAX_NZB = 20_000


class House:
    """What there is behind the API."""

    def __init__(self, database, folder):
        self.database = database
        self.folder = folder
        self.jobs = JobRepository(database)
        self.changes = QueueRepository(database)
        self.nzbs = NzbStore(folder)
        self.categories = Categories(
            [Category("TV", "shows/tv"), Category("Movies", "films", Priority.HIGH)]
        )
        running = Running()
        self.queue = ImportQueue(
            self.jobs,
            self.changes,
            self.nzbs,
            running,
            withdraw=self._withdraw,
            categories=self.categories,
        )
        self.steering = Steering(
            self.changes, self.queue, running, withdraw=self._withdraw, categories=self.categories
        )
        self.urls = UrlQueue(
            self.jobs,
            UrlRepository(database),
            self.changes,
            self.nzbs,
            self.queue,
            self.categories,
        )
        self.place = Place("/mnt/usenet", "/complete")
        self.warnings = RecentWarnings()
        self.progress = {}
        self.servers = [Server("news.example.com", 3_000, 1_000, 12, 10)]
        self.local = folder / "local"
        self.local.mkdir()

    async def _withdraw(self, release):
        pass

    async def waiting(self, name="Waits", category=None, **options):
        return await self.queue.add(f"<nzb>{name}</nzb>".encode(), name, category, **options)

    async def running(self, name="Runs", category=None):
        """A job that is worked on; nothing else may be waiting."""
        await self.waiting(name, category)
        return await self.jobs.claim()

    async def finished(self, name="Done", category="TV", size=7):
        job = await self.running(name, category)
        async with self.database.transaction() as session:
            return await complete(session, job.id, path=f"/complete/shows/tv/{name}", size=size)

    async def failed(self, name="Failed", category=None, message="m", reason="r"):
        job = await self.running(name, category)
        return await self.jobs.fail(job.id, reason=reason, message=message)

    async def standing(self):
        pause = await self.changes.pausing()
        space = Space(10 * 1024**3, 4 * 1024**3)
        return Standing(pause.paused, pause.until, 2048.0, len(self.warnings.all()), space)

    async def contents(self, job) -> Nzb:
        return parse_nzb(self.kept(job))

    def kept(self, job):
        """The NZB of a job."""
        return gzip.decompress(self.nzbs.path(job.release).read_bytes())

    def api(self, *, enabled=True):
        async def rights(key):
            return RIGHTS.get(key, frozenset())

        async def sums():
            return Sums(5 * 1024**3, 1024**3, 2048, 0)

        async def servers():
            return self.servers

        adding = Adding(
            self.queue,
            self.urls,
            [category.name for category in self.categories],
            [self.local],
            max_bytes=MAX_NZB,
        )
        rows = [CategoryRow(one.name, one.folder, int(one.priority)) for one in self.categories]
        groups = (
            adding,
            QueueModes(
                self.jobs, self.queue, self.steering, adding, self.standing, self.progress.get
            ),
            HistoryModes(
                self.jobs,
                self.queue,
                self.steering,
                lambda job: self.place.path(job.path),
                sums,
            ),
            StandingModes(
                self.jobs,
                rows,
                self.place,
                self.standing,
                servers,
                self.warnings,
                self.contents,
                rights,
            ),
        )
        return SabnzbdApi(groups, rights, enabled=enabled, max_nzb_bytes=MAX_NZB)


@asynccontextmanager
async def opened(folder):
    """A house in a folder."""
    async with Database.open(folder / "altmount.db") as database:
        yield House(database, folder)


class Client:
    """A client of the API with a key."""

    def __init__(self, session, key=KEY):
        self.session = session
        self.key = key

    async def get(self, mode, **asked):
        """The reply's text to a GET."""
        params = {"mode": mode, "apikey": self.key, "output": "json", **asked}
        async with self.session.get("/sabnzbd/api", params=params) as reply:
            assert reply.status == 200
            assert reply.headers["Pragma"] == "no-cache"
            return await reply.text()

    async def ask(self, mode, **asked):
        """The answer to a GET."""
        return json.loads(await self.get(mode, **asked))

    async def send(self, data, name="A.Film.nzb", *, field="name", fields=(), **asked):
        """Hand over a file."""
        form = aiohttp.FormData()
        for key, value in fields:
            form.add_field(key, value)
        form.add_field(field, data, filename=name, content_type="application/x-nzb")
        params = {"mode": "addfile", "apikey": self.key, **asked}
        params = {key: value for key, value in params.items() if value is not None}
        async with self.session.post("/sabnzbd/api", params=params, data=form) as reply:
            assert reply.status == 200
            return await reply.json()


@asynccontextmanager
async def calling(house, *, enabled=True, key=KEY):
    """A client of the house's API."""
    app = web.Application(middlewares=[errors.middleware])
    app.add_routes(house.api(enabled=enabled).routes)
    async with TestClient(TestServer(app)) as session:
        yield Client(session, key)
