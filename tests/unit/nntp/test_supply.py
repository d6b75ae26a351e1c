"""What becomes of connections over time, on a clock that jumps."""

from __future__ import annotations

import asyncio

import pytest

from altmount.aio.budget import ByteBudget
from altmount.articles import Urgency
from altmount.errors import AltmountError
from altmount.newsserver.knobs import Fault, FaultKind
from altmount.nntp.commands import Command, Credentials, Verb
from altmount.nntp.connection import Patience
from altmount.nntp.errors import AuthenticationError, ServerBusyError, UnreachableError
from altmount.nntp.pool import Pool
from altmount.nntp.provider import Provider
from tests.support.clock import on_a_jumping_clock
from tests.support.film import Film
from tests.support.line import Line
from tests.support.news import HANG_UP, FakeServer
from tests.support.payloads import bodies, message_id, payload

COUNT = 40
BODIES = bodies(payload(COUNT * 100), [100] * COUNT)
NOW = Urgency.PLAYBACK_NOW
SILENT = UnreachableError("no route", silent=True)
CLOSED = UnreachableError("refused", silent=False)


def pool_of(server, **options):
    return Pool(Provider("p", "p.example", 119, **options), server.dial, ByteBudget(1 << 30))


def ask(pool, index=0, urgency=NOW, verb=Verb.BODY):
    return asyncio.create_task(pool.ask(Command(verb, message_id(index)), urgency, 100))


async def ended(*tasks):
    await asyncio.wait(tasks)
    return tasks


# Sockets that are half closed.


@on_a_jumping_clock
async def test_a_connection_counts_until_the_server_has_hung_up():
    server = FakeServer(BODIES)
    server.may_hang_up.clear()
    async with pool_of(server, max_connections=1, patience=Patience(idle=5)) as pool:
        await ask(pool)
        await asyncio.sleep(5.1)
        assert pool.state.closing == pool.state.taken == 1
        waiting = ask(pool)
        await asyncio.sleep(1)
        assert server.dialled == 1
        server.may_hang_up.set()
        await waiting
        assert (server.dialled, server.most_open) == (2, 1)


@on_a_jumping_clock
async def test_a_server_that_does_not_hang_up_is_cut_off_after_two_seconds():
    server = FakeServer(BODIES)
    server.may_hang_up.clear()
    async with pool_of(server, max_connections=1, patience=Patience(idle=5)) as pool:
        await ask(pool)
        await asyncio.sleep(5.1)
        began = asyncio.get_running_loop().time()
        await ask(pool)
        assert asyncio.get_running_loop().time() - began == pytest.approx(1.9, abs=0.05)
        assert server.most_open == 1


@on_a_jumping_clock
async def test_what_is_given_up_while_it_is_dialled_counts_until_the_dial_is_over():
    server = FakeServer(BODIES)
    server.may_accept.clear()
    async with pool_of(server, max_connections=2) as pool:
        waiting = ask(pool)
        await asyncio.sleep(0.1)
        pool.retire()
        [task] = await ended(waiting)
        assert isinstance(task.exception(), AltmountError)
        assert pool.account.places.taken == 1
        server.may_accept.set()
        await pool.drain()
        assert pool.account.places.taken == 0
        assert server.open == 0


# Keeping alive, keeping warm.


@on_a_jumping_clock
async def test_an_idle_connection_is_asked_now_and_then_and_hung_up_in_time():
    server = FakeServer(BODIES)
    patience = Patience(idle=60, keepalive=9)
    async with pool_of(server, max_connections=1, patience=patience) as pool:
        await ask(pool)
        await asyncio.sleep(59)
        assert (server.probed, server.open) == (6, 1)
        await asyncio.sleep(2)
        assert server.open == 0
        assert pool.tally.articles == [1, 0, 0, 0, 0, 0]


@on_a_jumping_clock
async def test_a_connection_that_does_not_answer_when_asked_is_cut():
    server = FakeServer(BODIES)
    patience = Patience(keepalive=9, first_byte=3)
    async with pool_of(server, max_connections=1, patience=patience) as pool:
        await ask(pool)
        server.may_answer.clear()
        await asyncio.sleep(11.9)
        assert server.open == 1
        await asyncio.sleep(0.2)
        assert server.open == 0
        server.may_answer.set()


