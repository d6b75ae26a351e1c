from __future__ import annotations

import pytest
from pydantic import SecretStr

from altmount.config.providers import ProviderSettings
from altmount.doctor.client import Login
from altmount.doctor.examination import Check, Examination
from altmount.doctor.finding import Grade
from altmount.doctor.served import ServedAccount
from altmount.doctor.server import Server
from altmount.newsserver.knobs import Knobs
from altmount.newsserver.server import NewsServer
from tests.support.program import KEY, PASSWORD, USER, serving, synthetic
from tests.unit.doctor.test_speed import served

LOGIN = Login(USER, PASSWORD)
SECRET = "s3cret-Word"

pytestmark = pytest.mark.asyncio(loop_factories=["uvloop"])  # whole servers: one loop will do


async def looked(port, settings, *, key=KEY, **state):
    look = ServedAccount(settings, Server(port, "/api", LOGIN, key), state)
    [finding] = await Examination().make(Check("provider", settings.id, 40, look.look))
    assert SECRET not in f"{finding}"
    return look, finding


def account(port, **options):
    values = {"username": "me", "password": SecretStr(SECRET), **options}
    return ProviderSettings(id="p0", host="127.0.0.1", port=port, **values)


async def test_the_server_tries_it_within_the_account_s_limit(tmp_path):
    async with (
        NewsServer(Knobs(username="me", password=SECRET, connection_cap=2)) as news,
        serving(
            tmp_path,
            news,
            provider={"username": "me", "password": SECRET, "max_connections": 2},
        ) as program,
    ):
        await program.bring(synthetic(5_000_000))  # which leaves it with all its connections
        look, finding = await looked(program.port, account(news.port))
        assert finding.grade is Grade.OK
        assert finding.facts["round_trip_ms"] > 0
        assert abs(look.clock_is_off_by) < 60
        assert not news.counters.now.connections_refused
        _, finding = await looked(program.port, account(news.port, password=SecretStr("wrong")))
        assert finding.grade is Grade.ERROR
        assert finding.facts == {"step": "login"}
        assert "password" in finding.fix


async def test_where_only_an_admin_may_have_it_tried_its_state_tells(tmp_path):
    async with NewsServer() as news, serving(tmp_path, news) as program:
        settings = account(news.port)
        _, finding = await looked(program.port, settings, key="", account_state="ok")
        assert finding.grade is Grade.OK
        state = {"account_state": "wrong password", "failure_reason": "481 no"}
        _, finding = await looked(program.port, settings, key="", **state)
        assert finding.grade is Grade.ERROR
        assert "481 no" in finding.text
        assert not news.counters.now.connections_accepted


@pytest.mark.parametrize(
    "answer", [None, [], {"data": 7}, {"data": {"success": "yes"}}, {"data": {"step": []}}]
)
async def test_whatever_a_server_answers_becomes_a_finding(answer):
    async with served(answer) as port:
        look, finding = await looked(port, account(1))
    assert finding.grade is Grade.ERROR
    assert finding.fix
    assert look.clock_is_off_by is None
