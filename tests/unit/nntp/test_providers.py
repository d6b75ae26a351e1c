from __future__ import annotations

import asyncio
import gc
import weakref
from dataclasses import replace

import pytest

from altmount.articles import (
    ArticleMissingError,
    ArticleUnavailableError,
    Urgency,
)
from altmount.nntp.commands import Command, Credentials, Verb
from altmount.nntp.providers import Changes
from tests.support.news import FakeServer
from tests.support.payloads import bodies, message_id, payload

DATA = payload(5000)
BODIES = bodies(DATA, [3000, 2000])
A = message_id(0)
PART = BODIES[A].part
NOW = Urgency.PLAYBACK_NOW


async def test_an_account_that_stays_keeps_its_connections_and_its_place_may_change(make_providers):
    one, two = FakeServer(BODIES), FakeServer(BODIES)
    providers = await make_providers(one, two)
    await providers.body(A, urgency=NOW, part=PART)
    first, second = providers.pools
    changes = providers.apply(
        [second.provider, replace(first.provider, name="Other", quota_bytes=1 << 40)]
    )
    assert not changes
    assert providers.pools == (second, first)
    assert providers.pool("p0") is first
    assert first.provider.label == "Other"
    await providers.body(A, urgency=NOW, part=PART)
    assert len(two.asked) == 1
    assert one.dialled == 2  # the one it needed and a spare one


async def test_what_is_on_the_wire_of_a_removed_account_is_still_answered(make_providers):
    one, two = FakeServer(BODIES), FakeServer(BODIES)
    providers = await make_providers(one, two)
    one.may_answer.clear()
    read = asyncio.create_task(providers.body(A, urgency=NOW, part=PART))
    while not one.open:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    changes = providers.apply([providers.pools[1].provider])
    assert changes == Changes((), ("p0",), ())
    assert providers.pool("p0") is None
    one.may_answer.set()
    assert (await read).data == BODIES[A].data
    assert not two.asked
    while one.open:
        await asyncio.sleep(0)


async def test_who_waits_for_a_removed_account_asks_the_others(make_providers):
    one, two = FakeServer(BODIES), FakeServer(BODIES)
    one.may_greet.clear()
    providers = await make_providers(one, two)
    read = asyncio.create_task(providers.body(A, urgency=NOW, part=PART))
    await asyncio.sleep(0.01)
    providers.apply([providers.pools[1].provider])
    assert (await read).data == BODIES[A].data
    assert not one.asked


async def test_what_a_removed_account_had_failed_at_makes_nothing_uncertain(make_providers):
    fails, lacks = FakeServer(), FakeServer()
    fails.answers[A] = b"400 no\r\n"
    lacks.may_answer.clear()
    providers = await make_providers(fails, lacks)
    read = asyncio.create_task(providers.body(A, urgency=NOW, part=PART))
    while not lacks.open:
        await asyncio.sleep(0)
    providers.apply([providers.pools[1].provider])
    lacks.may_answer.set()
    with pytest.raises(ArticleMissingError):
        await read


async def test_nothing_is_kept_of_a_pool_that_is_gone(make_providers):
    one, two = FakeServer(BODIES), FakeServer(BODIES)
    providers = await make_providers(one, two)
    await providers.body(A, urgency=Urgency.PLAYBACK_AHEAD, part=PART)
    pool = weakref.ref(providers.pools[0])
    providers.apply([providers.pools[1].provider])
    while providers._draining:
        await asyncio.sleep(0)
    one.transports.clear()  # they know their connections
    await asyncio.sleep(0.01)
    gc.collect()
    assert pool() is None