@on_a_jumping_clock
async def test_some_connections_are_kept_warm_from_the_start_and_made_anew():
    server = FakeServer(BODIES)
    async with pool_of(server, max_connections=5, min_connections=2) as pool:
        await asyncio.sleep(0.01)
        assert (server.dialled, pool.state.idle) == (2, 2)
        await asyncio.sleep(600)
        assert (server.dialled, server.probed) == (2, 20)
        await server.hang_up()
        await asyncio.sleep(0.1)
        assert (server.dialled, pool.state.idle) == (4, 2)


@on_a_jumping_clock
async def test_connections_that_made_way_are_warm_again_after_a_while():
    server = FakeServer(BODIES)
    async with pool_of(server, max_connections=3, min_connections=3) as pool:
        await asyncio.sleep(0.01)
        pool.make_way(2)
        await asyncio.sleep(20)
        assert server.open == 1
        await asyncio.sleep(20)
        assert server.open == 3


@on_a_jumping_clock
async def test_more_than_are_kept_warm_are_hung_up():
    server = FakeServer(BODIES)
    async with pool_of(server, max_connections=5, min_connections=2) as pool:
        await ended(*(ask(pool, index) for index in range(5)))
        assert server.open == 5
        await asyncio.sleep(100)
        assert server.open == pool.state.idle == 2


@on_a_jumping_clock
async def test_a_server_that_is_gone_is_not_dialled_without_end_for_the_sake_of_warmth():
    server = FakeServer(BODIES)
    server.refuse_dials = CLOSED
    async with pool_of(server, max_connections=5, min_connections=3):
        await asyncio.sleep(60)
        assert server.dialled < 60
        early = server.dialled
        await asyncio.sleep(600)
        assert 600 / 45 - 1 <= server.dialled - early <= 600 / 15 + 5


# Limits that the server has.


@on_a_jumping_clock
async def test_P3_a_server_with_a_lower_limit_is_lived_with_and_found_out_again():
    server = FakeServer(BODIES)
    server.cap = 3
    async with pool_of(server, max_connections=10, depth=2) as pool:
        for _ in range(20):
            tasks = await ended(*(ask(pool, index) for index in range(10)))
            assert [task.result().code for task in tasks] == [222] * 10
            await asyncio.sleep(1)
        assert pool.state.allowed == pool.state.idle == 3
        assert pool.state.account == "ok"
        assert server.dialled <= 12
        server.cap = None
        for seconds in range(120):
            await ended(*(ask(pool, index) for index in range(10)))
            await asyncio.sleep(1)
            if seconds == 25:
                assert 3 < pool.state.allowed < 10
        assert pool.state.allowed == 10


@pytest.mark.parametrize("answer", [b"400 enough\r\n", b"502 enough\r\n"])
@on_a_jumping_clock
async def test_P3_one_refusal_in_mid_session_costs_one_connection(answer):
    server = FakeServer(BODIES)
    server.answers[message_id(0)] = [answer]
    async with pool_of(server, max_connections=4) as pool:
        await ended(*(ask(pool, index) for index in range(1, 5)))
        assert server.open == 4
        assert (await ask(pool, 0)).code == int(answer[:3])
        await asyncio.sleep(0.1)
        assert server.open == pool.state.allowed == 3
        tasks = await ended(*(ask(pool, index) for index in range(1, 9)))
        assert [task.result().code for task in tasks] == [222] * 8
        assert server.dialled == 4


@on_a_jumping_clock
async def test_a_session_that_forgets_its_login_is_begun_anew():
    server = FakeServer(BODIES)
    server.answers[message_id(0)] = [b"480 log in first\r\n"]
    async with pool_of(server, max_connections=2) as pool:
        assert (await ask(pool, 0)).code == 480
        await asyncio.sleep(0.1)
        assert pool.state.allowed == 2
        assert (await ask(pool, 1)).code == 222
        assert server.dialled >= 2


