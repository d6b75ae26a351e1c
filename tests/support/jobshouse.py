"""A real import queue that nobody works on, and a client of the API over it."""

from __future__ import annotations

from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from altmount.api.manyjobs import ManyJobsApi
from altmount.api.queue import QueueApi
from altmount.api.steering import SteeringApi
from altmount.db.jobs import JobRepository
from altmount.db.queue import QueueRepository
from altmount.importer.nzbstore import NzbStore
from altmount.importer.running import Running
from altmount.importer.steering import Steering
from altmount.web import errors
from tests.support.jobs import Withdrawn, categories_of, import_queue


class JobsHouse:
    """Jobs, what is done with them, and ``client``, who asks for that."""

    def __init__(self, jobs, queue, steering, running, nzbs, client):
        self.jobs, self.queue, self.steering, self._nzbs = jobs, queue, steering, nzbs
        self.running, self.client = running, client

    async def passwords(self, job_id):
        return await self._nzbs.passwords((await self.jobs.get(job_id)).release)

    async def ask(self, method, path, status=200, **options):
        """The ``data`` of an answer, which must have a status."""
        answer = await self.client.request(method, f"/api/queue{path}", **options)
        assert answer.status == status
        return (await answer.json()).get("data") if status != 204 else None

    async def send(self, *names):
        """The ids of jobs that are handed in."""
        return [
            (await self.ask("POST", "/upload", 201, data=form(name=name, content=name)))["id"]
            for name in names
        ]

    async def turns(self):
        """The names of what waits, in the order of the queue."""
        jobs = await self.ask("GET", "?sort_by=turn&status=pending")
        return [job["target_path"] for job in jobs]


@asynccontextmanager
async def jobs_house(database, folder):
    jobs, changes, running = JobRepository(database), QueueRepository(database), Running()
    nzbs = NzbStore(folder)
    queue = import_queue(jobs, nzbs, ["TV"], changes=changes, running=running)
    steering = Steering(
        changes, queue, running, withdraw=Withdrawn(), categories=categories_of(["TV"])
    )
    app = web.Application(middlewares=[errors.middleware])
    for api in (
        QueueApi("/api", queue, jobs, running.progress, max_nzb_bytes=1000),
        SteeringApi("/api", jobs, steering),
        ManyJobsApi("/api", jobs, queue, steering),
    ):
        app.add_routes(api.routes)
    async with TestClient(TestServer(app)) as client:
        yield JobsHouse(jobs, queue, steering, running, nzbs, client)


def form(size=5, category=None, name="a.nzb", content="", **more):
    """What hands an NZB in."""
    fields = aiohttp.FormData(quote_fields=False)
    fields.add_field("file", content.encode() or b"x" * size, filename=name)
    if category:
        more["category"] = category
    for field, value in more.items():
        fields.add_field(field, value)
    return fields
