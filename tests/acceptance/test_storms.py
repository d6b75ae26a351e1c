"""The invariants of the design, through the real front door and real sockets.

Nothing is timed here: what must be over soon is over while a gate still holds the article. What
may take how long is in `test_storm_times`.
"""

from __future__ import annotations

import asyncio
import gc
import random
from contextlib import asynccontextmanager
from urllib.parse import quote

import pytest
from sabctools import Decoder

from altmount.articles import Body
from altmount.ciphers.rclone import derive_keys, keys_of
from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.nzb import nzb_lines
from altmount.newsserver.posting import Envelope
from altmount.newsserver.server import NewsServer
from altmount.nntp.connection import Connection
from altmount.reader.entry import Entry
from tests.support.client import asking, fetch, fetch_range, head_of
from tests.support.encrypted import rclone_file
from tests.support.film import Film, bring, forget, trouble
from tests.support.program import posted, serving
from tests.support.rars import File, rar5
from tests.support.sevenzips import File as SevenZipFile
from tests.support.sevenzips import sevenzip

ARTICLE = 50_000
FILM = Film(40 * ARTICLE + 777, ARTICLE)
SIZE, TARGET = FILM.size, FILM.target


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


@pytest.fixture
async def other_news():
    async with NewsServer() as server:
        yield server


@pytest.fixture
async def program(tmp_path, news):
    """The program with a film, whose articles are not in memory any more."""
    async with serving(tmp_path, news) as program:
        await bring(program, FILM, news)
        yield program


def part(program, number, count=1):
    """The bytes of so many articles from one on, as a client has them."""
    return fetch_range(program.port, TARGET, FILM.begin(number), FILM.begin(number + count))


FAILURES = {
    "says 400": Fault(FaultKind.STATUS, FILM.article(5), code=400),
    "says 502": Fault(FaultKind.STATUS, FILM.article(5), code=502),
    "hangs up": Fault(FaultKind.DROP, FILM.article(5)),
    "hangs up later": Fault(FaultKind.RESET, FILM.article(5), at=20_000),
}


@pytest.mark.parametrize("failure", FAILURES)
async def test_S1_a_segment_that_always_fails_costs_two_commands_a_read(program, news, failure):
    trouble(news, FAILURES[failure])
    reply = await part(program, 5)
    assert reply.status == 503
    assert reply.headers["retry-after"]
    assert news.counters.now.body_requests == {FILM.article(5): 2}


@pytest.mark.parametrize("failure", FAILURES)
async def test_S1_a_segment_that_fails_in_mid_film_costs_two_commands(program, news, failure):
    trouble(news, FAILURES[failure])
    reply = await fetch(program.port, TARGET)
    assert reply.cut
    assert reply.body == FILM.bytes(0, FILM.begin(5))
    await program.calm()
    assert news.counters.now.body_requests[FILM.article(5)] <= 2


@pytest.mark.parametrize("kind", [FaultKind.MISSING, FaultKind.CORRUPT])
async def test_S1_a_missing_segment_costs_one_command_for_each_provider(
    tmp_path, news, other_news, kind
):
    async with serving(tmp_path, news, other_news) as program:
        await bring(program, FILM, news, other_news)
        for server in (news, other_news):
            trouble(server, Fault(kind, FILM.article(5)))
        reply = await part(program, 5)
        assert reply.status == 502
        for server in (news, other_news):
            assert server.counters.now.body_requests == {FILM.article(5): 1}


async def test_S1_nothing_is_asked_for_once_the_read_was_left(program, news):
    gate = Fault(FaultKind.HOLD, FILM.article("*"))
    trouble(news, gate, Fault(FaultKind.STATUS, FILM.article("*"), code=400))
    async with asking(program.port, TARGET):
        await news.counters.until(lambda now: now.held)
    news.gates.release("gate")  # and the refusal finds nobody who would ask again
    await program.calm()
    news.knobs = Knobs()
    assert (await part(program, 30)).body == FILM.bytes(FILM.begin(30), FILM.begin(31))
    assert news.counters.now.body_requests == {FILM.article(1): 1, FILM.article(30): 1}


