from __future__ import annotations

import base64

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from altmount.api.journal import JournalApi
from altmount.library.actor import Actor
from altmount.library.library import Library
from altmount.web import errors
from tests.support.people import taken_at_their_word
from tests.support.releases import MapSource

ME = Actor("webdav", "me", "rclone")


@pytest.fixture
async def changes(database, tmp_path):
    library = await Library.open(database, tmp_path, MapSource, protected=("/complete",))
    return library.changes


@pytest.fixture
async def client(changes):
    app = web.Application(middlewares=[errors.middleware, taken_at_their_word])
    app.add_routes(JournalApi("/api", changes).routes)
    login = base64.b64encode("ü:secret".encode()).decode()
    headers = {"Authorization": f"Basic {login}"}
    async with TestClient(TestServer(app), headers=headers) as client:
        yield client


async def journal(client, query=""):
    async with client.get(f"/api/journal{query}") as response:
        answer = await response.json()
        assert (response.status, answer["success"]) == (200, True)
        return answer["data"]


async def undo(client, number):
    headers = {"User-Agent": "a script " + "x" * 500}
    async with client.post(f"/api/journal/{number}/undo", headers=headers) as response:
        return response.status, await response.json()


async def test_what_was_done_is_listed_the_newest_first(client, changes):
    await changes.make_folder("/a", ME)
    await changes.move("/a", "/b", ME)
    move, made, protected = await journal(client)
    assert {key: move[key] for key in ("action", "path", "target", "door", "user", "client")} == {
        "action": "move",
        "path": "/a",
        "target": "/b",
        "door": "webdav",
        "user": "me",
        "client": "rclone",
    }
    assert (made["action"], made["target"], made["undone_by"]) == ("make-folder", None, None)
    assert (protected["path"], protected["door"]) == ("/complete", "altmount")
    assert move["id"] > made["id"]
    assert move["created_at"].endswith("+00:00")


async def test_it_comes_in_pages(client, changes):
    for number in range(7):
        await changes.make_folder(f"/{number}", ME)
    found, before = [], ""
    while page := await journal(client, f"?limit=3{before}"):
        assert len(page) <= 3
        found += [entry["path"] for entry in page]
        before = f"&before={page[-1]['id']}"
    assert found == [*(f"/{number}" for number in range(6, -1, -1)), "/complete"]


async def test_a_change_is_taken_back(client, changes):
    await changes.make_folder("/a", ME)
    await changes.remove("/a", ME)
    number = (await journal(client))[0]["id"]
    status, answer = await undo(client, number)
    assert status == 200
    entry = answer["data"]
    assert (entry["action"], entry["undoes"], entry["path"]) == ("undo", number, "/a")
    assert (entry["door"], entry["user"]) == ("api", "ü")
    assert entry["client"].startswith("127.0.0.1 a script xxx")
    assert len(entry["client"]) == 200
    latest, removal, *_ = await journal(client)
    assert (latest["id"], removal["undone_by"]) == (entry["id"], entry["id"])


async def test_what_cannot_be_taken_back_is_refused_with_the_reason(client, changes):
    await changes.make_folder("/a", ME)
    number = (await journal(client))[0]["id"]
    await changes.move("/a", "/b", ME)
    status, answer = await undo(client, number)
    assert status == 409
    assert answer["error"]["code"] == "CONFLICT"
    assert "is at /b now; take that back first" in answer["error"]["message"]
    assert answer["error"]["details"]
    status, answer = await undo(client, 999)
    assert (status, answer["error"]["code"]) == (404, "NOT_FOUND")
    status, answer = await undo(client, 1)
    assert (status, answer["error"]["code"]) == (403, "FORBIDDEN")
    assert answer["error"]["details"]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "before=-1", "before=²"])
async def test_what_is_no_number_is_refused(client, query):
    async with client.get(f"/api/journal?{query}") as response:
        assert response.status == 400


async def test_no_number_is_too_large_to_be_asked_for(client):
    assert await journal(client, "?before=999999999")
    assert (await undo(client, 999_999_999))[0] == 404
    for number in (2**31, 10**18):  # which a database has no room for
        async with client.get(f"/api/journal?before={number}") as response:
            assert response.status == 400
        async with client.post(f"/api/journal/{number}/undo") as response:
            assert response.status == 404
