from __future__ import annotations

import pytest
from aiohttp import web

from altmount.api.trialposts import own_post
from altmount.doctor.client import Login
from altmount.doctor.examination import Check, Examination
from altmount.doctor.finding import Grade
from altmount.doctor.speed import Speed
from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.server import NewsServer
from altmount.nntp.provider import Provider
from tests.support.program import PASSWORD, USER, free_port, serving

POST = own_post()
LOGIN = Login(USER, PASSWORD)


async def looked(work):
    [finding] = await Examination().make(Check("speed", "p0", 20, work))
    return finding


async def test_no_more_than_some_articles_are_fetched():
    async with NewsServer() as news:
        finding = await looked(Speed(Provider("p0", "127.0.0.1", news.port), POST).look)
        assert news.counters.now.commands["BODY"] == 40
        assert news.counters.now.connections_peak <= 10
    assert finding.grade is Grade.OK
    assert finding.facts["megabytes_per_second"] > 0
    assert finding.facts["bytes"] > 40 * 700_000


async def test_articles_that_are_missing_and_an_account_that_refuses():
    async with NewsServer(Knobs(faults=(Fault(FaultKind.MISSING),))) as news:
        finding = await looked(Speed(Provider("p0", "127.0.0.1", news.port), POST).look)
        assert finding.grade is Grade.WARNING
        assert finding.facts["missing"] == 40
    finding = await looked(Speed(Provider("p0", "127.0.0.1", free_port()), POST).look)
    assert finding.grade is Grade.ERROR
    assert finding.fix


async def test_a_quota_that_only_the_server_counts_is_left_alone_and_so_is_an_empty_library():
    async with NewsServer() as news:
        provider = Provider("p0", "127.0.0.1", news.port, quota_bytes=10**9)
        assert (await looked(Speed(provider, POST).look)).grade is Grade.SKIPPED
        assert (await looked(Speed(provider, None).look)).grade is Grade.SKIPPED
        assert not news.counters.now.connections_peak


async def test_a_slow_line_is_told():
    speed = Speed(Provider("p0", "127.0.0.1", 1), POST)
    async with served({"success": True, "data": {"speed_mbps": 0.4, "bytes": 1 << 20}}) as port:
        finding = await looked(lambda say: speed.look_through(port, "/api", LOGIN, say))
    assert finding.grade is Grade.WARNING
    assert "connections" in finding.fix


def served(answer):
    return _Served(answer)


class _Served:
    """Something that gives the same answer to all."""

    def __init__(self, answer):
        self.answer = answer

    async def __aenter__(self):
        async def handle(_request):
            return web.json_response(self.answer)

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        self.runner = web.AppRunner(app)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return self.runner.addresses[0][1]

    async def __aexit__(self, *_exc):
        await self.runner.cleanup()


@pytest.mark.parametrize(
    "answer",
    [
        *(None, [], {}, {"data": 7}, {"data": {"speed_mbps": "x", "bytes": 1}}),
        *({"error": "no"}, {"error": {"message": "it is not there"}}),
    ],
)
async def test_whatever_a_server_answers_becomes_a_finding(answer):
    speed = Speed(Provider("p0", "127.0.0.1", 1), POST)
    async with served(answer) as port:
        finding = await looked(lambda say: speed.look_through(port, "/api", LOGIN, say))
    assert finding.grade is Grade.WARNING
    assert finding.fix


async def test_beside_a_server_it_measures_over_the_connections_that_it_has(tmp_path):
    async with NewsServer() as news, serving(tmp_path, news) as program:
        speed = Speed(Provider("p0", "127.0.0.1", news.port), POST)
        finding = await looked(lambda say: speed.look_through(program.port, "/api", LOGIN, say))
        assert finding.grade is Grade.OK, finding
        assert news.counters.now.commands["BODY"] == 40
        assert news.counters.now.connections_peak <= 8
        news.knobs = Knobs(faults=(Fault(FaultKind.MISSING),))
        finding = await looked(lambda say: speed.look_through(program.port, "/api", LOGIN, say))
        assert finding.grade is Grade.WARNING
        assert "has none of the articles" in finding.text
        await program.calm()
