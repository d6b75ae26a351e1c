from __future__ import annotations

from datetime import timedelta

import pytest

from altmount.db.jobrows import now_utc
from altmount.db.queue import Pause
from altmount.jobs import JobStatus, Priority
from altmount.sabnzbd.slots import nzo_id
from tests.support.sabhouse import calling, opened


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path) as house:
        yield house


def ids(jobs):
    return [nzo_id(job) for job in jobs]


async def names(client, **asked):
    queue = (await client.ask("queue", **asked))["queue"]
    return [slot["filename"] for slot in queue["slots"]]


async def test_the_queue_is_listed_in_the_order_in_which_jobs_take_their_turn(house):
    await house.finished("Not of the queue")
    low = await house.waiting("Low", priority=Priority.LOW)
    first, second = await house.waiting("First"), await house.waiting("Second")
    forced = await house.waiting("Forced", priority=Priority.FORCE)
    async with calling(house) as client:
        slots = (await client.ask("queue"))["queue"]["slots"]
        assert [slot["nzo_id"] for slot in slots] == ids([forced, first, second, low])
        assert [slot["index"] for slot in slots] == [0, 1, 2, 3]


async def test_the_queue_has_every_field_of_sabnzbd_in_its_type(house):
    await house.waiting("A")
    async with calling(house) as client:
        said = await client.ask("queue", start="0", limit="10")
        queue = said["queue"]
        assert said["status"] is True  # the ancestor's
        kinds = {name: type(value) for name, value in queue.items()}
    assert kinds == {
        **dict.fromkeys(("paused", "paused_all", "have_quota"), bool),
        **dict.fromkeys(("noofslots", "noofslots_total", "start", "limit", "finish"), int),
        **dict.fromkeys(
            ("version", "pause_int", "diskspace1", "diskspace2", "diskspacetotal1"), str
        ),
        **dict.fromkeys(("diskspacetotal2", "diskspace1_norm", "diskspace2_norm"), str),
        **dict.fromkeys(("speedlimit", "speedlimit_abs", "have_warnings", "quota"), str),
        **dict.fromkeys(("left_quota", "cache_art", "cache_size", "kbpersec", "speed"), str),
        **dict.fromkeys(("mbleft", "mb", "sizeleft", "size", "status", "timeleft"), str),
        "finishaction": type(None),
        "slots": list,
    }
    assert (queue["start"], queue["limit"], queue["finish"]) == (0, 10, 10)
    assert (queue["diskspace1"], queue["diskspacetotal1"]) == ("4.00", "10.00")
    assert (queue["kbpersec"], queue["speed"]) == ("2.00", "2 K")


async def test_the_queue_says_whether_it_idles_works_or_is_paused(house):
    async with calling(house) as client:

        async def status():
            queue = (await client.ask("queue"))["queue"]
            return queue["status"], queue["paused"], queue["pause_int"]

        assert await status() == ("Idle", False, "0")
        await house.running()
        assert await status() == ("Downloading", False, "0")
        assert await client.ask("pause") == {"status": True}
        assert await status() == ("Paused", True, "0")
        assert await client.ask("resume") == {"status": True}
        assert await status() == ("Downloading", False, "0")
        assert await client.ask("config", name="set_pause", value="10") == {"status": True}
        word, paused, left = await status()
        assert (word, paused) == ("Paused", True)
        assert left.startswith(("9:5", "10:00"))
        assert await client.ask("config", name="set_pause", value="0") == {"status": True}
        assert await status() == ("Downloading", False, "0")


async def test_all_jobs_are_listed_where_no_limit_is_set(house):
    """Sonarr and Radarr ask with a limit of 0, and miss whatever they are not told of."""
    for number in range(105):
        await house.jobs.add(f"{number:032x}", f"Job {number}", None)
    async with calling(house) as client:
        queue = (await client.ask("queue", start="0", limit="0"))["queue"]
        assert len(queue["slots"]) == queue["noofslots"] == queue["noofslots_total"] == 105
        page = (await client.ask("queue", start="100", limit="3"))["queue"]
        assert [slot["index"] for slot in page["slots"]] == [100, 101, 102]
        assert page["noofslots"] == 105


