from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from altmount.sabnzbd.answer import RefusedError
from altmount.sabnzbd.reading import read

LIMIT = 1000


@pytest.fixture
async def reader():
    """Posts a form; what was read, and what was shown to the check before its file was."""
    shown, found = [], []

    async def check(values):
        shown.append(dict(values))
        if values.get("apikey") == "wrong":
            raise RefusedError("no")

    async def handle(request):
        try:
            found.append(await read(request, LIMIT, check))
        except RefusedError as error:
            found.append(str(error))
        return web.Response()

    app = web.Application()
    app.add_routes([web.route("*", "/", handle)])
    async with TestClient(TestServer(app)) as client:

        async def post(*fields, query=""):
            form = aiohttp.FormData()
            for name, value, filename in fields:
                form.add_field(name, value, filename=filename)
            form._is_multipart = True
            async with client.post(f"/{query}", data=form):
                return found.pop(), shown[:]

        yield post


async def test_fields_after_the_file_count_and_the_query_goes_first(reader):
    asked, shown = await reader(
        ("cat", "tv", None),
        ("name", b"data", "A.nzb"),
        ("nzbname", "B", None),
        query="?cat=movies&mode=addfile",
    )
    assert asked.values == {"cat": "movies", "mode": "addfile", "nzbname": "B"}
    assert (asked.file.name, asked.file.data) == ("A.nzb", b"data")
    assert shown == [{"cat": "movies", "mode": "addfile"}]


async def test_a_name_without_a_file_name_is_text(reader):
    asked, shown = await reader(("name", "https://a.example/b", None))
    assert asked.text("name") == "https://a.example/b"
    assert asked.file is None
    assert shown == []


async def test_the_first_of_two_files_counts(reader):
    asked, _ = await reader(("name", b"1", "1.nzb"), ("nzbfile", b"2", "2.nzb"))
    assert asked.file.name == "1.nzb"


async def test_what_is_too_large_is_refused(reader):
    said, _ = await reader(("name", b"x" * (LIMIT + 1), "A.nzb"))
    assert said == f"name has more than {LIMIT} bytes"
    said, _ = await reader(("nzbname", "x" * 9000, None))
    assert said == "nzbname has more than 8192 bytes"
    said, _ = await reader(*[(f"f{n}", "x", None) for n in range(101)])
    assert said == "the form has more than 100 fields"


async def test_a_file_is_not_read_where_the_check_says_no(reader):
    said, _ = await reader(("apikey", "wrong", None), ("name", b"x" * (LIMIT + 1), "A.nzb"))
    assert said == "no"