@pytest.mark.parametrize("first", [0, 3, 7])
async def test_S5_scattered_small_reads_cost_each_segment_once(program, news, first):
    for count in range(200):
        start = (20 + (first + count * 5) % 8) * ARTICLE + count * 100
        reply = await fetch_range(program.port, TARGET, start, start + 64)
        assert reply.body == FILM.bytes(start, start + 64)
    assert news.counters.now.body_requests.total() == 8


async def test_S5_small_reads_at_once_cost_each_segment_once(program, news):
    async def read(count):
        start = (20 + count % 8) * ARTICLE + count * 100
        reply = await fetch_range(program.port, TARGET, start, start + 64)
        assert reply.body == FILM.bytes(start, start + 64)

    async with asyncio.TaskGroup() as group:
        for count in range(200):
            group.create_task(read(count))
    assert news.counters.now.body_requests.total() == 8


async def test_S5_a_read_across_the_end_gives_what_is_there(program, news):
    for _ in range(2):
        reply = await fetch_range(program.port, TARGET, SIZE - 700, SIZE + 4096)
        assert reply.status == 206
        assert reply.body == FILM.bytes(SIZE - 700, SIZE)
    assert news.counters.now.body_requests == {FILM.article(FILM.articles): 1}


async def test_S6_fifty_seeks_leave_nothing_and_do_not_hold_the_last_up(program, news):
    """The articles that were left never come, so nothing waits for them."""
    await part(program, 40)
    await program.calm()
    forget(program)
    before = program.snapshot()
    news.counters.reset()
    trouble(
        news,
        Fault(FaultKind.HOLD, FILM.article("[1-9]")),
        Fault(FaultKind.HOLD, FILM.article("[1-3]?")),
    )
    for seek in range(49):
        number = 1 + seek * 7 % 39
        asked = news.counters.now.body_requests[FILM.article(number)]
        async with asking(program.port, TARGET, headers=[f"Range: bytes={FILM.begin(number)}-"]):
            await news.counters.until(
                lambda now, number=number, asked=asked: (
                    now.body_requests[FILM.article(number)] > asked
                )
            )
    start = FILM.begin(40)
    async with asking(program.port, TARGET, headers=[f"Range: bytes={start}-"]) as reader:
        assert (await head_of(reader)).status == 206
        assert await reader.readexactly(1) == FILM.bytes(start, start + 1)
    await program.calm(since=before)
    assert program.snapshot().tasks <= before.tasks + 4
    # Once more if it was sent behind one that was left and never came.
    assert news.counters.now.body_requests[FILM.article(40)] <= 2
    assert news.counters.now.body_requests.total() <= 1.2 * 50


DOORS = {
    "files": "/files{path}",
    "stream": "/api/files/stream?path={path}",
    "webdav": "/webdav{path}",
}


@pytest.mark.parametrize("clients", [1, 10, 20])
@pytest.mark.parametrize("door", DOORS)
async def test_S9_who_leaves_before_an_article_comes_frees_everything(program, news, door, clients):
    before = program.snapshot()
    trouble(news, Fault(FaultKind.HOLD, FILM.article("*")))
    target = DOORS[door].format(path=TARGET.removeprefix("/files"))
    await leave_together(program, target, clients)
    await program.calm(since=before)
    assert program.program.budget.used == 0


async def leave_together(program, target, clients):
    """Let clients wait for an article that does not come, until all of them do, and leave."""
    waiting = asyncio.Barrier(clients)

    async def client(index):
        headers = [f"Range: bytes={index * 30}-"]
        async with asking(program.port, target, headers=headers):
            while program.program.store.readers < clients:
                await asyncio.sleep(0.001)
            await waiting.wait()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        for index in range(clients):
            group.create_task(client(index))


SECRET = "s3cret"


def rar_of(name, data, **shape):
    """The volumes of a set with one file."""
    volumes = rar5([File(name, data)], **shape)
    return [(f"Film.part{number:02}.rar", volume) for number, volume in enumerate(volumes, 1)]


