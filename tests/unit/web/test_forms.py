from __future__ import annotations

import json

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from altmount.web import errors
from altmount.web.answers import answer
from altmount.web.forms import read_form, read_object


@pytest.fixture
async def client():
    async def form(request):
        fields = await read_form(request, {"file": 1000, "note": 10})
        return answer({name: [file, len(data)] for name, (file, data) in fields.items()})

    async def thing(request):
        return answer(await read_object(request))

    application = web.Application(middlewares=[errors.middleware])
    application.add_routes([web.post("/api/form", form), web.post("/api/object", thing)])
    async with TestClient(TestServer(application)) as client:
        yield client


def form(**fields):
    made = aiohttp.FormData(default_to_multipart=True)
    for name, value in fields.items():
        options = {"filename": "film.nzb"} if name == "file" else {}
        made.add_field(name, value, **options)
    return made


async def test_the_fields_that_are_wanted_are_read_and_others_are_not(client):
    sent = form(file=b"x" * 1000, note="short", other="y" * 100_000)
    response = await client.post("/api/form", data=sent)
    assert (await response.json())["data"] == {"file": ["film.nzb", 1000], "note": ["", 5]}


async def test_a_field_that_is_too_large_is_refused(client):
    response = await client.post("/api/form", data=form(file=b"x" * 1001))
    assert response.status == 413


@pytest.mark.parametrize("body", [b"", b"junk", b"--x\r\n", b"--x\r\nContent-"])
async def test_what_is_no_form_is_refused(client, body):
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    response = await client.post("/api/form", data=body, headers=headers)
    assert response.status in {200, 400}
    headers = {"Content-Type": "multipart/form-data"}
    response = await client.post("/api/form", data=body, headers=headers)
    assert response.status == 400


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff", b"[" * 100_000, b'"x"'])
async def test_what_is_no_json_object_is_refused(client, body):
    response = await client.post("/api/object", data=body)
    assert response.status == 400
    assert "JSON object" in (await response.json())["error"]["message"]


async def test_a_json_object_in_an_unknown_character_set_is_refused(client):
    headers = {"Content-Type": "application/json; charset=nonsense"}
    response = await client.post("/api/object", data=b"{}", headers=headers)
    assert response.status == 400


async def test_a_json_object_is_taken(client):
    sent = {"a": [1, "é"]}
    response = await client.post("/api/object", data=json.dumps(sent))
    assert await response.json() == {"success": True, "data": sent}
