from __future__ import annotations

import asyncio
import statistics

import pytest

from altmount.articles import (
    ArticleDamagedError,
    ArticleMissingError,
    ArticleUnavailableError,
    Body,
    Part,
    Urgency,
)
from altmount.nntp.providers import Providers
from tests.support.news import HANG_UP, FakeServer
from tests.support.payloads import bodies, message_id, payload, yenc_article
from tests.support.sweep import cancel_at_every_step

DATA = payload(5000)
BODIES = bodies(DATA, [3000, 2000])
A = message_id(0)
PART = BODIES[A].part
NOW = Urgency.PLAYBACK_NOW


def article(body, **options):
    return b"222 body\r\n" + yenc_article(body, **options)


@pytest.fixture
def make(make_pool):
    async def make(*servers, backups=()):
        pools = [await make_pool(server) for server in servers]
        pools += [await make_pool(server, backup=True) for server in backups]
        return Providers(pools)

    return make


async def test_the_first_that_has_it_serves_it(make):
    lacks, has, backup = FakeServer(), FakeServer(BODIES), FakeServer(BODIES)
    providers = await make(lacks, has, backups=[backup])
    body = await providers.body(A, urgency=NOW, part=PART)
    assert body.data == BODIES[A].data
    assert len(lacks.asked) == len(has.asked) == 1
    assert not backup.asked


async def test_S1_a_missing_article_costs_one_command_for_each_provider(make):
    servers, backup = [FakeServer(), FakeServer()], FakeServer()
    providers = await make(*servers, backups=[backup])
    with pytest.raises(ArticleMissingError):
        await providers.body(A, urgency=NOW, part=PART)
    assert [len(server.asked) for server in (*servers, backup)] == [1, 1, 1]


@pytest.mark.parametrize("answer", [b"400 no\r\n", b"502 no\r\n", b"480 login\r\n", HANG_UP])
async def test_S1_an_article_that_always_fails_costs_two_commands(make, answer):
    server = FakeServer()
    server.answers[A] = answer
    providers = await make(server)
    with pytest.raises(ArticleUnavailableError):
        await providers.body(A, urgency=NOW, part=PART)
    assert len(server.asked) == 2


async def test_S1_nothing_is_asked_once_the_reader_has_left(make):
    server = FakeServer()
    server.answers[A] = b"400 no\r\n"
    providers = await make(server)
    task = asyncio.create_task(providers.body(A, urgency=NOW, part=PART))
    while not server.asked:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await asyncio.sleep(0.2)
    assert len(server.asked) == 1


async def test_missing_means_that_every_provider_said_so(make):
    lacks, fails = FakeServer(), FakeServer()
    fails.answers[A] = b"502 quota\r\n"
    providers = await make(lacks, fails)
    with pytest.raises(ArticleUnavailableError, match="quota"):
        await providers.body(A, urgency=NOW, part=PART)
    with pytest.raises(ArticleUnavailableError):
        await providers.exists(A, urgency=NOW)


@pytest.mark.parametrize("answer", [b"430 no\r\n", b"423 no\r\n", b"400 no\r\n", HANG_UP])
async def test_whatever_one_says_the_next_is_asked(make, answer):
    first, second = FakeServer(), FakeServer(BODIES)
    first.answers[A] = answer
    providers = await make(first, second)
    assert (await providers.body(A, urgency=NOW, part=PART)).data == BODIES[A].data
    assert len(first.asked) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        article(BODIES[A], crc=5),
        article(BODIES[message_id(1)]),
        article(Body(BODIES[A].data[:-9], Part(0, 2991, 5000, "film.mkv"))),
        article(Body(BODIES[A].data, Part(0, 3000, 5000, "other.mkv"))),
        b"222 body\r\n.\r\n",
    ],
)
async def test_R1_a_body_that_is_not_right_is_asked_of_the_next(make, wrong):
    first, second = FakeServer(), FakeServer(BODIES)
    first.answers[A] = wrong
    providers = await make(first, second)
    assert (await providers.body(A, urgency=NOW, part=PART)).data == BODIES[A].data
    alone = await make(first)
    with pytest.raises(ArticleDamagedError):
        await alone.body(A, urgency=NOW, part=PART)
    assert len(first.asked) == 2


async def test_S3_readers_that_fail_together_come_back_apart(make_pool):
    server = FakeServer()
    times = {}
    loop = asyncio.get_running_loop()
    original = server.answer

    def answer(line):
        times.setdefault(line, []).append(loop.time())
        return original(line)

    server.answer = answer
    for index in range(30):
        server.answers[message_id(index)] = b"400 no\r\n"
    providers = Providers([await make_pool(server, max_connections=30)])
    tasks = [
        asyncio.create_task(providers.body(message_id(index), urgency=NOW)) for index in range(30)
    ]
    await asyncio.wait(tasks)
    for task in tasks:
        assert isinstance(task.exception(), ArticleUnavailableError)
    gaps = [later - first for first, later in (pair for pair in times.values() if len(pair) == 2)]
    assert len(gaps) == 30
    assert min(gaps) > 0.045  # the loop's clock is a little coarse
    assert statistics.stdev(gaps) / statistics.mean(gaps) > 0.1


async def test_without_a_provider_it_says_what_to_do(make):
    providers = await make()
    with pytest.raises(ArticleUnavailableError, match="add one to providers"):
        await providers.body(A, urgency=NOW)


async def test_leaving_at_any_step_leaks_nothing(make):
    first, second = FakeServer(), FakeServer(BODIES)
    first.answers[A] = b"400 no\r\n"
    providers = await make(first, second)

    async def work():
        await providers.body(A, urgency=NOW, part=PART)

    async def check():
        assert (await providers.body(A, urgency=NOW, part=PART)).data == BODIES[A].data

    assert await cancel_at_every_step(work, check) > 3