def sevenzip_of(files, **shape):
    pieces = sevenzip([SevenZipFile(name, data) for name, data in files], **shape)
    return [(f"Film.7z.{number:03}", piece) for number, piece in enumerate(pieces, 1)]


def rar_around(files, **shape):
    volumes = rar5([File(name, data) for name, data in files], **shape)
    return [(f"outer.part{number:02}.rar", volume) for number, volume in enumerate(volumes, 1)]


MOVIE = FILM.bytes(0, 400_000)
WRAPPINGS = {
    "RAR, encrypted": lambda: rar_of("Film.mkv", MOVIE, volume_size=100_000, password=SECRET),
    "7z, encrypted": lambda: sevenzip_of([("Film.mkv", MOVIE)], password=SECRET),
    "RAR in RAR": lambda: rar_around(
        rar_of("Film.mkv", MOVIE, volume_size=150_000), volume_size=100_000
    ),
    "RAR in RAR, encrypted": lambda: rar_around(
        rar_of("Film.mkv", MOVIE, volume_size=150_000), volume_size=100_000, password=SECRET
    ),
    "RAR in 7z": lambda: sevenzip_of(
        rar_of("Film.mkv", MOVIE, volume_size=150_000), volume_size=100_000
    ),
    "RAR in 7z, encrypted": lambda: sevenzip_of(
        rar_of("Film.mkv", MOVIE, volume_size=150_000), volume_size=100_000, password=SECRET
    ),
    "rclone": lambda: [("Film.mkv.bin", rclone_file(MOVIE, keys_of(derive_keys(SECRET)).data))],
}


@asynccontextmanager
async def wrapped(folder, news, wrapping):
    """The program with a film that is wrapped: it, and the film's path."""
    postings = [
        news.spool.post_bytes(name, data, Envelope(article_size=30_000))
        for name, data in WRAPPINGS[wrapping]()
    ]
    nzb = "".join(nzb_lines(postings, {"password": SECRET})).encode()
    async with serving(folder, news) as program:
        job = await program.bring(nzb)
        assert job.path, job.message
        await program.calm()
        yield program, (await program.only_file(job.path)).path


async def startled(program, news, *faults):
    """How the program stands, with nothing in memory and this wrong from now on."""
    forget(program)
    pools = program.program.providers.pools
    async with asyncio.timeout(5):  # one that is dialled counts, and has no sockets yet
        while any(pool.state.dialling or pool.state.closing for pool in pools):
            await asyncio.sleep(0.002)
    before = program.snapshot()
    news.counters.reset()
    trouble(news, *faults)
    return before


@pytest.mark.parametrize("wrapping", WRAPPINGS)
async def test_S9_who_leaves_what_is_wrapped_frees_everything(tmp_path, news, wrapping):
    """Before anything comes, and in mid-film where the next article never comes."""
    begin, stuck = 100_000, 300_000
    async with wrapped(tmp_path, news, wrapping) as (program, path):
        for door in ("files", "webdav"):
            target = DOORS[door].format(path=quote(path))
            for clients in (1, 10):
                before = await startled(program, news, Fault(FaultKind.HOLD))
                await leave_together(program, target, clients)
                await program.calm(since=before)
                assert program.program.budget.used == 0

            await startled(program, news)
            reply = await fetch_range(program.port, target, stuck, stuck + 1)
            assert reply.body == MOVIE[stuck : stuck + 1]
            await program.calm()
            needed = tuple(news.counters.now.body_requests)

            for clients in (1, 10):
                holds = [Fault(FaultKind.HOLD, article, gate=door) for article in needed]
                before = await startled(program, news, *holds)
                await leave_in_the_middle(program, target, begin, clients)
                await program.calm(since=before)
            news.gates.release(door)
            trouble(news)
            reply = await fetch_range(program.port, target, stuck - 9, stuck + 9)
            assert reply.body == MOVIE[stuck - 9 : stuck + 9]


