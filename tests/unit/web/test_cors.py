from __future__ import annotations

from functools import partial

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from altmount.web import cors

PAGE = "https://player.example"


async def client_for(allowed):
    async def hello(_request):
        return web.Response(text="hello")

    app = web.Application(middlewares=[cors.middleware(allowed)])
    app.on_response_prepare.append(partial(cors.mark, allowed_origins=allowed))
    app.add_routes([web.get("/", hello)])
    return TestClient(TestServer(app))


@pytest.mark.parametrize(
    ("allowed", "let_in"), [((PAGE,), True), (("*",), True), ((), False), (("https://x",), False)]
)
async def test_only_pages_that_are_allowed_may_read_an_answer(allowed, let_in):
    async with await client_for(allowed) as client:
        answer = await client.get("/", headers={"Origin": PAGE})
        assert (answer.headers.get("Access-Control-Allow-Origin") == PAGE) is let_in
        asking = {"Origin": PAGE, "Access-Control-Request-Method": "GET"}
        answer = await client.options("/", headers=asking)
        assert (answer.status == 204) is let_in


async def test_who_is_no_page_is_not_bothered():
    async with await client_for((PAGE,)) as client:
        answer = await client.get("/")
        assert "Access-Control-Allow-Origin" not in answer.headers
