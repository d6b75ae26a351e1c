"""Who comes from the ancestor brings a config file, and clients that know its answers."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import re
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
import pytest
import yaml

import altmount
from altmount import app
from altmount.config.load import load_settings
from altmount.newsserver.server import NewsServer
from tests.support.program import Serving, free_port, posted

FILM = Path(altmount.__file__).parent / "demo" / "film.mp4"
CONFIG = Path(__file__).parents[1] / "support" / "ancestor_config.yaml"
KEY = "SECRET-api-0123456789abcdef01234"
LOGIN = base64.b64encode(b"viewer:SECRET-webdav").decode()


@asynccontextmanager
async def moved_over(folder, news, **changes):
    """The program, with the ancestor's config file. Only what is of its machine is another."""
    document = yaml.safe_load(CONFIG.read_text().replace('"/', f'"{folder}/'))
    document["api"]["prefix"] = "/api"
    for section in document.values():
        if isinstance(section, dict):
            for key in ("path", "import_dir", "root_path", "watch_dir"):
                _make_folder(section.get(key))
    for provider in document["providers"]:
        provider.update(host="127.0.0.1", port=news.port, tls=False, username="", password="")
    document["webdav"]["port"] = free_port()
    document["sabnzbd"]["categories"][1]["dir"] = "/tv/hd/"
    for section, values in changes.items():
        document[section] |= values
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(document))
    environ = {name: value for name, value in os.environ.items() if name != "PORT"}
    settings = load_settings(path, environ).settings
    async with app.serving(settings) as served, aiohttp.ClientSession() as session:
        yield Client(Serving(served), session), Path(f"{folder}/mnt")


def _make_folder(path):
    if path and not Path(path).suffix:
        Path(path).mkdir(parents=True, exist_ok=True)


class Client:
    """What is asked, and how it is answered."""

    def __init__(self, program, session):
        self.program = program
        self.session = session
        self.base = f"http://127.0.0.1:{program.port}"

    async def sab(self, mode, **asked):
        params = {"mode": mode, "apikey": KEY, "output": "json", **asked}
        async with self.session.get(f"{self.base}/sabnzbd/api", params=params) as reply:
            assert reply.status == 200
            return await reply.json()

    async def add(self, nzb, name, **asked):
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("nzbfile", nzb, filename=name)
        params = {"mode": "addfile", "apikey": KEY, **asked}
        url = f"{self.base}/sabnzbd/api"
        async with self.session.post(url, params=params, data=form) as reply:
            return await reply.json()

    async def ended(self):
        async with asyncio.timeout(30):
            while not (slots := (await self.sab("history"))["history"]["slots"]):
                await asyncio.sleep(0.01)
        [slot] = slots
        return slot

    async def ask(self, method, path, **headers):
        headers = {"Authorization": f"Basic {LOGIN}", **headers}
        async with self.session.request(method, f"{self.base}{path}", headers=headers) as reply:
            return reply, await reply.read()


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


@pytest.fixture
def nzb(news):
    return posted(news, [FILM], article_size=50_000)


@pytest.mark.parametrize("strategy", ["NONE", "SYMLINK"])
async def test_the_config_file_alone_is_enough(tmp_path, news, nzb, strategy):
    async with moved_over(tmp_path, news, **{"import": {"import_strategy": strategy}}) as (
        client,
        mnt,
    ):
        assert (await client.add(nzb, "A.Film.2026.nzb", cat="movies"))["status"] is True
        storage = Path((await client.ended())["storage"])
        within = "complete/movies/A.Film.2026"
        if strategy == "SYMLINK":
            assert storage == mnt / "symlinks" / within
            file = (storage / "A.Film.2026.mp4").readlink()
        else:
            assert storage == mnt / "usenet" / within
            file = storage / "A.Film.2026.mp4"
        path = file.relative_to(mnt / "usenet")
        assert (await client.ask("GET", f"/webdav/{quote(str(path))}"))[1] == FILM.read_bytes()


