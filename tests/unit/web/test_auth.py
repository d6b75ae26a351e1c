from __future__ import annotations

import base64
import hashlib

import pytest
from aiohttp import web

from altmount.web.credentials import Credentials
from tests.support.serving import Client, serving, streaming_application
from tests.support.sources import MemoryLibrary

KEY = "0123456789abcdef"
DOWNLOAD_KEY = hashlib.sha256(KEY.encode()).hexdigest()


def basic(user, password):
    return "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def application_of(credentials, clock):
    library = MemoryLibrary()
    library.add("/a.mkv", bytes(100))
    application = streaming_application(library, credentials=credentials, clock=clock)

    async def action(_request):
        return web.Response(text="done")

    application.add_routes([web.post("/api/action", action), web.get("/api/action", action)])
    application.add_routes([web.post("/files/{path:.*}", action)])
    return application


@pytest.fixture
async def client(clock):
    application = application_of(Credentials("usenet", "secret", KEY), clock)
    async with serving(application) as port, Client.connect(port) as client:
        yield client


@pytest.mark.parametrize("target", ["/files/a.mkv", "/api/files/stream?path=/a.mkv"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_every_right_credential_opens_a_file(client, target, method):
    joint = "&" if "?" in target else "?"
    for suffix, headers in [
        ("", [basic("usenet", "secret")]),
        ("", [f"X-Api-Key: {KEY}"]),
        (f"{joint}apikey={KEY}", []),
        (f"{joint}download_key={DOWNLOAD_KEY}", []),
        (f"{joint}download_key={DOWNLOAD_KEY}", [basic("usenet", "wrong")]),
    ]:
        answer = await client.get(target + suffix, *headers, method=method)
        assert (answer.status, answer["Content-Length"]) == (200, "100")


@pytest.mark.parametrize(
    "headers", [[], [basic("usenet", "x")], ["X-Api-Key: x"], ["Authorization: Bearer x"]]
)
async def test_anyone_else_is_asked_for_them(client, headers):
    for target in ("/files/a.mkv", "/files/no.mkv", "/what", "/files/a.mkv?download_key=x"):
        answer = await client.get(target, *headers)
        assert answer.status == 401
        assert answer["WWW-Authenticate"] == 'Basic realm="altmount", charset="UTF-8"'


async def test_the_download_key_does_nothing_but_read_files(client):
    query = f"?download_key={DOWNLOAD_KEY}"
    for method, target in [
        ("POST", "/api/action"),
        ("GET", "/api/action"),
        ("POST", "/api/files/stream"),
        ("POST", "/files/a.mkv"),
        ("GET", "/what"),
    ]:
        assert (await client.get(target + query, method=method)).status == 401
    assert (await client.get(f"/api/action?apikey={KEY}", method="POST")).status == 200


async def test_the_probes_are_open_to_all(client):
    for target in ("/live", "/ready"):
        assert (await client.get(target)).status == 200


async def test_where_no_login_is_required_everything_is_open(clock):
    application = application_of(Credentials("usenet", "secret", login_required=False), clock)
    async with serving(application) as port, Client.connect(port) as client:
        assert (await client.get("/files/a.mkv")).status == 200
        assert (await client.get("/api/action", method="POST")).status == 200


async def test_who_guesses_too_often_must_wait(client, clock):
    for guess in range(10):
        assert (await client.get("/files/a.mkv", basic("usenet", guess))).status == 401
    clock.now += 20.5
    answer = await client.get("/files/a.mkv", basic("usenet", "secret"))
    assert (answer.status, answer["Retry-After"]) == (429, "40")
    assert (await client.get("/files/a.mkv", f"X-Api-Key: {KEY}")).status == 200
    assert (await client.get("/files/a.mkv")).status == 401
    clock.now += 40
    assert (await client.get("/files/a.mkv", basic("usenet", "secret"))).status == 200
