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
from altmount.nntp.commands import Command, Verb
from altmount.nntp.connection import Patience
from altmount.nntp.errors import UnreachableError
from altmount.nntp.misses import Misses
from tests.support.clock import on_a_jumping_clock
from tests.support.news import HANG_UP, FakeServer, article, providers_of
from tests.support.payloads import bodies, message_id, payload
from tests.support.sweep import cancel_at_every_step

DATA = payload(5000)
BODIES = bodies(DATA, [3000, 2000])
A = message_id(0)
PART = BODIES[A].part
NOW = Urgency.PLAYBACK_NOW


async def test_the_first_that_has_it_serves_it(make_providers):
    lacks, has, backup = FakeServer(), FakeServer(BODIES), FakeServer(BODIES)
    providers = await make_providers(lacks, has, backups=[backup])
    body = await providers.body(A, urgency=NOW, part=PART)
    assert body.data == BODIES[A].data
    assert len(lacks.asked) == len(has.asked) == 1
    assert not backup.asked


async def test_S1_a_missing_article_costs_one_command_for_each_provider(make_providers):
    servers, backup = [FakeServer(), FakeServer()], FakeServer()
    providers = await make_providers(*servers, backups=[backup])
    with pytest.raises(ArticleMissingError):
        await providers.body(A, urgency=NOW, part=PART)
    assert [len(server.asked) for server in (*servers, backup)] == [1, 1, 1]


@pytest.mark.parametrize("answer", [b"400 no\r\n", b"502 no\r\n", b"480 login\r\n", HANG_UP])
async def test_S1_an_article_that_always_fails_costs_two_commands(make_providers, answer):
    server = FakeServer()
    server.answers[A] = answer
    providers = await make_providers(server)
    with pytest.raises(ArticleUnavailableError):
        await providers.body(A, urgency=NOW, part=PART)
    assert len(server.asked) == 2


async def test_S1_nothing_is_asked_once_the_reader_has_left(make_providers):
    server = FakeServer()
    server.answers[A] = b"400 no\r\n"
    providers = await make_providers(server)
    task = asyncio.create_task(providers.body(A, urgency=NOW, part=PART))
    while not server.asked:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await asyncio.sleep(0.2)
    assert len(server.asked) == 1


async def test_missing_means_that_every_provider_said_so(make_providers):
    lacks, fails = FakeServer(), FakeServer()
    fails.answers[A] = b"502 quota\r\n"
    providers = await make_providers(lacks, fails)
    with pytest.raises(ArticleUnavailableError, match="quota"):
        await providers.body(A, urgency=NOW, part=PART)
    with pytest.raises(ArticleUnavailableError):
        await providers.exists(A, urgency=NOW)


@pytest.mark.parametrize("answer", [b"430 no\r\n", b"423 no\r\n", b"400 no\r\n", HANG_UP])
async def test_whatever_one_says_the_next_is_asked(make_providers, answer):
    first, second = FakeServer(), FakeServer(BODIES)
    first.answers[A] = answer
    providers = await make_providers(first, second)
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
async def test_R1_a_body_that_is_not_right_is_asked_of_the_next(make_providers, wrong):
    first, second = FakeServer(), FakeServer(BODIES)
    first.answers[A] = wrong
    providers = await make_providers(first, second)
    assert (await providers.body(A, urgency=NOW, part=PART)).data == BODIES[A].data
    alone = await make_providers(first)
    with pytest.raises(ArticleDamagedError):
        await alone.body(A, urgency=NOW, part=PART)
    assert len(first.asked) == 2


async def test_S3_readers_that_fail_together_come_back_apart(make_providers):
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
    providers = await make_providers(server, max_connections=30)
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


async def test_without_a_provider_it_says_what_to_do(make_providers):
    providers = await make_providers()
    with pytest.raises(ArticleUnavailableError, match="add one to providers"):
        await providers.body(A, urgency=NOW)


async def test_leaving_at_any_step_leaks_nothing(make_providers):
    first, second = FakeServer(), FakeServer(BODIES)
    first.answers[A] = b"400 no\r\n"
    providers = await make_providers(first, second)

    async def work():
        await providers.body(A, urgency=NOW, part=PART)

    async def check():
        assert (await providers.body(A, urgency=NOW, part=PART)).data == BODIES[A].data

    assert await cancel_at_every_step(work, check) > 3