# What the ancestor's clients depend on, by the names that it has in the notes about it.


async def test_nzo_ids_in_and_out(tmp_path, news, nzb):
    async with moved_over(tmp_path, news) as (client, _):
        await client.sab("pause")
        [nzo_id] = (await client.add(nzb, "A.Film.2026.nzb", cat="tv"))["nzo_ids"]
        [slot] = (await client.sab("queue"))["queue"]["slots"]
        assert slot["nzo_id"] == nzo_id
        [job] = await client.program.program.jobs.list()
        assert (await client.sab("queue", name="pause", value=str(job.id)))["status"] is True
        await client.sab("queue", name="resume", value=nzo_id)
        await client.sab("resume")
        assert (await client.ended())["nzo_id"] == nzo_id
        for either in (nzo_id, str(job.id)):
            [slot] = (await client.sab("history", nzo_ids=either))["history"]["slots"]
            assert slot["nzo_id"] == nzo_id
        # A removal goes for the queue and the history, and always succeeds.
        for _ in range(2):
            said = await client.sab("queue", name="delete", value=nzo_id)
            assert said["status"] is True
        assert (await client.sab("history"))["history"]["slots"] == []


async def test_queue_reply(tmp_path, news, nzb):
    async with moved_over(tmp_path, news) as (client, _):
        await client.sab("pause")
        await client.add(nzb, "A.Film.2026.nzb", cat="tv", priority="1")
        said = await client.sab("queue", start="0", limit="10")
        assert said["status"] is True
        queue = said["queue"]
        assert (queue["paused"], queue["status"], queue["noofslots"]) == (True, "Paused", 1)
        assert queue["version"] == "4.5.0"
        for name in ("mbleft", "mb", "kbpersec", "speed"):
            assert isinstance(queue[name], str)
        [slot] = queue["slots"]
        assert slot["index"] == 0
        wanted = {
            "priority": "High",
            "filename": "A.Film.2026",
            "cat": "tv",
            "category": "tv",
            "percentage": "0",
            "status": "Queued",
            "timeleft": "0:00:00",
            "eta": "unknown",
        }
        assert {name: slot[name] for name in wanted} == wanted
        for name in ("size", "sizeleft", "mb", "mbleft"):
            assert isinstance(slot[name], str)


async def test_history_reply(tmp_path, news, nzb):
    async with moved_over(tmp_path, news) as (client, _):
        await client.add(nzb, "A.Film.2026.nzb", cat="tv")
        slot = await client.ended()
        said = await client.sab("history", start="0", limit="10")
        assert "status" not in said
        assert said["history"]["noofslots"] == 1
        texts = {
            "name": "A.Film.2026",
            "nzb_name": "A.Film.2026.nzb",
            "download": "A.Film.2026",
            "duplicate_key": "A.Film.2026",
            "category": "tv",
            "cat": "tv",
            "pp": "3",
            "status": "Completed",
            "action_line": "Finished",
            "fail_message": "",
            "url": "",
            "script_log": "",
            "md5sum": "",
            "password": "",
        }
        assert {name: slot[name] for name in texts} == texts
        assert slot["path"] == slot["storage"]
        assert slot["bytes"] == slot["downloaded"] == FILM.stat().st_size
        for name in ("completetime", "bytes", "retry"):
            assert isinstance(slot[name], int)
        assert (slot["loaded"], slot["meta"]) == (True, [])


async def test_get_config_categories(tmp_path, news):
    async with moved_over(tmp_path, news) as (client, mnt):
        said = await client.sab("get_config")
        assert (said["status"], said["version"]) == (True, "4.5.0")
        misc = said["config"]["misc"]
        assert misc["complete_dir"] == f"{mnt}/symlinks/complete"
        assert (misc["pre_check"], misc["history_retention"]) == (0, "")
        assert said["config"]["servers"] == []
        rows = {row["name"]: row for row in said["config"]["categories"]}
        assert {"movies", "tv", "other"} <= rows.keys()
        assert rows["other"]["priority"] == -1
        wanted = {"name", "order", "pp", "script", "dir", "newzbin", "priority"}
        assert all(row.keys() == wanted for row in rows.values())