@on_a_jumping_clock
async def test_questions_may_wait_in_greater_numbers_than_bodies():
    server = FakeServer(BODIES)
    server.may_answer.clear()
    async with pool_of(server, max_connections=1, depth=3, stat_depth=20) as pool:
        questions = [ask(pool, index, verb=Verb.STAT) for index in range(30)]
        await asyncio.sleep(0.1)
        assert pool.unanswered == 20
        for question in questions:
            question.cancel()
        server.may_answer.set()
        await ended(*questions)
        server.may_answer.clear()
        articles = [ask(pool, index) for index in range(30)]
        await asyncio.sleep(0.1)
        assert pool.unanswered == 3
        server.may_answer.set()
        await ended(*articles)


# Passwords.


@on_a_jumping_clock
async def test_a_wrong_password_is_tried_again_after_minutes():
    server = FakeServer(BODIES)
    server.login = b"481 no\r\n"
    async with pool_of(server, credentials=Credentials("me", "wrong")) as pool:
        for _ in range(140):
            with pytest.raises(AuthenticationError):
                await ask(pool)
            await asyncio.sleep(1)
        assert (server.dialled, pool.state.account) == (1, "wrong password")
        await asyncio.sleep(320)
        server.login = b"281 welcome\r\n"
        assert (await ask(pool)).code == 222
        assert pool.state.account == "ok"


@on_a_jumping_clock
async def test_a_login_that_is_refused_beside_others_that_are_in_is_a_limit():
    server = FakeServer(BODIES)
    async with pool_of(server, max_connections=5, credentials=Credentials("me", "right")) as pool:
        await ask(pool)
        await asyncio.sleep(0.1)
        server.login = b"481 no\r\n"
        tasks = await ended(*(ask(pool, index) for index in range(8)))
        assert [task.result().code for task in tasks] == [222] * 8
        assert pool.state.account == "ok"
        assert pool.state.allowed == pool.state.idle


# Failures in a row.


async def fails(pool, error=AltmountError):
    with pytest.raises(error):
        await ask(pool)


async def trip(pool):
    """Fail until the breaker is open."""
    for _ in range(10):
        await fails(pool)
        if pool.state.breaker == "open":
            return
        await asyncio.sleep(0.5)
    pytest.fail("it never opened")


@on_a_jumping_clock
async def test_a_breaker_that_is_open_lets_one_connection_find_out_and_nobody_wait():
    server = FakeServer(BODIES)
    server.refuse_dials = CLOSED
    async with pool_of(server) as pool:
        await trip(pool)
        dialled = server.dialled
        for _ in range(100):
            await fails(pool, UnreachableError)
        assert server.dialled == dialled
        assert not pool.available
        await asyncio.sleep(30)
        assert 10 <= server.dialled - dialled <= 40
        server.refuse_dials = None
        server.may_answer.clear()
        await asyncio.sleep(3.1)
        assert pool.state.breaker == "half-open"
        assert server.open == 1
        server.may_answer.set()
        await asyncio.sleep(0.1)
        assert pool.state.breaker == "closed"
        assert server.probed == 1
        assert (await ask(pool)).code == 222


@pytest.mark.parametrize(
    ("wrong", "value"),
    [
        ("date", b"400 not now\r\n"),
        ("date", HANG_UP),
        ("login", b"481 no\r\n"),
        ("greeting", b"502 no\r\n"),
    ],
)
@on_a_jumping_clock
async def test_a_trial_that_fails_in_any_way_is_not_the_last(wrong, value):
    server = FakeServer(BODIES)
    server.refuse_dials = CLOSED
    async with pool_of(server, credentials=Credentials("me", "secret")) as pool:
        await trip(pool)
        right = getattr(server, wrong)
        setattr(server, wrong, value)
        server.refuse_dials = None
        dialled = server.dialled
        await asyncio.sleep(60)
        assert 1 <= server.dialled - dialled <= 90
        await fails(pool)
        setattr(server, wrong, right)
        await asyncio.sleep(460)
        assert (await ask(pool)).code == 222
        assert pool.state.account == "ok"


