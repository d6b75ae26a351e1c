"""What Sonarr and Radarr say to a download client, from its test to the removal of a download."""

from __future__ import annotations

import asyncio
import base64
import gzip
import random
from pathlib import Path
from urllib.parse import quote, urlsplit

import aiohttp
import pytest
from aiohttp import web
from pysabnzbd import SabnzbdApi, SabnzbdApiException

import altmount
from altmount.fetch.fetch import USER_AGENT
from altmount.importer import grabbing
from altmount.newsserver.server import NewsServer
from tests.support.client import fetch
from tests.support.program import KEY, PASSWORD, USER, posted, serving
from tests.support.serving import serving as serve_app

FILM = Path(altmount.__file__).parent / "demo" / "film.mp4"
MOUNT = "/mnt/usenet"
ON = {"sabnzbd": {"enabled": True}, "mount_path": f"{MOUNT}/"}


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


class Arr:
    """A client of the API."""

    def __init__(self, session, port):
        self._session = session
        self._base = f"http://127.0.0.1:{port}/sabnzbd/api"

    async def say(self, mode, **asked):
        params = {"mode": mode, "apikey": KEY, "output": "json", **asked}
        async with self._session.get(self._base, params=params) as reply:
            assert reply.status == 200
            return await reply.json()

    async def add(self, nzb, name, category):
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("name", nzb, filename=name, content_type="application/x-nzb")
        params = {"mode": "addfile", "cat": category, "priority": "-100", "apikey": KEY}
        async with self._session.post(self._base, params=params, data=form) as reply:
            return await reply.json()

    async def ended(self, nzo_id, category):
        """The slot of the history, once the queue has let go of it."""
        async with asyncio.timeout(30):
            while True:
                queue = await self.say("queue", start="0", limit="60", category=category)
                history = await self.say("history", start="0", limit="60", category=category)
                for slot in history["history"]["slots"]:
                    if slot["nzo_id"] == nzo_id:
                        return slot
                assert nzo_id in {slot["nzo_id"] for slot in queue["queue"]["slots"]}
                await asyncio.sleep(0.005)


class Indexer:
    """A web server that gives an NZB out, at the second try."""

    def __init__(self, nzb):
        self.nzb = nzb
        self.asked = []

    async def get(self, request):
        self.asked.append(request.headers["User-Agent"])
        if "moved" not in request.query:
            raise web.HTTPFound(f"{request.path}?moved=1")
        if len(self.asked) < 3:
            return web.Response(status=503, headers={"Retry-After": "0"})
        headers = {"Content-Disposition": 'attachment; filename="A.Film.2026.nzb"'}
        return web.Response(body=gzip.compress(self.nzb), headers=headers)


