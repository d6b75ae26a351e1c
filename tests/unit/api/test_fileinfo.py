from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest

from altmount.api.fileinfo import FileInfoApi
from altmount.auth.caller import Role, Scope
from altmount.library.status import FileStatus
from altmount.web.route import said_of
from tests.support.people import Town
from tests.support.serving import serving, streaming_application
from tests.support.sources import MemoryLibrary


@pytest.fixture
async def house():
    library = MemoryLibrary()
    library.add("/films/a é.mkv", b"12345")
    town = Town()
    key = town.key(town.add("ann", Role.READER), Scope.READ)
    api = FileInfoApi("/api", library)
    application = streaming_application(library, gate=town.gate(), permits=said_of(api.routes))
    application.add_routes(api.routes)
    async with serving(application) as port, aiohttp.ClientSession() as session:

        async def ask(path=None, *, known=True):
            url = f"http://127.0.0.1:{port}/api/files/info"
            headers = {"X-Api-Key": key} if known else {}
            params = {} if path is None else {"path": path}
            async with session.get(url, params=params, headers=headers) as response:
                return response.status, (await response.json()).get("data")

        yield library, ask


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (FileStatus.HEALTHY, "healthy"),
        (FileStatus.UNVERIFIED, "unspecified"),
        (FileStatus.DEGRADED, "degraded"),
        (FileStatus.DAMAGED, "corrupted"),
    ],
)
async def test_how_a_file_is_is_told(house, status, word):
    library, ask = house
    file = library.files["/films/a é.mkv"]
    library.files["/films/a é.mkv"] = replace(file, status=status)
    assert await ask("/films/a é.mkv") == (
        200,
        {
            "path": "/films/a é.mkv",
            "id": file.id,
            "file_size": 5,
            "status": word,
            "created_at": file.created.isoformat(),
            "modified_at": file.modified.isoformat(),
        },
    )


async def test_what_is_no_file_is_not_found_and_nothing_is_a_bad_request(house):
    _, ask = house
    assert (await ask("/films"))[0] == 404
    assert (await ask("/films/b.mkv"))[0] == 404
    assert (await ask("/films/../x"))[0] == 400
    assert (await ask())[0] == 400
    assert (await ask("/films/a é.mkv", known=False))[0] == 401
