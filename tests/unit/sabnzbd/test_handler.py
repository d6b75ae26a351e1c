from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from altmount.db.database import Database
from altmount.db.jobrows import complete
from altmount.db.jobs import JobRepository
from altmount.db.queue import QueueRepository
from altmount.importer.nzbstore import NzbStore
from altmount.jobs import JobStatus
from altmount.sabnzbd.handler import SabnzbdApi
from altmount.sabnzbd.modes import Mode
from altmount.sabnzbd.wire import Place, nzo_id
from altmount.web import errors
from tests.support.jobs import import_queue

KEY = "k" * 32


class House:
    def __init__(self, database, folder):
        self.database = database
        self.jobs = JobRepository(database)
        self.nzbs = NzbStore(folder)
        self.queue = import_queue(
            self.jobs, self.nzbs, ("TV", "Movies"), changes=QueueRepository(database)
        )

    async def finished(self, name="A"):
        job = await self.queue.add(b"x", name, "TV")
        await self.jobs.claim()
        async with self.database.transaction() as session:
            return await complete(session, job.id, path=f"/complete/TV/{name}", size=7)

    async def failed(self, name="B"):
        await self.queue.add(b"x", name)
        job = await self.jobs.claim()
        return await self.jobs.fail(job.id, reason="r", message="m")


@pytest.fixture
async def house(tmp_path):
    async with Database.open(tmp_path / "altmount.db") as database:
        yield House(database, tmp_path)


def serving(house, *, enabled=True):
    app = web.Application(middlewares=[errors.middleware])
    api = SabnzbdApi(
        house.queue,
        house.jobs,
        lambda key: key == KEY,
        categories=[("TV", "TV"), ("Movies", "films")],
        place=Place("/mnt", "/complete"),
        enabled=enabled,
        max_nzb_bytes=1000,
    )
    app.add_routes(api.routes)
    return TestClient(TestServer(app))


async def ask(client, mode, **asked):
    async with client.get("/sabnzbd/api", params={"mode": mode, "apikey": KEY, **asked}) as reply:
        assert reply.status == 200
        return await reply.json()


async def hand_in(client, data=b"<nzb/>", field="name", file="A.Film.nzb", **asked):
    form = aiohttp.FormData()
    form.add_field(field, data, filename=file)
    params = {"mode": "addfile", "apikey": KEY, **asked}
    async with client.post("/sabnzbd/api", params=params, data=form) as reply:
        return reply.status, await reply.json() if reply.status == 200 else None


async def test_without_the_key_only_version_and_auth_are_answered(house):
    async with serving(house) as client:
        assert (await ask(client, "version", apikey=""))["version"] == "4.5.0"
        assert await ask(client, "auth", apikey="") == {"auth": "apikey"}
        for mode in ("queue", "history", "addfile", "nonsense", "fullstatus", "get_config"):
            said = await ask(client, mode, apikey="")
            assert said == {"status": False, "error": "API Key Required"}
            said = await ask(client, mode, apikey="wrong")
            assert said == {"status": False, "error": "API Key Incorrect"}
        for key, error in (("wrong", "API Key Incorrect"), ("", "API Key Required")):
            status, said = await hand_in(client, data=b"x" * 1001, apikey=key)
            assert (status, said["error"]) == (200, error)  # and the form was not read
        assert await house.jobs.list() == []


async def test_it_is_not_there_unless_it_is_wanted(house):
    async with serving(house, enabled=False) as client:
        for path in ("/sabnzbd/api", "/sabnzbd", "/api"):
            async with client.get(path, params={"mode": "version"}) as reply:
                assert reply.status == 404


@pytest.mark.parametrize("path", ["/sabnzbd/api", "/sabnzbd", "/api"])
async def test_a_form_says_as_much_as_a_query(house, path):
    async with serving(house) as client:
        data = {"mode": "get_cats", "apikey": KEY}
        async with client.post(path, data=data) as reply:
            assert await reply.json() == {"categories": ["*", "TV", "Movies"]}


@pytest.mark.parametrize("field", ["name", "nzbfile"])
async def test_an_nzb_that_is_handed_in_waits_in_the_queue(house, field):
    async with serving(house) as client:
        _, said = await hand_in(client, field=field, cat="tv", priority="-100")
        [job] = await house.jobs.list()
        assert said == {"status": True, "nzo_ids": [nzo_id(job)]}
        assert (job.name, job.category) == ("A.Film", "TV")
        [slot] = (await ask(client, "queue", category="TV"))["queue"]["slots"]
        assert slot["nzo_id"] == said["nzo_ids"][0]
        assert (await ask(client, "queue", category="Movies"))["queue"]["slots"] == []


