from __future__ import annotations

import asyncio
from xml.etree import ElementTree as ET

import aiohttp
import pytest

from altmount.importer.progress import Progress, Stage
from altmount.jobs import JobStatus
from tests.support.jobshouse import form, jobs_house


@pytest.fixture
async def house(database, tmp_path):
    async with jobs_house(database, tmp_path) as house:
        yield house


async def test_an_nzb_is_queued_and_can_be_asked_for(house):
    job = await house.ask("POST", "/upload", 201, data=form(category="TV", name="Fílm.nzb"))
    assert (job["target_path"], job["status"], job["category"]) == ("Fílm", "pending", "TV")
    assert job["nzb_path"] == job["nzb_display_name"] == "Fílm.nzb"
    assert await house.ask("GET", f"/{job['id']}") == job
    assert await house.ask("GET", "?status=pending") == [job]
    assert await house.ask("GET", "?status=failed") == []


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("POST", "/upload", {"data": b"<nzb/>"}, 400),
        ("POST", "/upload", {"data": form(size=1001)}, 413),
        ("POST", "/upload", {"data": form(category="Nope")}, 400),
        ("POST", "/upload", {"data": form(priority="4")}, 400),
        ("GET", "/7", {}, 404),
        ("GET", "/999999999", {}, 404),
        ("GET", "/99999999999999999999", {}, 404),
        ("GET", "?status=odd", {}, 400),
        ("GET", "?limit=0", {}, 400),
        ("GET", "?limit=" + "9" * 5000, {}, 400),
        ("GET", "?offset=-1", {}, 400),
        ("GET", "?sort_by=release", {}, 400),
        ("GET", "?since=yesterday", {}, 400),
        ("GET", "?since=0001-01-01T00:00:00%2B14:00", {}, 400),
        ("POST", "/7/retry", {}, 404),
        ("DELETE", "/7", {}, 404),
        ("GET", "/7/download", {}, 404),
    ],
)
async def test_what_makes_no_sense_is_told_so(house, method, path, options, status):
    await house.ask(method, path, status, **options)


async def test_a_form_without_a_file_is_refused(house):
    fields = aiohttp.FormData()
    fields.add_field("category", "TV", filename="x")
    await house.ask("POST", "/upload", 400, data=fields)
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    await house.ask("POST", "/upload", 400, data=b"--x\r\nno", headers=headers)


async def test_a_job_that_is_being_imported_is_left_alone(house):
    [job] = await house.send("a")
    await house.jobs.claim()
    await house.ask("POST", f"/{job}/retry", 409)
    await house.ask("DELETE", f"/{job}", 409)
    assert (await house.jobs.get(job)).status is JobStatus.RUNNING


async def test_a_job_is_forgotten_with_its_nzb(house):
    [job, _] = await house.send("a", "b")
    await house.ask("DELETE", f"/{job}", 204)
    await house.ask("GET", f"/{job}", 404)
    await house.ask("GET", f"/{job}/download", 404)
    assert await house.turns() == ["b"]


async def test_a_page_of_jobs_says_how_many_there_are(house):
    await house.send("a", "b", "c", "ab")
    query = {"search": "B", "limit": "1", "offset": "1", "sort_by": "nzb_path"}
    found = await (await house.client.get("/api/queue", params=query)).json()
    assert [job["target_path"] for job in found["data"]] == ["b"]
    assert found["meta"] == {"total": 2, "limit": 1, "offset": 1, "count": 1}
    found = await (await house.client.get("/api/queue?limit=5000")).json()
    assert found["meta"] == {"total": 4, "limit": 1000, "offset": 0, "count": 4}


async def test_who_changed_last_is_listed_first(house):
    first, *_ = await house.send("a", "b")
    await house.ask("POST", f"/{first}/pause")
    [job, _] = await house.ask("GET", "")
    assert (job["id"], job["status"]) == (first, "paused")
    last = job["updated_at"]
    for since, count in ((last, 1), (last.removesuffix("+00:00"), 1), ("2000-01-01", 2)):
        assert len(await house.ask("GET", "", params={"since": since})) == count
    ordered = await house.ask("GET", "?sort_by=created_at&sort_order=asc")
    assert [job["target_path"] for job in ordered] == ["a", "b"]


async def test_an_nzb_comes_back_with_its_passwords(house):
    text = '<?xml version="1.0"?><nzb xmlns="n"><file subject="a"/></nzb>'
    fields = form(name="Fílm.nzb", content=text, password="s3cret <☂")
    job = (await house.ask("POST", "/upload", 201, data=fields))["id"]
    answer = await house.client.get(f"/api/queue/{job}/download")
    assert answer.content_type == "application/x-nzb"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''F%C3%ADlm.nzb"
    tree = ET.fromstring(await answer.read())
    assert [meta.text for meta in tree.iterfind("{n}head/{n}meta")] == ["s3cret <☂"]
    assert tree.find("{n}file").get("subject") == "a"


async def test_passwords_are_kept(house):
    [job] = await house.send("a")
    for options in ({"json": {"password": "one"}}, {"data": {"password": "two"}}, {}):
        await house.ask("POST", f"/{job}/retry", **options)
    assert await house.passwords(job) == ["two", "one"]


@pytest.mark.parametrize(
    "options",
    [
        {"data": b"{", "headers": {"Content-Type": "application/json"}},
        {"data": b"[" * 100_000, "headers": {"Content-Type": "application/json"}},
        {"json": {"password": 7}},
        {"json": ["s3cret"]},
    ],
)
async def test_what_is_no_password_is_refused(house, options):
    [job] = await house.send("a")
    await house.ask("POST", f"/{job}/retry", 400, **options)
    assert await house.passwords(job) == []


async def test_a_job_that_is_being_imported_says_how_far_it_is(house):
    job, other = await house.send("a", "b")
    await house.jobs.claim()
    task = asyncio.create_task(asyncio.Event().wait())
    house.running.begin(job, task)
    house.running.tell(job, Progress(Stage.PROVING))
    [found] = [one for one in await house.ask("GET", "") if "stage" in one]
    assert (found["id"], found["percentage"]) == (job, 85)
    assert await house.ask("GET", f"/{job}") == found
    assert "stage" not in await house.ask("GET", f"/{other}")
    await house.running.stop([job])
    assert "stage" not in await house.ask("GET", f"/{job}")
