from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from altmount.api.trialposts import own_post
from altmount.config.load import settings_in
from altmount.doctor.accounts import AccountChecks
from altmount.doctor.client import Login
from altmount.doctor.examination import Examination
from altmount.doctor.finding import Grade
from altmount.doctor.server import Server
from altmount.newsserver.server import NewsServer
from tests.support.program import KEY, PASSWORD, USER, free_port, serving

LOGIN = Login(USER, PASSWORD)

pytestmark = pytest.mark.asyncio(loop_factories=["uvloop"])  # whole servers: one loop will do


def settings_of(*providers):
    listed = [{"host": "127.0.0.1", "id": f"p{n}", **one} for n, one in enumerate(providers)]
    return settings_in(yaml.safe_dump({"providers": listed}).encode(), Path("/c"), {}).settings


async def examined(checks):
    tried = [await Examination().make(*some) for some in checks.tries()]
    measured = [await Examination().make(check) for check in checks.measurements()]
    return tried, measured


async def test_without_a_server_each_is_tried_and_those_that_work_are_measured():
    async with NewsServer() as news:
        providers = [{"port": news.port}, {"port": free_port()}, {"port": 1, "enabled": False}]
        checks = AccountChecks(settings_of(*providers), own_post(), Server(1, "/api", LOGIN))
        [tried], [[first], [second]] = await examined(checks)
    assert [finding.subject for finding in tried] == ["p0", "p1"]
    assert [finding.grade for finding in tried] == [Grade.OK, Grade.ERROR]
    assert (first.grade, second.grade) == (Grade.OK, Grade.SKIPPED)
    assert len(checks.clocks) == 1


async def test_with_an_empty_library_a_news_server_of_ours_is_measured_all_the_same():
    async with NewsServer() as news:
        checks = AccountChecks(settings_of({"port": news.port}), None, Server(1, "/api", LOGIN))
        _, [[finding]] = await examined(checks)
    assert finding.grade is Grade.OK


async def test_a_login_that_cannot_be_sent_is_a_finding():
    settings = settings_of({"port": 1, "username": "me", "password": ""})
    [[finding]], measured = await examined(AccountChecks(settings, None, Server(1, "/", LOGIN)))
    assert finding.grade is Grade.ERROR
    assert "password" in finding.text
    assert measured == []


async def test_many_are_tried_some_at_a_time():
    settings = settings_of(*[{"port": 1}] * 45)
    checks = AccountChecks(settings, None, Server(1, "/api", LOGIN))
    assert [len(some) for some in checks.tries()] == [20, 20, 5]


async def test_beside_a_server_only_it_tries_and_fetches_from_what_it_uses(tmp_path):
    async with NewsServer() as news, serving(tmp_path, news) as program:
        server = Server(program.port, "/api", LOGIN, KEY)
        await server.look(lambda _: None)
        settings = settings_of({"port": news.port}, {"port": news.port})
        checks = AccountChecks(settings, own_post(), server)
        [tried], [[first], [second]] = await examined(checks)
        await program.calm()
    assert [finding.grade for finding in tried] == [Grade.OK, Grade.WARNING, Grade.OK]
    assert [finding.subject for finding in tried] == ["p0", "p1", "p1"]
    assert "SIGHUP" in tried[1].fix
    assert (first.grade, second.grade) == (Grade.OK, Grade.SKIPPED)
    assert news.counters.now.commands["BODY"] == 40
    assert len(checks.clocks) == 2


async def test_a_server_that_cannot_be_asked_is_left_its_connections():
    async with NewsServer() as news:
        server = Server(1, "/api", LOGIN, runs=True)
        checks = AccountChecks(settings_of({"port": news.port}), own_post(), server)
        [[finding]], measured = await examined(checks)
        assert not news.counters.now.connections_accepted
    assert finding.grade is Grade.SKIPPED
    assert measured == []
