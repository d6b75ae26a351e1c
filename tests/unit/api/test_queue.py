from __future__ import annotations

from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from altmount.api.queue import QueueApi
from altmount.errors import InvalidRequestError, NotFoundError
from altmount.jobs import Job, JobStateError, JobStatus
from altmount.web import errors


class FakeQueue:
    def __init__(self):
        self.all = []
        self.passwords = []

    async def add(self, data, name, category=None, password=None):
        self.passwords.append(password)
        if category not in {None, "TV"}:
            raise InvalidRequestError(f"there is no category {category!r}")
        job = Job(
            id=len(self.all) + 1,
            release="r",
            name=f"{name}:{len(data)}",
            category=category,
            status=JobStatus.QUEUED,
            created=datetime(2026, 1, 2, tzinfo=UTC),
        )
        self.all.append(job)
        return job

    async def retry(self, job_id, password=None):
        self.passwords.append(password)
        await self.get(job_id)
        raise JobStateError(JobStatus.QUEUED, JobStatus.QUEUED)

    async def get(self, job_id):
        for job in self.all:
            if job.id == job_id:
                return job
        raise NotFoundError(f"no job {job_id}")

    async def list(self, status=None, *, limit=100):
        return [job for job in self.all if status in {None, job.status}][:limit]


@pytest.fixture
def queue():
    return FakeQueue()


@pytest.fixture
async def client(queue):
    app = web.Application(middlewares=[errors.middleware])
    app.add_routes(QueueApi("/api", queue, queue, max_nzb_bytes=1000).routes)
    async with TestClient(TestServer(app)) as client:
        yield client


def form(size=5, category=None, name="a.nzb"):
    fields = aiohttp.FormData(quote_fields=False)
    fields.add_field("file", b"x" * size, filename=name)
    if category:
        fields.add_field("category", category)
    return fields


async def test_an_nzb_is_queued_and_can_be_asked_for(client):
    answer = await client.post("/api/queue/upload", data=form(category="TV", name="Fílm.nzb"))
    assert answer.status == 201
    job = (await answer.json())["data"]
    assert job["target_path"] == "Fílm.nzb:5"
    assert job["status"] == "pending"
    assert job["category"] == "TV"
    answer = await client.get(f"/api/queue/{job['id']}")
    assert (await answer.json())["data"] == job
    answer = await client.get("/api/queue", params={"status": "pending"})
    assert (await answer.json())["data"] == [job]
    answer = await client.get("/api/queue", params={"status": "failed"})
    assert (await answer.json())["data"] == []


@pytest.mark.parametrize(
    ("method", "url", "options", "status"),
    [
        ("POST", "/api/queue/upload", {"data": b"<nzb/>"}, 400),
        ("POST", "/api/queue/upload", {"data": form(size=1001)}, 413),
        ("POST", "/api/queue/upload", {"data": form(category="Nope")}, 400),
        ("GET", "/api/queue/7", {}, 404),
        ("GET", "/api/queue/99999999999999999999", {}, 404),
        ("GET", "/api/queue?status=odd", {}, 400),
        ("GET", "/api/queue?limit=0", {}, 400),
        ("GET", "/api/queue?limit=" + "9" * 5000, {}, 400),
        ("POST", "/api/queue/7/retry", {}, 404),
    ],
)
async def test_what_makes_no_sense_is_told_so(client, method, url, options, status):
    answer = await client.request(method, url, **options)
    assert answer.status == status
    assert (await answer.json())["error"]["message"]


async def test_a_form_without_a_file_is_refused(client):
    fields = aiohttp.FormData()
    fields.add_field("category", "TV", filename="x")
    answer = await client.post("/api/queue/upload", data=fields)
    assert answer.status == 400
    broken = b"--x\r\nno"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await client.post("/api/queue/upload", data=broken, headers=headers)
    assert answer.status == 400


async def test_a_job_that_has_not_failed_is_not_tried_again(client):
    await client.post("/api/queue/upload", data=form())
    answer = await client.post("/api/queue/1/retry")
    assert answer.status == 409


async def test_a_password_may_come_with_an_nzb(client, queue):
    fields = form()
    fields.add_field("password", "s3cret ☂")
    assert (await client.post("/api/queue/upload", data=fields)).status == 201
    assert queue.passwords == ["s3cret ☂"]


@pytest.mark.parametrize(
    ("options", "password"),
    [
        ({"json": {"password": "s3cret"}}, "s3cret"),
        ({"data": {"password": "s3cret"}}, "s3cret"),
        ({"json": {}}, None),
        ({"data": {"password": ""}}, None),
        ({}, None),
    ],
)
async def test_a_password_may_be_given_with_a_new_try(client, queue, options, password):
    await client.post("/api/queue/upload", data=form())
    assert (await client.post("/api/queue/1/retry", **options)).status == 409
    assert queue.passwords[1:] == [password]


@pytest.mark.parametrize(
    "options",
    [
        {"data": b"{", "headers": {"Content-Type": "application/json"}},
        {"data": b"[" * 100_000, "headers": {"Content-Type": "application/json"}},
        {"json": {"password": 7}},
        {"json": ["s3cret"]},
    ],
)
async def test_what_is_no_password_is_refused(client, queue, options):
    await client.post("/api/queue/upload", data=form())
    assert (await client.post("/api/queue/1/retry", **options)).status == 400
    assert queue.passwords == [None]
