from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from altmount.web.cors import Cors

PAGE = "https://player.example"


async def client_for(allowed):
    async def hello(_request):
        return web.Response(text="hello")

    cors = Cors(lambda: allowed)
    app = web.Application(middlewares=[cors.middleware])
    app.on_response_prepare.append(cors.mark)
    app.add_routes([web.get("/", hello)])
    return TestClient(TestServer(app))


@pytest.mark.parametrize(
    ("allowed", "let_in", "with_login"),
    [
        ({PAGE}, True, True),
        ({"*", PAGE}, True, True),
        ({"*"}, True, False),
        (set(), False, False),
        ({"https://x"}, False, False),
    ],
)
async def test_only_pages_that_are_allowed_may_read_an_answer(allowed, let_in, with_login):
    async with await client_for(allowed) as client:
        answer = await client.get("/", headers={"Origin": PAGE})
        asking = {"Origin": PAGE, "Access-Control-Request-Method": "GET"}
        preflight = await client.options("/", headers=asking)
        assert (preflight.status == 204) is let_in
        for headers in (answer.headers, preflight.headers) if let_in else (answer.headers,):
            assert (headers.get("Access-Control-Allow-Origin") == PAGE) is let_in
            assert (headers.get("Access-Control-Allow-Credentials") == "true") is with_login


async def test_a_page_without_an_origin_of_its_own_never_has_a_login():
    async with await client_for({"null"}) as client:
        answer = await client.get("/", headers={"Origin": "null"})
        assert answer.headers["Access-Control-Allow-Origin"] == "null"
        assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_who_is_no_page_is_not_bothered():
    async with await client_for({PAGE}) as client:
        answer = await client.get("/")
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_it_is_felt_at_once_when_a_page_is_allowed():
    allowed = set()
    async with await client_for(allowed) as client:
        allowed.add(PAGE)
        answer = await client.get("/", headers={"Origin": PAGE})
        assert answer.headers["Access-Control-Allow-Origin"] == PAGE