async def leave_in_the_middle(program, target, begin, clients):
    """Let clients have something of a film, until all of them do, and leave."""
    have_some = asyncio.Barrier(clients)

    async def client():
        headers = [f"Range: bytes={begin}-"]
        async with asking(program.port, target, headers=headers) as reader:
            assert (await head_of(reader)).status == 206
            assert await reader.readexactly(10) == MOVIE[begin : begin + 10]
            await have_some.wait()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(client())


async def test_S9_who_leaves_a_file_in_parts_frees_everything(tmp_path, news):
    pieces = []
    for number in (1, 2, 3):
        pieces.append(tmp_path / f"Film.mkv.{number:03}")
        pieces[-1].write_bytes(FILM.bytes(number * 100_000 - 100_000, number * 100_000))
    async with serving(tmp_path, news) as program:
        job = await program.bring(posted(news, pieces, article_size=30_000))
        await program.calm()
        forget(program)
        before = program.snapshot()
        trouble(news, Fault(FaultKind.HOLD))
        await leave_together(program, f"/files{job.path}/Film.mkv", 10)
        await program.calm(since=before)
        assert program.program.budget.used == 0


@pytest.mark.parametrize("clients", [1, 20])
@pytest.mark.parametrize("door", ["files", "webdav"])
async def test_S9_who_leaves_in_mid_film_frees_everything(program, news, door, clients):
    """The article never comes, so what is free is free because they left."""
    before = program.snapshot()
    target = DOORS[door].format(path=TARGET.removeprefix("/files"))
    trouble(news, Fault(FaultKind.HOLD, FILM.article(20)))
    have_some = asyncio.Barrier(clients)

    async def leave():
        start = FILM.begin(20) - 10
        async with asking(program.port, target, headers=[f"Range: bytes={start}-"]) as reader:
            assert (await head_of(reader)).status == 206
            await reader.readexactly(10)
            await have_some.wait()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(leave())
    await program.calm(since=before)
    kept = sum(entry.size for entry in program.program.store._kept)
    assert program.program.budget.used == kept
    news.gates.release("gate")
    assert (await part(program, 19, 3)).body == FILM.bytes(FILM.begin(19), FILM.begin(22))


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.CORRUPT,
        FaultKind.SHORT,
        FaultKind.LONG,
        FaultKind.FOREIGN,
        FaultKind.WRONG_RANGE,
        FaultKind.WRONG_SIZE,
        FaultKind.TEXT,
        FaultKind.DROP,
        FaultKind.RESET,
    ],
)
async def test_R1_a_wrong_article_is_asked_of_the_next_provider_or_ends_the_read(
    tmp_path, news, other_news, kind
):
    bad = Fault(kind, FILM.article(8), at=100)
    async with serving(tmp_path, news, other_news) as program:
        await bring(program, FILM)
        trouble(news, bad)
        reply = await fetch(program.port, TARGET)
        assert reply.body == FILM.bytes(0, SIZE)

        forget(program)
        trouble(other_news, bad)
        reply = await fetch(program.port, TARGET)
        assert reply.status == 200
        assert reply.cut
        assert reply.body == FILM.bytes(0, len(reply.body))
        assert len(reply.body) <= 7 * ARTICLE
        await program.calm()


async def test_R2_odd_ranges_are_answered_as_the_rfc_says(program):
    for header, start, stop in [
        ("bytes=-50", SIZE - 50, SIZE),
        (f"bytes={SIZE - 9}-{SIZE * 5}", SIZE - 9, SIZE),
        (f"bytes=-{SIZE * 9}", 0, SIZE),
    ]:
        reply = await fetch(program.port, TARGET, headers=[f"Range: {header}"])
        assert reply.status == 206
        assert reply.headers["content-range"] == f"bytes {start}-{stop - 1}/{SIZE}"
        assert reply.body == FILM.bytes(start, stop)
    for header in (f"bytes={SIZE}-", "bytes=-0"):
        reply = await fetch(program.port, TARGET, headers=[f"Range: {header}"])
        assert reply.status == 416
        assert reply.headers["content-range"] == f"bytes */{SIZE}"
    assert (await fetch(program.port, TARGET)).body == FILM.bytes(0, SIZE)