@pytest.mark.parametrize("way", ["file", "URL"])
@pytest.mark.parametrize("strategy", ["NONE", "SYMLINK", "STRM"])
async def test_a_client_tests_adds_watches_finds_and_removes(
    tmp_path, news, monkeypatch, strategy, way
):
    monkeypatch.setattr(grabbing, "_FIRST_WAIT", 0.01)
    links = tmp_path / "imports"
    links.mkdir()
    on = {
        "sabnzbd": {"enabled": True, "private_hosts": ["127.0.0.1"]},
        "mount_path": f"{MOUNT}/",
        "import": {"import_strategy": strategy, "import_dir": str(links)},
    }
    base = MOUNT if strategy == "NONE" else str(links)
    indexer = Indexer(posted(news, [FILM], article_size=50_000))
    application = web.Application()
    application.add_routes([web.get("/getnzb", indexer.get)])
    async with (
        serve_app(application) as port,
        serving(tmp_path, news, **on) as program,
        aiohttp.ClientSession() as session,
    ):
        arr = Arr(session, program.port)
        assert (await arr.say("version"))["version"] == "4.5.0"
        assert (await arr.say("auth")) == {"auth": "apikey"}
        config = (await arr.say("get_config"))["config"]
        assert config["misc"]["complete_dir"] == f"{base}/complete"
        assert "TV" in {one["name"] for one in config["categories"]}
        assert "TV" in (await arr.say("get_cats"))["categories"]
        status = await arr.say("fullstatus", skip_dashboard="1")
        assert status["status"]["completedir"] == f"{base}/complete"

        if way == "file":
            added = await arr.add(indexer.nzb, "A.Film.2026.nzb", "TV")
        else:
            url = f"http://127.0.0.1:{port}/getnzb"
            added = await arr.say("addurl", name=url, cat="TV", priority="1")
            assert set(indexer.asked) <= {USER_AGENT}
        [nzo_id] = added["nzo_ids"]
        slot = await arr.ended(nzo_id, "TV")
        assert (slot["status"], slot["name"]) == ("Completed", "A.Film.2026")
        assert slot["bytes"] == FILM.stat().st_size
        assert slot["storage"] == f"{base}/complete/TV/A.Film.2026"
        play, login = PLAYED[strategy](slot["storage"]), strategy != "STRM"
        assert (await fetch(program.port, play, login=login)).body == FILM.read_bytes()

        removed = await arr.say("history", name="delete", value=nzo_id, del_files="1")
        assert removed == {"status": True}
        assert (await arr.say("history"))["history"]["slots"] == []
        # Whoever has linked to the film still plays it.
        assert (await fetch(program.port, play, login=login)).body == FILM.read_bytes()


def played_in_the_mount(storage):
    """The mount is the share: what is below it there is below /webdav here."""
    return f"/webdav{quote(storage.removeprefix(MOUNT))}/A.Film.2026.mp4"


def played_by_a_symlink(storage):
    target = str((Path(storage) / "A.Film.2026.mp4").readlink())
    assert target.startswith(f"{MOUNT}/complete/TV/")
    return f"/webdav{quote(target.removeprefix(MOUNT))}"


def played_by_a_strm(storage):
    url = urlsplit((Path(storage) / "A.Film.2026.mp4.strm").read_text().strip())
    return f"{url.path}?{url.query}"


PLAYED = {"NONE": played_in_the_mount, "SYMLINK": played_by_a_symlink, "STRM": played_by_a_strm}


async def test_a_url_does_not_lead_into_ones_own_network_unless_it_is_listed(tmp_path, news):
    async with serving(tmp_path, news, **ON) as program, aiohttp.ClientSession() as session:
        arr = Arr(session, program.port)
        url = f"http://127.0.0.1:{program.port}/live"
        [nzo_id] = (await arr.say("addurl", name=url, cat="TV"))["nzo_ids"]
        slot = await arr.ended(nzo_id, "TV")
        assert slot["status"] == "Failed"
        assert "list it in sabnzbd.private_hosts" in slot["fail_message"]


async def test_a_library_for_sabnzbd_works_with_it(tmp_path, news):
    nzb = posted(news, [FILM], article_size=50_000)
    async with serving(tmp_path, news, **ON) as program, aiohttp.ClientSession() as session:
        base = f"http://127.0.0.1:{program.port}"
        client = SabnzbdApi(base, KEY, web_root="sabnzbd", session=session)
        assert await client.check_available()
        await client.pause_queue()
        await Arr(session, program.port).add(nzb, "A.nzb", "TV")
        await client.refresh_data()
        assert (client.queue["status"], client.queue["noofslots"]) == ("Paused", 1)
        await client.resume_queue()
        async with asyncio.timeout(30):
            while (await client.get_history())["noofslots"] == 0:
                await asyncio.sleep(0.01)
        await client.set_speed_limit(100)
        wrong = SabnzbdApi(base, "x" * 32, web_root="sabnzbd", session=session)
        with pytest.raises(SabnzbdApiException, match="API Key Incorrect"):
            await wrong.get_queue()