@on_a_jumping_clock
async def test_a_server_that_lets_us_in_and_never_answers_opens_the_breaker():
    server = FakeServer(BODIES)
    server.may_answer.clear()
    async with pool_of(server, patience=Patience(first_byte=1)) as pool:
        for _ in range(4):
            await fails(pool)
        assert pool.state.breaker != "closed"
        assert pool.state.account == "unreachable"
        server.may_answer.set()
        await asyncio.sleep(5)
        assert (await ask(pool)).code == 222


@on_a_jumping_clock
async def test_one_article_that_ends_every_connection_does_not_open_the_breaker():
    server = FakeServer(BODIES)
    server.answers[message_id(0)] = HANG_UP
    async with pool_of(server, max_connections=2) as pool:
        for _ in range(20):
            await ask(pool, 1)
            await fails(pool)
        assert pool.state.breaker == "closed"


@on_a_jumping_clock
async def test_a_server_that_refuses_everyone_says_so():
    server = FakeServer(BODIES)
    server.greeting = b"400 maintenance\r\n"
    async with pool_of(server) as pool:
        for _ in range(3):
            await fails(pool, ServerBusyError)
            await asyncio.sleep(1)
        assert (pool.state.account, pool.state.breaker) == ("refusing", "open")
        server.greeting = b"200 back\r\n"
        await asyncio.sleep(4)
        assert (await ask(pool)).code == 222


async def test_it_looks_again_at_the_earliest_of_its_moments_even_if_that_has_passed():
    async with pool_of(FakeServer(BODIES)) as pool:
        supply, now = pool._supply, asyncio.get_running_loop().time()
        for moment in (now + 60, now - 1, now - 2, now - 1):
            supply._look_again_at(moment)
        while supply._alarm is not None:
            await asyncio.sleep(0)


# Seeks behind what is dropped.


@on_a_jumping_clock
async def test_who_scrubs_faster_than_a_dial_is_sent_behind_what_is_dropped_now_and_then():
    line = Line(latency=0.1)
    provider = Provider("p", "p.example", 119, max_connections=1, depth=100)
    async with line, Pool(provider, line.dial, ByteBudget(1 << 30)) as pool:
        await ask(pool)
        for _ in range(200):  # in 0.2 s
            seek = ask(pool, 2)
            await asyncio.sleep(0.001)
            seek.cancel()
            await asyncio.wait([seek])
        assert 5 <= line.site.counters.now.commands["BODY"] <= 15


@on_a_jumping_clock
async def test_where_the_line_is_slow_nobody_is_sent_behind_what_is_dropped():
    film = Film(10 * 700_000, 700_000)
    line = Line(latency=0.05, total_rate=10e6)
    provider = Provider("p", "p.example", 119, max_connections=1, depth=10)

    def fetch(number):
        command = Command(Verb.BODY, film.article(number))
        return asyncio.create_task(pool.ask(command, NOW, 720_000))

    async with line, Pool(provider, line.dial, ByteBudget(1 << 30)) as pool:
        await fetch(1)
        left, waiting = fetch(2), None
        await asyncio.sleep(0.01)
        left.cancel()
        await asyncio.wait([left])
        waiting = fetch(3)
        await asyncio.sleep(0.01)
        assert pool.queued == 1
        assert (await waiting).code == 222


@on_a_jumping_clock
async def test_nobody_waits_behind_an_answer_that_is_late():
    """It may be given up only after its whole patience, and who is behind it with it."""
    film = Film(20 * 20_000, 20_000)
    stall = Fault(FaultKind.STALL, film.article(2))
    line = Line(latency=0.02, connection_rate=1e6, faults=(stall,))
    provider = Provider("p", "p.example", 119, max_connections=2, depth=10)

    def fetch(number):
        command = Command(Verb.BODY, film.article(number))
        return asyncio.create_task(pool.ask(command, Urgency.PLAYBACK_AHEAD, 20_600))

    async with line, Pool(provider, line.dial, ByteBudget(1 << 30)) as pool:
        await asyncio.wait([fetch(1) for _ in range(10)])
        late = fetch(2)
        await asyncio.sleep(1)
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(fetch(number) for number in range(3, 20)))
        assert asyncio.get_running_loop().time() - began < 1
        assert not late.done()
        late.cancel()
        await asyncio.wait([late])
