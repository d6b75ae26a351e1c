from __future__ import annotations

import pytest

from altmount.jobs import JobStatus, Priority
from tests.support.jobshouse import jobs_house


@pytest.fixture
async def house(database, tmp_path):
    async with jobs_house(database, tmp_path) as house:
        yield house


@pytest.fixture
async def four(house):
    """A job that is being imported, one that has failed, one that waits and one that is paused."""
    ids = await house.send("a", "b", "c", "d")
    await house.jobs.claim()
    await house.steering.cancel([ids[1]])
    await house.steering.pause([ids[3]])
    return ids


async def ask(house, method, path, status=200, **body):
    return await house.ask(method, f"/{path}", status, json=body or None)


async def left(house):
    return sorted(job.id for job in await house.jobs.list())


async def test_a_part_of_the_jobs_is_cleared(house, four):
    running, failed, _, _ = four
    assert await ask(house, "DELETE", "pending") == {"removed_count": 2}
    assert await left(house) == [running, failed]
    assert await ask(house, "DELETE", "completed") == {"removed_count": 0}
    assert await ask(house, "DELETE", "failed") == {"removed_count": 1}
    assert await left(house) == [running]


async def test_named_jobs_are_removed_unless_one_is_being_imported(house, four):
    running, failed, waits, paused = four
    await ask(house, "DELETE", "bulk", 409, ids=[failed, running])
    assert await left(house) == four
    said = await ask(house, "DELETE", "bulk", ids=[failed, waits, failed, 77])
    assert said["deleted_count"] == 2
    assert said["message"] == "2 of 3 jobs are gone"
    assert await left(house) == [running, paused]


async def test_named_jobs_are_queued_again_unless_one_is_being_imported(house, four):
    running, failed, _, paused = four
    await ask(house, "POST", "bulk/restart", 409, ids=[failed, running])
    assert (await house.jobs.get(failed)).status is JobStatus.FAILED
    await ask(house, "POST", "bulk/restart", 404, ids=[77])
    said = await ask(house, "POST", "bulk/restart", ids=[failed, paused, 77])
    assert said["restarted_count"] == 2
    assert (await house.jobs.get(failed)).status is JobStatus.QUEUED


async def test_what_became_of_each_that_was_to_be_cancelled_is_told(house, four):
    running, failed, waits, _ = four
    said = await ask(house, "POST", "bulk/cancel", 202, ids=[running, failed, waits, 77])
    counts = ("cancelled_count", "not_processing_count", "not_found_count")
    assert [said[name] for name in counts] == [2, 1, 1]
    assert said["results"] == {
        str(running): "cancelled",
        str(waits): "cancelled",
        str(failed): "is failed",
        "77": "not found",
    }
    assert (await house.jobs.get(running)).status is JobStatus.FAILED


async def test_only_what_waits_gets_another_priority(house, four):
    running, _, waits, paused = four
    body = {"ids": [running, waits, paused, waits, 77], "priority": 3}
    said = await ask(house, "PATCH", "bulk/priority", **body)
    assert (said["updated_count"], said["skipped_count"]) == (2, 2)
    assert (await house.jobs.get(waits)).priority is Priority.LOW
    assert (await house.jobs.get(running)).priority is Priority.NORMAL


@pytest.mark.parametrize(
    "body",
    [{"ids": []}, {"ids": [0]}, {"ids": ["x"]}, {"ids": [10**9]}, {"ids": [1] * 1001}, {"id": 1}],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "bulk"),
        ("POST", "bulk/restart"),
        ("POST", "bulk/cancel"),
        ("PATCH", "bulk/priority"),
    ],
)
async def test_what_names_no_jobs_is_refused(house, method, path, body):
    await ask(house, method, path, 400, **{"priority": 1, **body})
