from __future__ import annotations

from datetime import UTC, datetime

import pytest

from altmount.jobs import JobStatus
from tests.support.jobshouse import form, jobs_house


@pytest.fixture
async def house(database, tmp_path):
    async with jobs_house(database, tmp_path) as house:
        yield house


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/7/cancel", None, 404),
        ("POST", "/7/pause", None, 404),
        ("POST", "/7/resume", None, 404),
        ("POST", "/7/move", {"position": 0}, 404),
        ("POST", "/7/move", {"position": -1}, 400),
        ("POST", "/7/move", {}, 400),
        ("PATCH", "/7/priority", {"priority": 2}, 404),
        ("PATCH", "/7/priority", {"priority": 4}, 400),
        ("POST", "/pause?minutes=0", None, 400),
    ],
)
async def test_what_makes_no_sense_is_told_so(house, method, path, body, status):
    await house.ask(method, path, status, json=body)


async def test_the_order_of_the_queue_is_changed(house):
    a, _, c = await house.send("a", "b", "c")
    assert (await house.ask("PATCH", f"/{c}/priority", json={"priority": 1}))["priority"] == 1
    assert await house.turns() == ["c", "a", "b"]
    moved = await house.ask("POST", f"/{a}/move", json={"position": 99})
    assert (moved["position"], moved["job"]["id"]) == (2, a)
    assert await house.turns() == ["c", "b", "a"]
    urgent = form(name="now", content="now", priority="0")
    assert (await house.ask("POST", "/upload", 201, data=urgent))["priority"] == 0
    assert await house.turns() == ["now", "c", "b", "a"]


async def test_a_job_is_paused_resumed_and_cancelled(house):
    [job] = await house.send("a")
    assert (await house.ask("POST", f"/{job}/pause"))["status"] == "paused"
    assert await house.jobs.claim() is None
    await house.ask("POST", f"/{job}/pause", 409)
    assert (await house.ask("POST", f"/{job}/resume"))["status"] == "pending"
    await house.ask("POST", f"/{job}/resume", 409)
    assert (await house.ask("POST", f"/{job}/cancel", 202))["id"] == job
    failed = await house.ask("GET", f"/{job}")
    assert (failed["status"], failed["error_code"]) == ("failed", "cancelled")
    await house.ask("POST", f"/{job}/cancel", 409)


async def test_what_is_being_imported_keeps_its_priority_and_can_be_cancelled(house):
    [job] = await house.send("a")
    await house.jobs.claim()
    await house.ask("PATCH", f"/{job}/priority", 409, json={"priority": 1})
    assert (await house.jobs.get(job)).status is JobStatus.RUNNING
    await house.ask("POST", f"/{job}/cancel", 202)
    assert (await house.jobs.get(job)).status is JobStatus.FAILED


async def test_the_whole_queue_is_paused_for_some_time(house):
    await house.send("a")
    paused = await house.ask("POST", "/pause?minutes=10")
    assert paused["paused"]
    assert datetime.fromisoformat(paused["until"]) > datetime.now(UTC)
    assert await house.ask("GET", "/pause") == paused
    assert await house.jobs.claim() is None
    assert await house.ask("POST", "/resume") == {"paused": False, "until": None}
    assert await house.jobs.claim() is not None
