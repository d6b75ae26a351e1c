from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from altmount.api.openapi import document
from altmount.auth.caller import Access
from altmount.web.route import Route


class ThingsQuery(BaseModel):
    limit: int | None = Field(default=None, ge=1)
    word: str


class ThingBody(BaseModel):
    name: str


class ThingForm(BaseModel):
    file: bytes


class ThingAnswer(TypedDict):
    id: int
    parts: list[str]


async def handler(request):
    """Do a thing.

    In :class:`altmount.web.Route` that is.
    """


LIST = Route("GET", "/api/things", handler, list[ThingAnswer], query=ThingsQuery)
SEND = Route(
    "POST",
    "/api/things/{id:[0-9]{1,3}}",
    handler,
    ThingAnswer,
    frozenset({HTTPStatus.CONFLICT}),
    HTTPStatus.CREATED,
    form=ThingForm,
    optional=ThingBody,
)
FILE = Route("GET", "/api/file", handler, media="application/x-nzb", who=Access.OPEN)
PAGE = Route("GET", "/api/page", handler, list[ThingAnswer], paged=True)
GONE = Route("DELETE", "/api/things/{id}", handler, status=HTTPStatus.NO_CONTENT)


def told(*routes):
    return document(routes)


def test_a_route_is_told_with_its_words_and_who_may_ask():
    operation = told(LIST)["paths"]["/api/things"]["get"]
    assert operation["summary"] == "Do a thing."
    assert operation["description"] == "In Route that is.\n\nFor readers."
    assert {"key": []} in operation["security"]
    assert told(FILE)["paths"]["/api/file"]["get"]["security"] == []


def test_a_query_has_no_null():
    limit, word = told(LIST)["paths"]["/api/things"]["get"]["parameters"]
    assert limit["schema"] == {"type": "integer", "minimum": 1, "title": "Limit"}
    assert (limit["required"], word["required"]) == (False, True)


def test_a_path_parameter_has_its_pattern():
    (one,) = told(SEND)["paths"]["/api/things/{id}"]["post"]["parameters"]
    assert one["schema"]["pattern"] == "^[0-9]{1,3}$"
    assert (one["name"], one["in"], one["required"]) == ("id", "path", True)


def test_what_is_sent_may_come_in_more_than_one_way():
    body = told(SEND)["paths"]["/api/things/{id}"]["post"]["requestBody"]
    assert set(body["content"]) == {"application/json", "multipart/form-data"}
    assert not body["required"]


def test_an_answer_has_its_envelope_and_no_fields_but_those_that_are_told():
    made = told(LIST, SEND)
    answer = made["paths"]["/api/things/{id}"]["post"]["responses"]["201"]
    envelope = answer["content"]["application/json"]["schema"]
    assert set(envelope["properties"]) == {"success", "data"}
    thing = made["components"]["schemas"]["ThingAnswer"]
    assert set(thing["properties"]) == {"id", "parts"}
    assert thing["additionalProperties"] is False


def test_a_page_says_what_part_of_all_it_is():
    made = told(PAGE)
    answer = made["paths"]["/api/page"]["get"]["responses"]["200"]
    envelope = answer["content"]["application/json"]["schema"]
    assert set(envelope["required"]) == {"success", "data", "meta"}
    meta = made["components"]["schemas"]["Meta"]
    assert envelope["properties"]["meta"] == {"$ref": "#/components/schemas/Meta"}
    assert set(meta["properties"]) == {"total", "limit", "offset", "count"}
    assert meta["additionalProperties"] is False


def test_errors_are_of_one_shape():
    responses = told(SEND)["paths"]["/api/things/{id}"]["post"]["responses"]
    assert set(responses) == {"201", "400", "401", "403", "404", "409", "413", "429", "503"}
    shapes = {str(one["content"]) for status, one in responses.items() if status >= "400"}
    assert shapes == {"{'application/json': {'schema': {'$ref': '#/components/schemas/Error'}}}"}


def test_what_is_no_json_and_what_is_nothing():
    made = told(FILE, GONE)["paths"]
    file = made["/api/file"]["get"]["responses"]["200"]["content"]
    assert file == {"application/x-nzb": {"schema": {"type": "string", "format": "binary"}}}
    assert "content" not in made["/api/things/{id}"]["delete"]["responses"]["204"]


def test_a_document_of_an_application_is_of_its_routes():
    app = web.Application()
    app.add_routes([LIST, GONE])
    there = {r.resource.canonical for r in app.router.routes()}
    assert set(told(LIST, GONE)["paths"]) == there
