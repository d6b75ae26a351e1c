from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from altmount.api.documentation import DocumentationApi
from altmount.auth.caller import Access


@pytest.fixture
async def client():
    table = []
    table += DocumentationApi("/api", lambda: table).routes
    app = web.Application()
    app.add_routes(table)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_the_document_is_openapi_and_tells_of_itself(client):
    async with client.get("/api/openapi.json") as response:
        told = await response.json()
    assert told["openapi"] == "3.1.0"
    assert set(told["paths"]) == {"/api/openapi.json", "/api/docs"}


async def test_the_page_lets_a_browser_run_and_load_nothing(client):
    async with client.get("/api/docs") as response:
        assert response.content_type == "text/html"
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "GET /api/openapi.json" in await response.text()


def test_anyone_may_read_them():
    assert {one.access for one in DocumentationApi("/api", list).routes} == {Access.OPEN}