async def test_what_cannot_be_played_fails_with_its_reason_and_can_be_tried_again(tmp_path, news):
    async with serving(tmp_path, news, **ON) as program, aiohttp.ClientSession() as session:
        arr = Arr(session, program.port)
        [nzo_id] = (await arr.add(b"<html>not found</html>", "B.nzb", "TV"))["nzo_ids"]
        slot = await arr.ended(nzo_id, "TV")
        assert slot["status"] == "Failed"
        assert slot["fail_message"]
        assert (await arr.say("retry", value=nzo_id))["nzo_id"] == nzo_id
        assert (await arr.ended(nzo_id, "TV"))["status"] == "Failed"


async def test_what_cannot_be_played_from_here_is_handed_to_another_sabnzbd(tmp_path, news):
    nzb = posted(news, [FILM], article_size=50_000)
    there, here = tmp_path / "there", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    async with (
        serving(there, news, **ON) as other,
        NewsServer() as empty,
        aiohttp.ClientSession() as session,
    ):
        fallback = {
            "fallback_host": f"http://127.0.0.1:{other.port}/sabnzbd/",
            "fallback_api_key": KEY,
        }
        on = {**ON, "sabnzbd": {**ON["sabnzbd"], **fallback}}
        async with serving(here, empty, **on) as program:
            ours, theirs = Arr(session, program.port), Arr(session, other.port)
            await ours.add(nzb, "A.Film.2026{{secret}}.nzb", "TV")
            async with asyncio.timeout(30):
                while not (slots := (await theirs.say("history"))["history"]["slots"]):
                    await asyncio.sleep(0.01)
            [slot] = slots
            assert (slot["status"], slot["name"]) == ("Completed", "A.Film.2026")
            assert slot["category"] == "TV"
            # A client that saw it fail here would look for it elsewhere.
            assert (await ours.say("history"))["history"]["slots"] == []
            assert (await ours.say("queue"))["queue"]["slots"] == []
            [job] = await program.program.jobs.list()
            assert job.reason == "handed-on"
            assert slot["nzo_id"] in job.message


async def test_the_door_leaves_the_key_to_it_and_all_else_stays_shut(tmp_path, news):
    token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    async with serving(tmp_path, news, **ON) as program, aiohttp.ClientSession() as session:
        base = f"http://127.0.0.1:{program.port}"
        wrong = {"mode": "queue", "apikey": KEY[:-1]}
        headers = {"Authorization": f"Basic {token}"}
        async with session.get(f"{base}/sabnzbd/api", params={"mode": "version"}) as reply:
            assert (await reply.json())["version"] == "4.5.0"
        async with session.get(f"{base}/sabnzbd/api", params=wrong) as reply:
            assert await reply.json() == {"status": False, "error": "API Key Incorrect"}
        async with session.get(f"{base}/sabnzbd/api", params=wrong, headers=headers) as reply:
            assert await reply.json() == {"status": False, "error": "API Key Incorrect"}
        for path in ("/api/queue", "/sabnzbd/other", "/api/"):
            async with session.get(f"{base}{path}", params=wrong) as reply:
                assert reply.status == 401


async def test_a_client_that_leaves_in_the_middle_has_added_nothing(tmp_path, news):
    nzb = b"x" * 100_000
    chance = random.Random(7)
    async with serving(tmp_path, news, **ON) as program:
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", program.port)
            head = (
                f"POST /sabnzbd/api?mode=addfile&apikey={KEY} HTTP/1.1\r\nHost: t\r\n"
                "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 200000\r\n\r\n"
                '--b\r\nContent-Disposition: form-data; name="name"; filename="A.nzb"\r\n\r\n'
            )
            writer.write(head.encode() + nzb[: chance.randrange(len(nzb))])
            await writer.drain()
            writer.transport.abort()
            del reader
        assert (await fetch(program.port, "/live")).status == 200
        assert await program.program.jobs.list() == []
