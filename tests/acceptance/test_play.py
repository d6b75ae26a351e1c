"""From an NZB to bytes over HTTP, with the clients that people use."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import shutil
from pathlib import Path

import pytest

import altmount
from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.server import NewsServer
from tests.support.client import fetch, fetch_range, target_of
from tests.support.payloads import payload
from tests.support.program import KEY, posted, serving

FILM = Path(altmount.__file__).parent / "demo" / "film.mp4"


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


async def run(*command):
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output


async def test_a_film_plays_in_curl_and_ffprobe(tmp_path, news):
    async with serving(tmp_path, news) as program:
        job = await program.bring(posted(news, [FILM], article_size=50_000), "My.Film.2026")
        path = f"{job.path}/My.Film.2026.mp4"
        url = program.url(path)
        film = FILM.read_bytes()
        assert await run("curl", "-sS", url) == film
        assert await run("curl", "-sS", "-r", "1000000-1999999", url) == film[1_000_000:2_000_000]
        said = await run("ffprobe", "-v", "error", "-of", "json", "-show_format", url)
        assert float(json.loads(said)["format"]["duration"]) == 60
        key = hashlib.sha256(KEY.encode()).hexdigest()
        target = f"/api/files/stream?path={target_of(path).removeprefix('/files')}"
        reply = await fetch(program.port, f"{target}&download_key={key}", login=False)
        assert reply.body == film
        assert (await fetch(program.port, f"{target}&download_key=x", login=False)).status == 401


MKV = b"\x1a\x45\xdf\xa3"  # what a film begins with


async def test_every_range_of_plain_split_and_several_files_is_right(tmp_path, news):
    chance = random.Random(3)
    whole = MKV + payload(1_234_567, 1)
    parts = []
    for number in range(4):
        part = tmp_path / f"Movie.mkv.{number + 1:03}"
        part.write_bytes(whole[number * 400_000 : (number + 1) * 400_000])
        parts.append(part)
    episodes = []
    for number in range(3):
        episode = tmp_path / f"Show.S01E0{number + 1}.mkv"
        episode.write_bytes(MKV + payload(300_000 + number, number + 10))
        episodes.append(episode)
    async with serving(tmp_path, news) as program:
        split = await program.bring(posted(news, parts, article_size=33_333), "Movie.2026")
        show = await program.bring(posted(news, episodes, article_size=10_007), "Show.S01", "TV")
        assert show.path == "/complete/TV/Show.S01"
        files = {f"{split.path}/Movie.2026.mkv": whole}
        files |= {f"{show.path}/{episode.name}": episode.read_bytes() for episode in episodes}
        for path, data in files.items():
            assert (await fetch(program.port, target_of(path))).body == data
            for _ in range(25):
                start = chance.randrange(len(data))
                stop = chance.randrange(start, len(data)) + 1
                reply = await fetch_range(program.port, target_of(path), start, stop)
                assert reply.body == data[start:stop]


async def test_a_restart_changes_nothing_that_a_client_can_see(tmp_path, news):
    nzb = posted(news, [FILM], article_size=50_000)
    async with serving(tmp_path, news) as program:
        job = await program.bring(nzb)
        target = target_of(f"{job.path}/Film.mp4")
        before = await fetch(program.port, target, method="HEAD")
        news.counters.reset()
        assert before.status == 200
        assert before.length == FILM.stat().st_size
        assert news.counters.now.body_requests.total() == 0
    async with serving(tmp_path, news) as program:
        after = await fetch(program.port, target, method="HEAD")
        same = ("etag", "last-modified", "content-length", "content-type")
        assert [after.headers[name] for name in same] == [before.headers[name] for name in same]
        headers = [f"If-None-Match: {before.headers['etag']}"]
        assert (await fetch(program.port, target, headers=headers)).status == 304
    (tmp_path / "altmount.db").unlink()
    async with serving(tmp_path, news) as program:
        again = await fetch(program.port, target, method="HEAD")
        assert again.headers["etag"] == before.headers["etag"]
        await program.program.library.rebuild()
        again = await fetch(program.port, target, method="HEAD")
        assert again.headers["etag"] == before.headers["etag"]


async def test_what_cannot_be_played_is_refused_with_a_reason_that_stays(tmp_path, news):
    nfo = tmp_path / "only.nfo"
    nfo.write_text("hello")
    async with serving(tmp_path, news) as program:
        for nzb, reason in [
            (b"<html>not found</html>", "not-an-nzb"),
            (posted(news, [nfo]), "no-media"),
            (posted(news, [FILM]), "articles-missing"),
        ]:
            if reason == "articles-missing":
                news.knobs = Knobs(faults=(Fault(FaultKind.MISSING),))
            job = await program.bring(nzb)
            assert (job.status, job.reason) == ("failed", reason), job.message
            assert len(job.message) > 20
        reply = await fetch(program.port, "/api/queue?status=failed")
        assert len(json.loads(reply.body)["data"]) == 3
        assert (await fetch(program.port, "/files/complete/Film/only.nfo")).status == 404


async def test_before_anything_is_there_it_is_alive_and_ready(tmp_path):
    async with serving(tmp_path) as program:
        assert (await fetch(program.port, "/live", login=False)).status == 200
        assert (await fetch(program.port, "/ready", login=False)).status == 200
        assert (await fetch(program.port, "/files/x", login=False)).status == 401
        assert (await fetch(program.port, "/files/x")).status == 404


async def test_how_far_an_import_is_is_seen_while_it_runs(tmp_path, news):
    news.knobs = Knobs(faults=(Fault(FaultKind.HOLD),))
    async with serving(tmp_path, news, sabnzbd={"enabled": True}) as program:
        job = await program.program.queue.add(posted(news, [FILM]), "Film.nzb")
        await news.counters.until(lambda now: now.held > 0)
        shown = json.loads((await fetch(program.port, f"/api/queue/{job.id}")).body)["data"]
        assert (shown["percentage"], shown["stage"]) == (5, "Checking segment availability")
        target = f"/sabnzbd/api?mode=queue&output=json&apikey={KEY}"
        queue = json.loads((await fetch(program.port, target)).body)["queue"]
        assert [slot["percentage"] for slot in queue["slots"]] == ["5"]
        news.gates.release("gate")
        await program.ended(job)
        shown = json.loads((await fetch(program.port, f"/api/queue/{job.id}")).body)["data"]
        assert (shown["status"], "stage" in shown) == ("completed", False)
