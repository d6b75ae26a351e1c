from __future__ import annotations

import json

import pytest
from aiohttp import web

from altmount.articles import ArticleMissingError, ArticleUnavailableError
from altmount.errors import (
    AltmountError,
    InvalidRequestError,
    NotFoundError,
    PermanentError,
    TemporaryError,
)
from altmount.web.errors import middleware, status_of
from tests.support.serving import Client, serving


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError(), 404),
        (InvalidRequestError(), 400),
        (TemporaryError(), 503),
        (PermanentError(), 502),
        (AltmountError(), 500),
        (ArticleMissingError("a@b"), 502),
        (ArticleUnavailableError("a@b", "busy"), 503),
    ],
)
def test_a_kind_of_error_has_a_status(error, status):
    assert status_of(error) == status


class Failing:
    """An application whose every path raises the same error."""

    error: BaseException = NotFoundError("there is no /a.mkv")

    async def handle(self, request):
        if "begun" in request.query:
            response = web.StreamResponse(headers={"Content-Length": "100"})
            await response.prepare(request)
            await response.write(b"0123456789")
        raise self.error


@pytest.fixture
def failing():
    return Failing()


@pytest.fixture
async def client(failing):
    application = web.Application(middlewares=[middleware])
    application.add_routes([web.get("/{path:.*}", failing.handle)])
    async with serving(application) as port, Client.connect(port) as client:
        yield client


async def test_an_error_is_text_for_people(client):
    answer = await client.get("/files/a.mkv")
    assert answer.status == 404
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.body.decode().splitlines()[0] == "there is no /a.mkv"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("target", "headers"), [("/api/x", ()), ("/files/x", ("Accept: text/html, Application/JSON",))]
)
async def test_an_error_is_json_for_programs(client, target, headers):
    answer = await client.get(target, *headers)
    said = json.loads(answer.body)
    assert answer.status == 404
    assert said["success"] is False
    assert said["error"]["code"] == "NOT_FOUND"
    assert said["error"]["message"] == "there is no /a.mkv"
    assert said["error"]["details"]


async def test_a_passing_trouble_says_when_to_come_again(client, failing):
    failing.error = TemporaryError("no provider answers")
    answer = await client.get("/files/a.mkv")
    assert (answer.status, answer["Retry-After"]) == (503, "10")


async def test_an_unexpected_error_is_told_to_the_log_alone(client, failing, caplog):
    failing.error = RuntimeError("secret")
    answer = await client.get("/files/a.mkv")
    assert answer.status == 500
    assert b"secret" not in answer.body
    assert "RuntimeError: secret" in caplog.text
    assert (await client.get("/files/a.mkv")).status == 500  # on the same connection


async def test_aiohttps_own_errors_look_the_same_and_keep_their_headers(client, failing):
    failing.error = web.HTTPMethodNotAllowed("POST", ["GET"])
    answer = await client.get("/api/x")
    assert (answer.status, answer["Allow"]) == (405, "GET")
    assert json.loads(answer.body)["error"]["code"] == "METHOD_NOT_ALLOWED"
    assert json.loads(answer.body)["error"]["message"]


async def test_an_error_with_a_sentence_of_its_own_keeps_it(client, failing):
    failing.error = web.HTTPGone(text="there was one by that name")
    answer = await client.get("/files/x")
    assert (answer.status, answer.body) == (410, b"there was one by that name\n")


async def test_a_redirect_is_no_error(client, failing):
    failing.error = web.HTTPFound("/elsewhere")
    answer = await client.get("/files/x")
    assert (answer.status, answer["Location"]) == (302, "/elsewhere")


@pytest.mark.parametrize(
    "error", [NotFoundError("late"), RuntimeError("late"), web.HTTPConflict(text="late")]
)
@pytest.mark.filterwarnings("ignore")
async def test_after_the_first_byte_the_connection_is_closed(client, failing, error):
    failing.error = error
    answer = await client.get("/files/x?begun")
    assert (answer.status, answer.body, answer.complete) == (200, b"0123456789", False)