async def test_what_is_no_nzb_of_ours_is_refused_in_the_answer(house):
    async with serving(house) as client:
        status, said = await hand_in(client, cat="unknown")
        assert (status, said["status"]) == (200, False)
        assert "no category" in said["error"]
        assert (await ask(client, "addfile"))["error"] == "No NZB file provided"
        assert (await hand_in(client, data=b"x" * 1001))[0] == 413
        assert await house.jobs.list() == []


async def test_a_job_that_waits_is_taken_back_and_one_that_runs_is_not(house):
    running = await house.queue.add(b"x", "runs")
    await house.jobs.claim()
    waiting = await house.queue.add(b"x", "waits")
    async with serving(house) as client:
        said = await ask(client, "queue", name="delete", value=nzo_id(running))
        assert said == {"status": False, "nzo_ids": []}
        said = await ask(client, "queue", name="delete", value=nzo_id(waiting), del_files="1")
        assert said == {"status": True, "nzo_ids": [nzo_id(waiting)]}
        [slot] = (await ask(client, "queue"))["queue"]["slots"]
        assert slot["nzo_id"] == nzo_id(running)
    assert not house.nzbs.path(waiting.release).exists()
    assert house.nzbs.path(running.release).exists()


async def test_the_history_is_narrowed_down_and_paged(house):
    done = [await house.finished(f"Done {number}") for number in range(3)]
    failed = await house.failed("A 100% failure")
    await house.queue.add(b"x", "waits")
    async with serving(house) as client:

        async def ids(**asked):
            said = (await ask(client, "history", **asked))["history"]
            return [slot["nzo_id"] for slot in said["slots"]], said["noofslots"]

        newest = [nzo_id(job) for job in (failed, *reversed(done))]
        assert await ids() == (newest, 4)
        assert await ids(start="1", limit="2") == (newest[1:3], 4)
        assert await ids(failed_only="1") == (newest[:1], 1)
        assert await ids(search="100%") == (newest[:1], 1)
        assert await ids(search="done 1") == (newest[2:3], 1)
        assert await ids(category="tv") == (newest[1:], 3)
        assert await ids(nzo_ids=f"{newest[3]},nonsense") == (newest[3:], 1)
        assert await ids(nzo_ids="nonsense") == ([], 0)


async def test_what_ended_is_forgotten_one_by_one_or_by_kind(house):
    done, failed = await house.finished(), await house.failed()
    waiting = await house.queue.add(b"x", "waits")
    async with serving(house) as client:
        said = await ask(client, "history", name="delete", value=nzo_id(waiting))
        assert said == {"status": False, "nzo_ids": []}
        said = await ask(client, "history", name="delete", value="failed")
        assert said["nzo_ids"] == [nzo_id(failed)]
        said = await ask(client, "history", name="delete", value=nzo_id(done))
        assert said["status"] is True
        assert (await ask(client, "history", name="delete"))["status"] is False
    assert await house.jobs.list() == [waiting]


async def test_what_has_ended_is_tried_again(house):
    done, failed = await house.finished(), await house.failed()
    async with serving(house) as client:
        said = await ask(client, "retry", value=nzo_id(failed))
        assert said == {"status": True, "nzo_id": nzo_id(failed)}
        assert (await house.jobs.get(failed.id)).status is JobStatus.QUEUED
        assert (await ask(client, "retry", value=nzo_id(done)))["status"] is True
        assert (await ask(client, "retry", value="nonsense"))["status"] is False


async def test_what_is_not_known_is_said_to_be_not_implemented(house):
    async with serving(house) as client:
        for mode in ("shutdown", "addurl", "", "QUEUE"):
            said = await ask(client, mode)
            assert said == {"status": False, "error": "not implemented"}


_TEXT = st.text(max_size=30) | st.sampled_from(
    ["-1", "99999999999999999999", "\0", "²", "all", "%"]
)
_NAMES = ("name", "value", "start", "limit", "category", "cat", "search", "nzo_ids", "failed_only")


async def test_no_request_breaks_it(house):
    """Everything that a client may send is answered."""
    cases = []
    modes = st.sampled_from([mode.split()[0] for mode in Mode]) | _TEXT

    @settings(max_examples=150, suppress_health_check=list(HealthCheck), database=None)
    @given(modes, st.dictionaries(st.sampled_from(_NAMES), _TEXT))
    def collect(mode, asked):
        cases.append((mode, asked))

    collect()
    await house.finished()
    async with serving(house) as client:
        for mode, asked in cases:
            data = {"mode": mode, "apikey": KEY, **asked}
            async with client.post("/api", data=data) as reply:
                assert reply.status == 200, (data, await reply.text())
                assert isinstance(await reply.json(), dict)