async def test_the_queue_is_narrowed_down(house):
    show = await house.waiting("A Show", "tv")
    film = await house.waiting("A Film", "Movies")
    other = await house.waiting("100% other", paused=True)
    async with calling(house) as client:
        assert await names(client, category="TV") == ["A Show"]
        assert await names(client, cat="tv,movies") == ["A Film", "A Show"]
        assert len(await names(client, cat="*")) == 3
        assert await names(client, search="100%") == ["100% other"]
        assert await names(client, status="Paused") == ["100% other"]
        assert await names(client, status="Downloading") == []
        assert await names(client, priority="1") == ["A Film"]
        assert await names(client, nzo_ids=f"{nzo_id(show)},{other.id},x") == [
            "A Show",
            "100% other",
        ]
        assert await names(client, nzo_ids="nonsense") == []
        queue = (await client.ask("queue", category="TV"))["queue"]
        assert (queue["noofslots"], queue["noofslots_total"]) == (1, 3)
    assert film.priority is Priority.HIGH


async def test_a_job_is_taken_back_whether_it_waits_or_has_ended_meanwhile(house):
    done = await house.finished()
    failed = await house.failed()
    waiting = await house.waiting()
    async with calling(house) as client:
        for job in (waiting, done, failed):
            said = await client.ask("queue", name="delete", value=nzo_id(job), del_files="1")
            assert said == {"status": True, "nzo_ids": [nzo_id(job)]}
        # Not there any more: nothing to do, and no fault that Sonarr would stumble over.
        said = await client.ask("queue", name="delete", value=nzo_id(waiting))
        assert said == {"status": True, "nzo_ids": []}
        said = await client.ask("queue", name="delete")
        assert said == {"status": False, "error": "Missing value parameter"}
    assert await house.jobs.list() == []
    assert not house.nzbs.path(waiting.release).exists()


async def test_the_queue_is_emptied_and_the_history_stays(house):
    done = await house.finished()
    jobs = [await house.waiting(name) for name in ("One", "Two", "Three")]
    async with calling(house) as client:
        said = await client.ask("queue", name="purge", search="tw")
        assert said == {"status": True, "nzo_ids": [nzo_id(jobs[1])]}
        said = await client.ask("queue", name="delete", value="all")
        assert sorted(said["nzo_ids"]) == sorted(ids([jobs[0], jobs[2]]))
        assert await client.ask("queue", name="purge") == {"status": True, "nzo_ids": []}
    assert await house.jobs.list() == [done]


async def test_a_job_is_paused_and_goes_on(house):
    one, two = await house.waiting("One"), await house.waiting("Two")
    async with calling(house) as client:
        value = f"{nzo_id(one)},{two.id},unknown"
        said = await client.ask("queue", name="pause", value=value)
        assert said == {"status": True, "nzo_ids": ids([one, two])}
        assert said == await client.ask("queue", name="pause", value=value)  # as before
        queue = (await client.ask("queue"))["queue"]
        assert [slot["status"] for slot in queue["slots"]] == ["Paused", "Paused"]
        said = await client.ask("queue", name="resume", value=nzo_id(two))
        assert said == {"status": True, "nzo_ids": [nzo_id(two)]}
        assert (await house.jobs.get(one.id)).status is JobStatus.PAUSED
        assert (await house.jobs.get(two.id)).status is JobStatus.QUEUED
        for name in ("pause", "resume"):
            said = await client.ask("queue", name=name, value="unknown")
            assert said == {"status": False, "nzo_ids": []}


@pytest.mark.parametrize(
    ("word", "priority", "position"),
    [
        ("2", Priority.FORCE, 0),
        ("1", Priority.HIGH, 0),
        ("0", Priority.NORMAL, 1),
        ("-1", Priority.LOW, 1),
        ("-100", Priority.NORMAL, 1),
    ],
)
async def test_a_job_gets_another_priority(house, word, priority, position):
    await house.waiting("First")
    job = await house.waiting("Second", priority=Priority.LOW)
    async with calling(house) as client:
        said = await client.ask("queue", name="priority", value=nzo_id(job), value2=word)
        assert said == {"position": position}
    assert (await house.jobs.get(job.id)).priority is priority