# Who lacks it.


@on_a_jumping_clock  # what is left behind is cut after 10 ms, which must not pass meanwhile
async def test_a_miss_is_followed_by_asking_three_others_at_once():
    lacks, slow, quick, third = FakeServer(), FakeServer(BODIES), FakeServer(BODIES), FakeServer()
    slow.may_answer.clear()
    async with providers_of(lacks, slow, quick, third) as providers:
        body = await providers.body(A, urgency=NOW, part=PART)
        assert body.data == BODIES[A].data
        assert lacks.asked == [("BODY", A)]
        assert quick.asked == [("STAT", A), ("BODY", A)]
        assert third.asked == [("STAT", A)]
        slow.may_answer.set()
        while any(pool.unanswered for pool in providers.pools):
            await asyncio.sleep(0)
        assert slow.asked == [("STAT", A)]


async def test_with_two_left_they_are_asked_one_after_the_other(make_providers):
    servers = [FakeServer(), FakeServer(), FakeServer(BODIES)]
    providers = await make_providers(*servers)
    await providers.body(A, urgency=NOW, part=PART)
    assert [server.asked for server in servers] == [[("BODY", A)]] * 3


async def test_S1_what_nobody_has_costs_one_command_each_in_a_race_too(make_providers):
    servers, backups = [FakeServer() for _ in range(5)], [FakeServer() for _ in range(4)]
    providers = await make_providers(*servers, backups=backups)
    with pytest.raises(ArticleMissingError):
        await providers.body(A, urgency=NOW, part=PART)
    assert [len(server.asked) for server in (*servers, *backups)] == [1] * 9


async def test_backups_are_not_raced_while_a_main_provider_may_have_it(make_providers):
    servers = [FakeServer(), FakeServer(BODIES)]
    backups = [FakeServer(BODIES) for _ in range(3)]
    providers = await make_providers(*servers, backups=backups)
    await providers.body(A, urgency=NOW, part=PART)
    assert [len(backup.asked) for backup in backups] == [0, 0, 0]


async def test_a_race_answers_whether_it_exists_with_one_command_each(make_providers):
    servers = [FakeServer(), FakeServer(), FakeServer(), FakeServer(BODIES)]
    providers = await make_providers(*servers)
    assert await providers.exists(A, urgency=Urgency.HEALTH)
    assert [server.asked for server in servers] == [[("STAT", A)]] * 4


@pytest.mark.parametrize("wrong", [b"430 no\r\n", b"400 no\r\n", article(BODIES[A], crc=5)])
async def test_one_that_wins_the_race_and_has_not_got_it_loses_nothing(make_providers, wrong):
    """STAT says yes, BODY does not."""
    lacks, liar, has, third = FakeServer(), FakeServer(), FakeServer(BODIES), FakeServer()
    liar.answers[A] = [b"223 0 <a>\r\n", wrong, wrong]
    for server in (has, third):
        server.may_answer.clear()
    providers = await make_providers(lacks, liar, has, third)
    read = asyncio.create_task(providers.body(A, urgency=NOW, part=PART))
    while len(liar.asked) < 2:
        await asyncio.sleep(0)
    for server in (has, third):
        server.may_answer.set()
    assert (await read).data == BODIES[A].data
    assert len(liar.asked) == 2


async def test_there_is_one_race_and_who_had_not_answered_is_asked_for_the_body(make_providers):
    lacks, liar = FakeServer(), FakeServer()
    liar.answers[A] = [b"223 0 <a>\r\n", b"430 no\r\n"]
    slow = [FakeServer(BODIES) for _ in range(4)]
    for server in slow:
        server.may_answer.clear()
    providers = await make_providers(lacks, liar, *slow)
    read = asyncio.create_task(providers.body(A, urgency=NOW, part=PART))
    while len(liar.asked) < 2:
        await asyncio.sleep(0)
    for server in slow:
        server.may_answer.set()
    assert (await read).data == BODIES[A].data
    while any(pool.unanswered for pool in providers.pools):
        await asyncio.sleep(0)
    assert sum(server.asked.count(("BODY", A)) for server in slow) == 1
    assert all(server.asked.count(("STAT", A)) <= 1 for server in slow)


