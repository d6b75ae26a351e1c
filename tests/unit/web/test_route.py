from __future__ import annotations

from http import HTTPStatus

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import BaseModel, Field

from altmount.auth.caller import Access
from altmount.web import errors
from altmount.web.port import Port
from altmount.web.route import Route, said_of


class Query(BaseModel):
    limit: int = Field(default=50, ge=1, le=100)


class Body(BaseModel):
    name: str


async def tell(request, *given):
    """Tell what was given."""
    told = [one.model_dump() for one in given]
    return web.json_response([request.match_info.get("id"), *told])


class Closed:
    def refuse(self, request):
        return errors.error_response(request, HTTPStatus.TOO_MANY_REQUESTS, "wait")


ALL = Route("POST", "/api/things/{id:[0-9]{1,3}}", tell, query=Query, body=Body)


@pytest.fixture
async def client():
    app = web.Application(middlewares=[errors.middleware])
    port = Port(app, "/base")
    port.add_routes([ALL, Route("POST", "/api/closed", tell, body=Body, tries=Closed())])
    async with TestClient(TestServer(app)) as client:
        yield client


async def ask(client, path, body):
    async with client.post(path, json=body) as response:
        return response.status, await response.json()


@pytest.mark.parametrize("base", ["", "/base"])
async def test_a_handler_gets_query_and_body_as_they_must_be(client, base):
    told = await ask(client, f"{base}/api/things/12?limit=7&limit=9&more=x", {"name": "a"})
    assert told == (200, ["12", {"limit": 7}, {"name": "a"}])
    assert await ask(client, f"{base}/api/things/1", {"name": "a"}) == (
        200,
        ["1", {"limit": 50}, {"name": "a"}],
    )


@pytest.mark.parametrize(
    ("query", "body", "field"),
    [
        ("?limit=0", {"name": "a"}, "limit"),
        ("?limit=many", {"name": "a"}, "limit"),
        ("", {}, "name"),
        ("", {"name": 1}, "name"),
        ("", [], "JSON object"),
    ],
)
async def test_what_must_not_be_is_refused_by_its_name(client, query, body, field):
    status, answer = await ask(client, f"/api/things/1{query}", body)
    assert (status, answer["error"]["code"]) == (400, "BAD_REQUEST")
    assert field in answer["error"]["message"]


async def test_who_asks_too_often_is_turned_away_before_anything_is_read(client):
    assert (await ask(client, "/api/closed", []))[0] == 429


def test_a_path_is_told_without_its_patterns():
    assert ALL.canonical == "/api/things/{id}"
    assert ALL.parameters == {"id": "[0-9]{1,3}"}
    assert Route("GET", "/a/{id}/b", tell).parameters == {"id": ""}


def test_who_may_ask_is_as_the_method_has_it_if_nothing_is_said():
    routes = [
        Route("GET", "/a", tell),
        Route("POST", "/a", tell),
        Route("POST", "/b/{id:x}", tell, who=Access.ADMIN),
    ]
    assert said_of(routes) == {
        "GET /a": Access.READ,
        "POST /a": Access.CHANGE,
        "POST /b/{id}": Access.ADMIN,
    }


def test_the_statuses_follow_from_what_a_route_is():
    assert ALL.statuses == [200, 400, 401, 403, 404, 413, 429, 503]
    assert Route("GET", "/a", tell, who=Access.OPEN).statuses == [200, 503]
    open_to_all = Route("POST", "/a", tell, who=Access.OPEN, tries=Closed(), body=Body)
    assert open_to_all.statuses == [200, 400, 403, 413, 429, 503]
