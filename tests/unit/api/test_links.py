from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import aiohttp
import pytest

from altmount.api.links import LinksApi
from altmount.auth.caller import Role, Scope
from altmount.web.route import said_of
from tests.support.people import SIGNER, Town
from tests.support.serving import serving, streaming_application
from tests.support.sources import MemoryLibrary


@pytest.fixture
async def ask():
    """Asks with a key for reading, or with nothing."""
    library = MemoryLibrary()
    for name in ("a é.mkv", "b.mkv"):
        library.add(f"/films/{name}", name.encode())
    town = Town()
    key = town.key(town.add("ann", Role.READER), Scope.READ)
    links = LinksApi("/api", library, SIGNER)
    application = streaming_application(
        library, gate=town.gate(now=now), permits=said_of(links.routes)
    )
    application.add_routes(links.routes)
    async with serving(application) as port, aiohttp.ClientSession() as session:

        async def ask(method, target, body=None, *, known=True):
            headers = {"X-Api-Key": key} if known else {}
            url = aiohttp.client.URL(f"http://127.0.0.1:{port}{target}", encoded=True)
            async with session.request(method, url, json=body, headers=headers) as response:
                return response.status, await response.read()

        yield ask


def now():
    return datetime.now(UTC) + LATER[0]


LATER = [timedelta()]


@pytest.fixture(autouse=True)
def _today():
    LATER[0] = timedelta()


async def link_to(ask, path, **more):
    import json

    status, body = await ask("POST", "/api/files/link", {"path": path, **more})
    assert status == 201, body
    data = json.loads(body)["data"]
    parts = urlsplit(data["url"])
    return f"{parts.path}?{parts.query}", data["expires_at"]


async def test_whoever_has_the_link_sees_the_file_until_it_ends(ask):
    link, ends = await link_to(ask, "/films/a é.mkv", hours=2)
    assert await ask("GET", link, known=False) == (200, "a é.mkv".encode())
    assert datetime.fromisoformat(ends) - now() < timedelta(hours=2)
    LATER[0] = timedelta(hours=2)
    assert (await ask("GET", link, known=False))[0] == 401


async def test_it_opens_that_file_alone_and_only_for_reading(ask):
    link, _ = await link_to(ask, "/films/a é.mkv")
    query = link.partition("?")[2]
    for target in (
        link.replace("a%20", "b%20"),
        f"/api/files/stream?path=/films/b.mkv&{query}",
        f"/files/films/b.mkv?{query}",
        f"/api/queue?{query}",
    ):
        assert (await ask("GET", target, known=False))[0] == 401, target
    assert (await ask("POST", link, known=False))[0] == 401
    # The same file by its other address: the path of the URL counts.
    path = "/files/films/a%20%C3%A9.mkv"
    assert (await ask("GET", f"{path}?{query}", known=False))[0] == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"path": "/films/none.mkv"}, 404),
        ({"path": "films"}, 400),
        ({"path": "/films/b.mkv", "hours": 0}, 400),
        ({"path": "/films/b.mkv", "hours": 1e9}, 400),
        ({"path": "/films/b.mkv", "hours": "NaN"}, 400),
        ({}, 400),
    ],
)
async def test_what_can_be_no_link_is_refused(ask, body, status):
    assert (await ask("POST", "/api/files/link", body))[0] == status


async def test_only_who_may_read_makes_links(ask):
    assert (await ask("POST", "/api/files/link", {"path": "/films/b.mkv"}, known=False))[0] == 401
