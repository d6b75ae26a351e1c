"""Storms as they come, with clients that are not ours: curl, in processes of its own."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import NamedTuple

import pytest

import altmount
from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.server import NewsServer
from tests.support.client import asking, head_of
from tests.support.curl import curl, curling
from tests.support.film import Film, bring, forget, trouble
from tests.support.program import posted, serving
from tests.support.rclone import Rclone

pytestmark = pytest.mark.asyncio(loop_factories=["uvloop"])  # the clients are processes

ARTICLE = 100_000
FILM = Film(60 * ARTICLE + 777, ARTICLE)
PATH = "/complete/Film/Film.mkv"


class Probed(NamedTuple):
    """What ffprobe says of a film."""

    format: str
    size: int
    duration: str


def needs(tool):
    absent = shutil.which(tool) is None and not os.environ.get("CI")
    return pytest.mark.skipif(absent, reason=f"{tool} is not installed")


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


@pytest.fixture
async def program(tmp_path, news):
    async with serving(tmp_path, news) as program:
        await bring(program, FILM, news)
        yield program


async def all_of(clients):
    """Run them all at once; what they give, in order."""
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        tasks = [group.create_task(client) for client in clients]
    return [task.result() for task in tasks]


async def test_two_hundred_reads_in_eight_segments(program, news):
    starts = [(30 + count * 5 % 8) * ARTICLE + count * 100 for count in range(200)]
    wanted = [FILM.bytes(start, start + 64) for start in starts]
    said = await all_of(
        curl(
            config="next\n".join(_request(program, start, start + 64) for start in starts[which::4])
        )
        for which in range(4)
    )
    assert said == [(b"".join(wanted[which::4]), 0) for which in range(4)]
    assert news.counters.now.body_requests.total() == 8


def _request(program, start, stop):
    return f'url = "{program.url(PATH)}"\nrange = {start}-{stop - 1}\nsilent\n'


async def test_fifty_seeks(program, news):
    before = program.snapshot()
    trouble(news, Fault(FaultKind.HOLD, FILM.article("[1-5]?")))
    for seek in range(49):
        number = 10 + seek
        async with curling("-r", f"{FILM.begin(number)}-", program.url(PATH)):
            await news.counters.until(
                lambda now, number=number: FILM.article(number) in now.body_requests
            )
    start = FILM.begin(1)
    said, status = await curl("-r", f"{start}-{start + 999}", program.url(PATH))
    assert (said, status) == (FILM.bytes(start, start + 1000), 0)
    await program.calm(since=before)
    assert news.counters.now.body_requests.total() <= 1.2 * 50


async def test_twenty_clients_gone_at_once(program, news):
    before = program.snapshot()
    trouble(news, Fault(FaultKind.HOLD, FILM.article("[3-6]?")))
    chance = random.Random(20)

    async def leave():
        async with curling(
            "-r", f"{chance.randrange(FILM.size // 2, FILM.size)}-", program.url(PATH)
        ):
            await gone.wait()

    gone = asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(leave())
        while program.program.store.readers < 20:
            await asyncio.sleep(0.005)
        assert program.snapshot().places
        gone.set()
    await program.calm(since=before)
    assert program.program.budget.used == 0


@needs("rclone")
async def test_rclone_reads_on_beside_others_that_are_gone_at_once(program, news):
    rclone = await Rclone.of(program.port)
    before = program.snapshot()
    trouble(news, Fault(FaultKind.HOLD, FILM.article("[3-6]?")))
    chance = random.Random(6)

    async def leave():
        start = chance.randrange(FILM.size // 2, FILM.size - ARTICLE)
        async with rclone.reading(PATH, start):
            await gone.wait()

    gone = asyncio.Event()
    async with asyncio.timeout(40), asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(leave())
        while program.program.store.readers < 4:
            await asyncio.sleep(0.005)
        starts = [FILM.begin(1 + 4 * number) for number in range(2)]
        said = await all_of(rclone.cat(PATH, start, 2 * ARTICLE) for start in starts)
        assert said == [(FILM.bytes(start, start + 2 * ARTICLE), 0) for start in starts]
        gone.set()
    await program.calm(since=before)
    assert news.counters.now.connections_peak <= 8


@needs("rclone")
async def test_rclone_copies_a_film_while_the_provider_hangs_up_again_and_again(program, news):
    rclone = await Rclone.of(program.port)
    drops = tuple(
        Fault(FaultKind.DROP, FILM.article(number), at=20_000, first=1) for number in (3, 17, 44)
    )
    trouble(news, *drops, Fault(FaultKind.STATUS, FILM.article("2?"), code=502, first=1))
    assert await rclone.cat(PATH) == (FILM.bytes(0, FILM.size), 0)
    assert max(news.counters.now.body_requests.values()) <= 2
    await program.calm()


@needs("ffprobe")
async def test_ffprobe_finds_out_of_a_film_from_a_bad_provider_and_a_good_one(tmp_path, news):
    """A library scan: several at once, each from another door, beside players that leave."""
    demo = Path(altmount.__file__).parent / "demo" / "film.mp4"
    async with NewsServer() as good, serving(tmp_path, news, good) as program:
        nzb = posted(good, [demo], article_size=30_000)
        posted(news, [demo], article_size=30_000)
        job = await program.bring(nzb, "Demo")
        assert job.path == "/complete/Demo", job.message
        await program.calm()
        forget(program)
        before = program.snapshot()
        trouble(news, Fault(FaultKind.CORRUPT, probability=0.3), Fault(FaultKind.DROP, "*2?*"))
        trouble(good, Fault(FaultKind.DELAY, seconds=0.05))
        url = program.url("/complete/Demo/Demo.mp4")
        urls = [url, url.replace("/files/", "/webdav/")] * 2
        async with curling(url), curling("-r", "900000-", url):
            found = await all_of(map(ffprobe, urls))
        [probed] = set(found)
        assert probed.size == demo.stat().st_size
        assert "mp4" in probed.format
        assert float(probed.duration) > 1
        await program.calm(since=before)


async def ffprobe(url):
    """What it makes of a film."""
    process = await asyncio.create_subprocess_exec(
        *("ffprobe", "-v", "error", "-of", "json", "-show_format", url), stdout=PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    found = json.loads(said)["format"]
    return Probed(found["format_name"], int(found["size"]), found["duration"])


async def test_a_cap_of_three_where_ten_are_wanted(tmp_path, news):
    news.knobs = Knobs(connection_cap=3, latency=0.002)
    async with serving(tmp_path, news, provider={"max_connections": 10}) as program:
        await bring(program, FILM, news)
        said = await all_of(curl(program.url(PATH)) for _ in range(10))
        assert all(one == (FILM.bytes(0, FILM.size), 0) for one in said)
        counts = news.counters.now
        assert counts.connections_peak <= 3
        assert counts.connections_refused <= 20
        assert counts.body_requests.total() <= 1.02 * FILM.articles


async def test_one_has_foreign_articles_one_has_none_and_one_is_right(tmp_path, news):
    async with (
        NewsServer() as none,
        NewsServer() as right,
        serving(tmp_path, news, none, right) as program,
    ):
        await bring(program, FILM, news, none, right)
        trouble(news, Fault(FaultKind.FOREIGN))
        trouble(none, Fault(FaultKind.MISSING))
        assert await curl(program.url(PATH)) == (FILM.bytes(0, FILM.size), 0)
        for server in (news, none, right):
            assert set(server.counters.now.body_requests.values()) <= {1}
        assert len(right.counters.now.body_requests) == FILM.articles


async def test_a_line_that_is_cut_in_mid_film(program, news):
    news.knobs = Knobs(total_rate=4_000_000)
    async with curling(program.url(PATH)) as process:
        playing = asyncio.create_task(process.communicate())
        await news.counters.until(lambda now: now.bodies_sent >= 5)
        await news.cut()
        await asyncio.wait([playing], timeout=1.5)
        assert not playing.done()
        await news.mend()
        said, _ = await playing
    assert (said, process.returncode) == (FILM.bytes(0, FILM.size), 0)
    await program.calm()


async def test_a_provider_that_comes_back_after_an_outage_with_thirty_readers(program, news):
    before = program.snapshot()
    await news.cut()
    starts = [FILM.begin(1 + number) for number in range(30)]

    async def play(start):
        said = await curl("-r", f"{start}-{start + ARTICLE - 1}", program.url(PATH))
        return said == (FILM.bytes(start, start + ARTICLE), 0)

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        playing = [group.create_task(play(start)) for start in starts]
        while program.program.store.readers < 30:
            await asyncio.sleep(0.005)
        news.counters.reset()
        await news.mend()
    assert all(task.result() for task in playing)
    counts = news.counters.now
    assert set(counts.body_requests.values()) == {1}
    assert counts.connections_peak <= 8
    await program.calm(since=before)


async def test_forty_streams_and_an_import(tmp_path, news):
    news.knobs = Knobs(latency=0.005)
    budget = 16 << 20
    film = Film(120_000_000, 400_000, seed=9)
    async with serving(tmp_path, news, streaming={"cache_bytes": budget}) as program:
        await bring(program, film, news)
        chance = random.Random(40)
        length = 1_500_000

        async def play(start):
            said = await curl("-r", f"{start}-{start + length - 1}", program.url(PATH))
            return said == (film.bytes(start, start + length), 0)

        starts = [chance.randrange(film.size - length) for _ in range(40)]
        async with asyncio.TaskGroup() as group:
            another = group.create_task(
                program.bring(Film(50_000_000, 400_000, seed=99).nzb, "Other")
            )
            right = await all_of(map(play, starts))
        assert all(right)
        assert another.result().path == "/complete/Other", another.result().message
        counts = news.counters.now
        assert counts.connections_peak <= 8
        assert counts.connections_refused == 0
        assert 0 < program.program.budget.most <= budget
        await program.calm()


async def test_a_film_from_start_to_end_costs_each_article_once(program, news):
    assert await curl(program.url(PATH)) == (FILM.bytes(0, FILM.size), 0)
    assert _decoded(FILM, news) <= 1.02 * FILM.size


async def test_a_scrub_costs_few_articles_more_than_it_touches(tmp_path, news):
    film, length = Film(6000 * 716_800, 716_800, seed=3), 256 * 1024
    async with serving(tmp_path, news) as program:
        await bring(program, film, news)
        news.knobs = Knobs(latency=0.02)
        touched = set()
        chance = random.Random(100)
        for _ in range(100):
            start = chance.randrange(film.size - length)
            touched |= {start // film.article_size, (start + length - 1) // film.article_size}
            headers = [f"Range: bytes={start}-"]
            async with asking(program.port, film.target, headers=headers, limit=1 << 16) as reader:
                assert (await head_of(reader)).status == 206
                assert await reader.readexactly(length) == film.bytes(start, start + length)
        await program.calm()
        assert news.counters.now.body_requests.total() <= 2.5 * len(touched)


def _decoded(film, server):
    """How many decoded bytes of a film a server was asked for."""
    requests = server.counters.now.body_requests.items()
    last = film.size - film.begin(film.articles)
    sizes = {film.article(film.articles): last}
    return sum(count * sizes.get(article, film.article_size) for article, count in requests)