async def test_P1_queued_bodies_all_arrive_over_one_slow_connection(tmp_path, news):
    provider = {"max_connections": 1, "inflight_requests": 20}
    async with serving(tmp_path, news, provider=provider) as program:
        await bring(program, FILM, news)
        news.knobs = Knobs(connection_rate=5_000_000)
        assert (await part(program, 1, 20)).body == FILM.bytes(0, 20 * ARTICLE)
        assert set(news.counters.now.body_requests.values()) == {1}


@pytest.mark.parametrize("code", [400, 502])
async def test_P3_one_refusal_never_removes_a_provider(program, news, code):
    trouble(news, Fault(FaultKind.STATUS, FILM.article(3), code=code, first=1))
    assert (await fetch(program.port, TARGET)).body == FILM.bytes(0, SIZE)
    await news.disconnect()
    news.knobs = Knobs(greeting_code=code)
    forget(program)
    reading = asyncio.create_task(fetch(program.port, TARGET))
    while program.program.providers.pools[0].state.account != "refusing":
        await asyncio.sleep(0.01)
    news.knobs = Knobs()
    assert (await reading).body == FILM.bytes(0, SIZE)


@pytest.mark.parametrize("streams", [1, 50])
async def test_M1_any_number_of_streams_stays_within_the_budget(tmp_path, news, streams):
    """Some play on, some leave, some take nothing; and an import goes on beside them."""
    budget = 16 << 20
    film = Film(60 * 716_800, 716_800, seed=7)
    async with serving(tmp_path, news, streaming={"cache_bytes": budget}) as program:
        await bring(program, film, news)
        chance = random.Random(5)

        async def play():
            start = chance.randrange(film.size)
            headers = [f"Range: bytes={start}-"]
            async with asking(program.port, film.target, headers=headers) as reader:
                await head_of(reader)
                wanted = film.bytes(start, min(film.size, start + 900_000))
                assert await reader.readexactly(len(wanted)) == wanted
                fate = chance.random()
                if fate < 0.3:
                    return  # leaves in the middle
                if fate < 0.5:
                    await others.wait()  # takes nothing for as long as there are others
                await reader.readexactly(min(film.size - start - len(wanted), 4_000_000))

        others = asyncio.Event()
        before = program.snapshot()
        async with asyncio.TaskGroup() as group:
            playing = [group.create_task(play()) for _ in range(streams)]
            job = await program.bring(Film(30 * 716_800, 716_800, seed=8).nzb, "Another")
            assert job.path == "/complete/Another", job.message
            await asyncio.wait(playing, return_when=asyncio.FIRST_COMPLETED)
            others.set()
        await program.calm(since=before)
        assert 0 < program.program.budget.most <= budget
        assert program.program.budget.used <= budget


KEPT = {Connection, Decoder, Body, Entry}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.DROP, FILM.article("*"), at=20_000),
        Fault(FaultKind.STATUS, FILM.article("*"), code=199),  # no answer that there is
    ],
)
async def test_M1_what_was_lost_is_not_kept_in_memory(program, news, fault):
    """Errors hold the frames they went through; nothing but a full collection would free those."""
    gc.collect()
    gc.disable()
    try:
        trouble(news, fault)
        for number in range(1, 11):
            assert (await part(program, number)).status == 503
        await program.calm()
        kept = [kind for kind in map(type, gc.get_objects()) if kind in KEPT]
        allowed = program.snapshot().connections + 2
        assert kept.count(Connection) <= allowed
        assert kept.count(Decoder) <= allowed
        assert kept.count(Body) <= 1
        assert kept.count(Entry) <= 2
    finally:
        gc.enable()


@pytest.mark.parametrize("kind", [FaultKind.FOREIGN, FaultKind.WRONG_RANGE, FaultKind.CORRUPT])
async def test_R1_an_import_is_right_where_one_provider_is(tmp_path, news, other_news, kind):
    trouble(news, Fault(kind))
    async with serving(tmp_path, news, other_news) as program:
        await bring(program, FILM)
        assert (await fetch(program.port, TARGET)).body == FILM.bytes(0, SIZE)