async def test_a_changed_account_never_has_more_sockets_than_it_may(make_providers):
    """The old connections finish what they have; the new ones wait for their places."""
    server = FakeServer(BODIES)
    providers = await make_providers(server, max_connections=2, depth=1)
    server.may_answer.clear()
    reads = [
        asyncio.create_task(providers.body(message_id(index), urgency=NOW)) for index in range(2)
    ]
    await asyncio.sleep(0.01)
    assert server.open == 2
    old = providers.pools[0]
    changes = providers.apply([replace(old.provider, depth=2)])
    assert changes.changed == ("p0",)
    reads += [
        asyncio.create_task(providers.body(message_id(index), urgency=NOW)) for index in range(2)
    ]
    await asyncio.sleep(0.01)
    assert server.dialled == 2
    assert providers.pools[0].state.taken == 2
    server.may_answer.set()
    for read in reads:
        assert (await read).data
    assert server.most_open == 2
    assert server.dialled > 2


async def test_a_pool_of_its_own_counts_with_the_running_one(make_providers):
    server = FakeServer(BODIES)
    providers = await make_providers(server, max_connections=1)
    await providers.body(A, urgency=NOW, part=PART)
    async with providers.separate(providers.pools[0].provider) as test:
        asking = asyncio.create_task(test.ask(Command(Verb.STAT, A), Urgency.HEALTH, 100))
        await asyncio.sleep(0.01)
        assert server.dialled == 1
        providers.apply([])
        assert (await asking).code == 223
    assert server.most_open == 1


async def test_a_pool_beside_has_idle_connections_make_way_and_changes_no_limit(make_providers):
    server = FakeServer(BODIES)
    providers = await make_providers(server, max_connections=2)
    [pool] = providers.pools
    await asyncio.gather(*(providers.body(A, urgency=NOW, part=PART) for _ in range(3)))
    while pool.open_connections < 2:
        await providers.body(A, urgency=NOW, part=PART)
    other = replace(pool.provider, max_connections=50, quota_bytes=1)
    async with providers.beside(other, 1) as beside:
        asking = [beside.ask(Command(Verb.STAT, A), Urgency.HEALTH, 100) for _ in range(5)]
        assert {answer.code for answer in await asyncio.gather(*asking)} == {223}
        assert beside.open_connections == 1
        assert (pool.state.allowed, pool.state.quota.limit) == (2, 0)
    assert server.most_open <= 2


async def test_a_pool_beside_has_connections_make_way_that_are_kept_warm(make_providers):
    server = FakeServer(BODIES)
    providers = await make_providers(server, max_connections=2, min_connections=2)
    [pool] = providers.pools
    while pool.state.idle < 2:
        await asyncio.sleep(0.001)
    async with providers.beside(pool.provider, 1) as beside, asyncio.timeout(5):
        assert (await beside.ask(Command(Verb.STAT, A), Urgency.HEALTH, 100)).code == 223
    assert server.most_open <= 2


async def test_a_pool_beside_dials_no_more_than_it_may(make_providers):
    server = FakeServer(BODIES)
    providers = await make_providers(server, max_connections=8)
    async with providers.beside(providers.pools[0].provider, 2) as beside:
        asking = [beside.ask(Command(Verb.BODY, A), NOW, 100) for _ in range(6)]
        await asyncio.gather(*asking)
    assert 1 <= server.most_open <= 2


async def test_leaving_ends_pools_that_drain(make_providers):
    server = FakeServer(BODIES)
    providers = await make_providers(server)
    server.may_answer.clear()
    read = asyncio.create_task(providers.body(A, urgency=NOW, part=PART))
    await asyncio.sleep(0.01)
    providers.apply([])
    await providers.__aexit__(None, None, None)
    with pytest.raises(ArticleUnavailableError):
        await asyncio.wait_for(read, 5)  # the server's own time is twice that
    assert not server.open


async def test_a_refused_login_is_tried_again_when_the_settings_are_read_again(make_providers):
    server = FakeServer(BODIES)
    server.login = b"481 no\r\n"
    providers = await make_providers(server, credentials=Credentials("me", "secret"))
    for _ in range(2):
        with pytest.raises(ArticleUnavailableError):
            await providers.body(A, urgency=NOW, part=PART)
    assert server.dialled == 1
    server.login = b"281 welcome\r\n"
    providers.apply([pool.provider for pool in providers.pools])
    assert (await providers.body(A, urgency=NOW, part=PART)).data == BODIES[A].data
