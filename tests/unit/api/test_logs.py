from __future__ import annotations

import logging

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from altmount.api.logs import LogsApi
from altmount.logs.lines import keeping_lines
from altmount.logs.logger import logger_of
from altmount.web import errors


@pytest.fixture
async def ask():
    log = logging.getLogger("served")
    log.setLevel(logging.DEBUG)
    with keeping_lines(None) as lines:
        log.debug("a detail")
        logger_of("served").warning("a provider is late", provider="one")
        log.critical("all is lost")
    app = web.Application(middlewares=[errors.middleware])
    app.add_routes(LogsApi("/api", lines).routes)
    async with TestClient(TestServer(app)) as client:

        async def ask(**query):
            async with client.get("/api/logs", params=query) as response:
                return response.status, (await response.json()).get("data")

        yield ask


async def test_the_latest_come_first_in_the_ancestors_words(ask):
    status, (lost, late, detail) = await ask()
    assert status == 200
    assert lost["time"].endswith("+00:00")
    assert (lost["id"], lost["level"], lost["msg"]) == (3, "ERROR", "all is lost")
    assert (late["level"], detail["level"]) == ("WARN", "DEBUG")
    assert late["attrs"] == {"logger": "served", "provider": "one"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"level": "warn"}, [3, 2]),
        ({"level": "warning", "limit": 1}, [3]),
        ({"level": "error"}, [3]),
        ({"search": "ONE"}, [2]),
        ({"before": 3}, [2, 1]),
        ({"search": "nothing"}, []),
    ],
)
async def test_they_are_narrowed_down(ask, query, found):
    assert [line["id"] for line in (await ask(**query))[1]] == found


@pytest.mark.parametrize("query", [{"level": "loud"}, {"limit": 0}, {"before": 0}, {"limit": "x"}])
async def test_what_makes_no_sense_is_refused(ask, query):
    assert (await ask(**query))[0] == 400