async def test_a_priority_may_mean_a_pause(house):
    job = await house.waiting()
    async with calling(house) as client:
        await client.ask("queue", name="priority", value=nzo_id(job), value2="-2")
        assert (await house.jobs.get(job.id)).status is JobStatus.PAUSED
        said = await client.ask("queue", name="priority", value="unknown", value2="1")
        assert said == {"position": -1}
        said = await client.ask("queue", name="priority", value=nzo_id(job))
        assert said == {"status": False, "error": "expects two parameters"}
        said = await client.ask("queue", name="priority", value=nzo_id(job), value2="soon")
        assert said == {"status": False, "error": "expects integer value"}


@pytest.mark.parametrize("name", ["rename", "change_name"])
async def test_a_job_is_renamed_and_given_a_password(house, name):
    job = await house.waiting()
    async with calling(house) as client:
        said = await client.ask(
            "queue", name=name, value=nzo_id(job), value2="New", value3="secret"
        )
        assert said == {"status": True}
        assert (await house.jobs.get(job.id)).name == "New"
        assert await house.nzbs.passwords(job.release) == ["secret"]
        said = await client.ask("queue", name=name, value="unknown", value2="New")
        assert said == {"status": False}
        said = await client.ask("queue", name=name, value=nzo_id(job))
        assert said["error"] == "expects two parameters"


async def test_jobs_are_moved(house):
    jobs = [await house.waiting(name) for name in ("A", "B", "C")]
    async with calling(house) as client:
        said = await client.ask("switch", value=nzo_id(jobs[2]), value2="0")
        assert said == {"result": {"position": 0, "priority": 0}}
        assert await names(client) == ["C", "A", "B"]
        said = await client.ask("switch", value=nzo_id(jobs[0]), value2=nzo_id(jobs[1]))
        assert said["result"]["position"] == 2
        assert await names(client) == ["C", "B", "A"]
        said = await client.ask("queue", name="move", value=nzo_id(jobs[0]), value2="1")
        assert said["result"]["position"] == 1
        for other in ("unknown", nzo_id(jobs[0])):
            said = await client.ask("switch", value=nzo_id(jobs[0]), value2=other)
            assert said == {"result": {"position": -1, "priority": 0}}
        said = await client.ask("switch", value="unknown", value2="0")
        assert said == {"result": {"position": -1, "priority": 0}}
        assert (await client.ask("switch", value=nzo_id(jobs[0])))["status"] is False
        # The ancestor's clients may name a priority.
        said = await client.ask("switch", value=nzo_id(jobs[1]), value2="high")
        assert said == {"result": {"position": 0, "priority": 1}}


@pytest.mark.parametrize(
    ("word", "category"), [("movies", "Movies"), ("*", None), ("None", None), ("unknown", None)]
)
async def test_a_job_gets_another_category(house, word, category):
    job = await house.waiting("A", "TV")
    async with calling(house) as client:
        assert await client.ask("change_cat", value=nzo_id(job), value2=word) == {"status": True}
        assert (await house.jobs.get(job.id)).category == category
        assert await client.ask("change_cat", value="unknown", value2=word) == {"status": False}
        assert (await client.ask("change_cat", value=nzo_id(job)))["status"] is False


async def test_what_happens_after_a_download_is_nothing_whatever_is_chosen(house):
    job = await house.waiting()
    async with calling(house) as client:
        assert await client.ask("change_opts", value=nzo_id(job), value2="3") == {"status": True}
        assert await client.ask("change_opts", value="unknown", value2="3") == {"status": False}
        said = await client.ask("change_opts", value=nzo_id(job), value2="x")
        assert said == {"status": False, "error": "item does not exist"}


async def test_a_running_job_tells_its_progress_where_it_is_known(house):
    job = await house.running()
    async with calling(house) as client:

        async def percentage():
            [slot] = (await client.ask("queue"))["queue"]["slots"]
            return slot["percentage"]

        assert await percentage() == "50"
        house.progress[job.id] = 0.731
        assert await percentage() == "73"


async def test_a_pause_that_has_ended_by_itself_is_none(house):
    await house.changes.set_pause(Pause(paused=True, until=now_utc() - timedelta(seconds=1)))
    async with calling(house) as client:
        queue = (await client.ask("queue"))["queue"]
        assert (queue["paused"], queue["pause_int"]) == (False, "0")