async def test_a_race_that_some_could_not_run_is_not_a_miss(make_providers):
    servers = [FakeServer() for _ in range(5)]
    servers[3].answers[A] = b"502 quota\r\n"
    providers = await make_providers(*servers)
    with pytest.raises(ArticleUnavailableError, match="quota"):
        await providers.body(A, urgency=NOW, part=PART)


async def test_one_account_speaks_for_all_of_its_storage(make_providers):
    servers = [FakeServer() for _ in range(4)]
    providers = await make_providers(*servers, storage_group="backbone")
    with pytest.raises(ArticleMissingError):
        await providers.body(A, urgency=NOW, part=PART)
    assert sum(len(server.asked) for server in servers) == 1


async def test_a_miss_also_speaks_for_one_of_its_storage_that_had_failed(make_providers):
    fails, lacks = FakeServer(), FakeServer()
    fails.answers[A] = b"400 no\r\n"
    providers = await make_providers(fails, lacks, storage_group="backbone")
    with pytest.raises(ArticleMissingError):
        await providers.body(A, urgency=NOW, part=PART)
    assert len(fails.asked) == 1


async def test_a_miss_is_remembered_and_asked_again_after_its_time(make_providers):
    server, other = FakeServer(), FakeServer(BODIES)
    providers = await make_providers(server, other)
    for _ in range(3):
        await providers.body(A, urgency=NOW, part=PART)
    assert len(server.asked) == 1
    other.bodies.clear()
    for _ in range(3):
        with pytest.raises(ArticleMissingError):
            await providers.body(A, urgency=NOW, part=PART)
        assert not await providers.exists(A, urgency=NOW)
    assert (len(server.asked), len(other.asked)) == (1, 4)
    providers._search._misses = Misses()  # as after five minutes
    server.bodies = dict(BODIES)
    assert (await providers.body(A, urgency=NOW, part=PART)).data == BODIES[A].data


@pytest.mark.parametrize("answer", [b"400 no\r\n", b"502 no\r\n", b"480 no\r\n", HANG_UP])
async def test_a_failure_is_never_remembered_as_a_miss(make_providers, answer):
    server = FakeServer()
    server.answers[A] = [answer, answer]
    providers = await make_providers(server)
    with pytest.raises(ArticleUnavailableError):
        await providers.body(A, urgency=NOW, part=PART)
    server.answers.clear()
    server.bodies = dict(BODIES)
    assert (await providers.body(A, urgency=NOW, part=PART)).data == BODIES[A].data


@pytest.mark.parametrize("code", range(400, 600))
async def test_whatever_no_is_said_the_next_provider_is_asked(make_providers, code):
    first, second = FakeServer(), FakeServer(BODIES)
    first.answers[A] = b"%d what\r\n" % code
    providers = await make_providers(first, second)
    assert (await providers.body(A, urgency=NOW, part=PART)).data == BODIES[A].data
    assert len(first.asked) == 1


async def test_leaving_a_race_at_any_step_leaks_nothing(make_providers):
    lacks, has = [FakeServer(), FakeServer(), FakeServer()], FakeServer(BODIES)
    providers = await make_providers(*lacks, has)

    async def work():
        await providers.body(A, urgency=NOW, part=PART)

    async def check():
        providers._search._misses = Misses()
        assert (await providers.body(A, urgency=NOW, part=PART)).data == BODIES[A].data
        providers._search._misses = Misses()
        assert not providers._search._inquiries

    assert await cancel_at_every_step(work, check) > 3


# What works again.


