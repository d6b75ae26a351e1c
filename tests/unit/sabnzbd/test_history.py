from __future__ import annotations

import pytest

from altmount.jobs import JobStatus
from altmount.sabnzbd.slots import nzo_id
from tests.support.sabhouse import calling, opened


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path) as house:
        yield house


async def ids(client, **asked):
    said = (await client.ask("history", **asked))["history"]
    return [slot["nzo_id"] for slot in said["slots"]], said["noofslots"]


async def test_the_history_has_every_field_of_sabnzbd_and_the_ancestor_in_its_type(house):
    await house.finished()
    async with calling(house) as client:
        said = await client.ask("history")
        assert list(said) == ["history"]  # without a status at the top
        history = said["history"]
    assert {name: type(value) for name, value in history.items()} == {
        **dict.fromkeys(("total_size", "month_size", "week_size", "day_size", "version"), str),
        **dict.fromkeys(("ppslots", "noofslots", "last_history_update"), int),
        "slots": list,
    }
    assert [history[f"{span}_size"] for span in ("total", "month", "week", "day")] == [
        "5.0 GB",
        "1.0 GB",
        "2 KB",
        "0 B",
    ]


async def test_the_history_is_narrowed_down_and_paged(house):
    done = [await house.finished(f"Done {number}") for number in range(3)]
    failed = await house.failed("A 100% failure")
    await house.waiting()
    async with calling(house) as client:
        newest = [nzo_id(job) for job in (failed, *reversed(done))]
        assert await ids(client) == (newest, 4)
        assert await ids(client, start="1", limit="2") == (newest[1:3], 4)
        assert await ids(client, failed_only="1") == (newest[:1], 1)
        assert await ids(client, failed_only="0") == (newest, 4)
        assert await ids(client, status="Completed") == (newest[1:], 3)
        assert await ids(client, search="100%") == (newest[:1], 1)
        assert await ids(client, search="done 1") == (newest[2:3], 1)
        assert await ids(client, category="tv") == (newest[1:], 3)
        assert await ids(client, cat="unknown") == ([], 0)


async def test_a_job_is_found_by_its_id_or_its_number_whatever_page_it_is_on(house):
    oldest = await house.finished("Oldest")
    for number in range(120):
        await house.failed(f"Later {number}")
    async with calling(house) as client:
        assert nzo_id(oldest) not in (await ids(client))[0]
        assert await ids(client, nzo_ids=f"{nzo_id(oldest)},nonsense") == ([nzo_id(oldest)], 1)
        assert await ids(client, nzo_ids=str(oldest.id), category="TV") == ([nzo_id(oldest)], 1)
        assert await ids(client, nzo_ids="nonsense") == ([], 0)
        assert len((await ids(client, limit="0"))[0]) == 100


async def test_what_another_downloader_has_by_now_is_not_listed(house):
    failed = await house.failed()
    handed = await house.failed("Elsewhere", reason="handed-on")
    async with calling(house) as client:
        assert await ids(client) == ([nzo_id(failed)], 1)
        assert await ids(client, nzo_ids=nzo_id(handed)) == ([], 0)
        assert await client.ask("retry_all") == {"status": [nzo_id(failed)]}


async def test_storage_is_where_the_files_are_and_the_base_where_there_are_none(house):
    await house.finished("A Show")
    await house.failed("B")
    async with calling(house) as client:
        slots = (await client.ask("history"))["history"]["slots"]
        assert [slot["storage"] for slot in slots] == [
            "/mnt/usenet",
            "/mnt/usenet/complete/shows/tv/A Show",
        ]


async def test_what_ended_is_forgotten_one_by_one_or_by_kind(house):
    done, failed = await house.finished(), await house.failed()
    older = await house.failed("Older")
    waiting = await house.waiting()
    async with calling(house) as client:
        # Always well: the client wants it gone, and it is.
        for value in (nzo_id(waiting), "nonsense", f"{nzo_id(done)},{older.id}"):
            said = await client.ask("history", name="delete", value=value, del_files="1")
            assert said == {"status": True}
        assert await ids(client) == ([nzo_id(failed)], 1)
        assert await client.ask("history", name="delete", value="completed") == {"status": True}
        assert await client.ask("history", name="delete", value="failed", search="x")
        assert (await ids(client))[1] == 1
        assert await client.ask("history", name="delete", value="failed", search="FAIL")
        assert (await ids(client))[1] == 0
        said = await client.ask("history", name="delete")
        assert said == {"status": False, "error": "Missing value parameter"}
        await client.ask("history", name="delete", value="all")
    assert await house.jobs.list() == [await house.jobs.get(waiting.id)]


async def test_only_what_failed_is_tried_again_and_with_a_password_if_one_is_given(house):
    done, failed = await house.finished(), await house.failed()
    async with calling(house) as client:
        said = await client.ask("retry", value=nzo_id(failed), password="secret")
        assert said == {"status": True, "nzo_id": nzo_id(failed)}
        assert (await house.jobs.get(failed.id)).status is JobStatus.QUEUED
        assert await house.nzbs.passwords(failed.release) == ["secret"]
        for value in (nzo_id(done), nzo_id(failed), "nonsense", ""):
            said = await client.ask("retry", value=value)
            assert said == {"status": False, "error": "item does not exist"}


async def test_all_that_failed_are_tried_again(house):
    await house.finished()
    failed = [await house.failed(f"Failed {number}") for number in range(3)]
    async with calling(house) as client:
        said = await client.ask("retry_all")
        assert sorted(said["status"]) == sorted(nzo_id(job) for job in failed)
        assert await client.ask("retry_all") == {"status": []}