async def test_errors_come_with_http_200(tmp_path, news):
    async with moved_over(tmp_path, news) as (client, _):
        for asked in ({"mode": "nonsense"}, {"mode": "queue", "apikey": "wrong"}):
            said = await client.sab(**asked)
            assert said["status"] is False
            assert said["error"]


async def test_storage_path_rules(tmp_path, news, nzb):
    """A category's folder is in the path once, whatever it is called."""
    async with moved_over(tmp_path, news) as (client, mnt):
        await client.add(nzb, "A.Film.2026.nzb", cat="tv")
        slot = await client.ended()
        assert slot["storage"] == f"{mnt}/symlinks/complete/tv/hd/A.Film.2026"
        await client.sab("history", name="delete", value="all")
        await client.add(b"<nzb></nzb>", "Bad.nzb", cat="tv")
        # What failed has no path yet: it is told the base.
        assert (await client.ended())["storage"] == f"{mnt}/symlinks"


async def test_strm_url_and_download_key(tmp_path, news, nzb):
    strm = {"import": {"import_strategy": "STRM"}}
    async with moved_over(tmp_path, news, **strm) as (client, _):
        await client.add(nzb, "A & B #1 100%.nzb", cat="tv")
        storage = Path((await client.ended())["storage"])
        file = storage / f"{storage.name}.mp4.strm"
        url = urlsplit(file.read_text().strip())
        assert (url.scheme, url.path) == ("http", "/api/files/stream")
        assert url.hostname == "altmount.lan"
        query = parse_qs(url.query, strict_parsing=True)
        assert query["path"] == [f"/complete/tv/hd/{storage.name}/{file.stem}"]
        for asked in (url.query, f"path={quote(query['path'][0])}&download_key={_of(KEY)}"):
            target = f"{client.base}/api/files/stream?{asked}"
            async with client.session.get(target) as reply:
                assert (reply.status, await reply.read()) == (200, FILM.read_bytes())
                assert reply.headers["Accept-Ranges"] == "bytes"
        target = f"{client.base}/api/files/stream?path={quote(query['path'][0])}&download_key=x"
        async with client.session.get(target) as reply:
            assert reply.status == 401


def _of(key):
    return hashlib.sha256(key.encode()).hexdigest()


async def test_webdav_propfind_with_the_d_prefix_and_truthful_ranges(tmp_path, news, nzb):
    async with moved_over(tmp_path, news) as (client, _):
        await client.add(nzb, "A.Film.2026.nzb", cat="movies")
        await client.ended()
        folder = "/webdav/complete/movies/A.Film.2026"
        reply, body = await client.ask("PROPFIND", f"{folder}/", Depth="1")
        assert reply.status == 207
        text = body.decode()
        assert re.search(r'<D:multistatus[^>]* xmlns:D="DAV:"', text)
        assert f"<D:getcontentlength>{FILM.stat().st_size}</D:getcontentlength>" in text
        data = FILM.read_bytes()
        for span, wanted in (("0-0", data[:1]), ("100-", data[100:]), ("-7", data[-7:])):
            path = f"{folder}/A.Film.2026.mp4"
            reply, body = await client.ask("GET", path, Range=f"bytes={span}")
            assert (reply.status, body) == (206, wanted)
            assert reply.headers["Content-Range"].endswith(f"/{len(data)}")
        reply, _ = await client.ask("GET", path, Range=f"bytes={len(data)}-")
        assert (reply.status, reply.headers["Content-Range"]) == (416, f"bytes */{len(data)}")