async def test_a_reader_waits_for_an_account_that_worked_before(make_providers):
    server = FakeServer(BODIES)
    providers = await make_providers(server)
    await providers.body(A, urgency=NOW, part=PART)
    server.refuse_dials = UnreachableError("no route", silent=True)
    await server.hang_up()
    reads = [asyncio.create_task(providers.body(A, urgency=NOW, part=PART)) for _ in range(30)]
    while providers.pools[0].state.account != "network down":
        await asyncio.sleep(0.01)
    assert providers.pools[0].state.breaker == "closed"
    assert not any(read.done() for read in reads)
    server.refuse_dials = None
    for read in reads:
        assert (await read).data == BODIES[A].data
    assert len(server.asked) == 31


async def test_nobody_waits_for_what_never_worked(make_providers):
    server = FakeServer(BODIES)
    server.refuse_dials = UnreachableError("no route", silent=True)
    providers = await make_providers(server)
    with pytest.raises(ArticleUnavailableError, match="no route"):
        await providers.body(A, urgency=NOW, part=PART)
    assert server.dialled <= 3


async def test_waiting_has_an_end_and_after_it_readers_are_told_at_once(make_providers):
    server = FakeServer(BODIES)
    providers = await make_providers(server, patience=Patience(outage=0.2))
    await providers.body(A, urgency=NOW, part=PART)
    server.refuse_dials = UnreachableError("no route", silent=True)
    await server.hang_up()
    with pytest.raises(ArticleUnavailableError, match="no route"):
        await providers.body(A, urgency=NOW, part=PART)
    dialled = server.dialled
    with pytest.raises(ArticleUnavailableError, match="no route"):
        await providers.body(A, urgency=NOW, part=PART)
    assert server.dialled <= dialled + 1


async def test_a_reader_that_waits_is_told_of_an_account_that_is_new(make_providers):
    server, new = FakeServer(BODIES), FakeServer(BODIES)
    providers = await make_providers(server, new)
    first, second = (pool.provider for pool in providers.pools)
    providers.apply([first])
    await providers.body(A, urgency=NOW, part=PART)
    server.refuse_dials = UnreachableError("no route", silent=True)
    await server.hang_up()
    read = asyncio.create_task(providers.body(A, urgency=NOW, part=PART))
    await asyncio.sleep(0.1)
    providers.apply([first, second])
    assert (await read).data == BODIES[A].data
    assert len(new.asked) == 1


async def test_one_that_is_down_costs_others_nothing(make_providers):
    down, up = FakeServer(), FakeServer(BODIES)
    down.refuse_dials = UnreachableError("refused", silent=False)
    providers = await make_providers(down, up)
    for index in range(20):
        providers._search._misses = Misses()
        body = await providers.body(message_id(index % 2), urgency=NOW)
        assert body.data == BODIES[message_id(index % 2)].data
    assert down.dialled <= 5
    assert providers.pools[0].state.account == "unreachable"


async def test_a_quota_that_is_used_up_is_no_miss(make_providers):
    server = FakeServer(BODIES)
    providers = await make_providers(server, quota_bytes=1)
    await providers.body(A, urgency=NOW, part=PART)
    with pytest.raises(ArticleUnavailableError, match="quota is used up"):
        await providers.body(A, urgency=NOW, part=PART)
    assert len(server.asked) == 1
    assert providers.pools[0].state.account == "quota used up"


async def test_who_becomes_urgent_while_one_provider_fails_is_urgent_at_the_next(make_providers):
    fails, busy = FakeServer(), FakeServer(BODIES)
    fails.answers[A] = b"400 no\r\n"
    fails.may_answer.clear()
    busy.may_answer.clear()
    providers = await make_providers(fails, busy, max_connections=1, depth=1)
    other = message_id(1)
    busy_pool = providers.pools[1]

    def ask(name, urgency):
        return asyncio.create_task(busy_pool.ask(Command(Verb.BODY, name), urgency, 1000))

    first = ask(other, NOW)
    await asyncio.sleep(0.01)
    second = ask(other, Urgency.IMPORT)
    read = asyncio.create_task(providers.body(A, urgency=Urgency.HEALTH, part=PART))
    await asyncio.sleep(0.01)
    providers.hurry(A, NOW)
    fails.may_answer.set()
    await asyncio.sleep(0.01)
    busy.may_answer.set()
    await asyncio.wait([first, second, read])
    assert [name for _, name in busy.asked] == [other, A, other]
