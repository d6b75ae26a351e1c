from __future__ import annotations

import io
import zipfile

import aiohttp
import pytest

from altmount.newsserver.server import NewsServer
from altmount.nzb.parse import parse_nzb
from tests.support.client import fetch
from tests.support.program import KEY, serving, synthetic

NAMES = ("One", "Two é")


@pytest.fixture
async def house(tmp_path):
    async with (
        NewsServer() as news,
        serving(tmp_path, news) as program,
        aiohttp.ClientSession(headers={"X-Api-Key": KEY}) as session,
    ):
        nzbs = [synthetic(100_000, seed=n * 5, article_size=50_000, count=n) for n in (2, 1)]
        jobs = [await program.bring(nzb, name) for nzb, name in zip(nzbs, NAMES, strict=True)]
        assert [job.status for job in jobs] == ["completed"] * 2

        async def ask(method, path, **options):
            url = f"http://127.0.0.1:{program.port}/api/files/{path}"
            async with session.request(method, url, **options) as response:
                return response, await response.read()

        yield program, jobs, nzbs, ask


def message_ids(nzb):
    return [
        file.segments.message_id(index)
        for file in parse_nzb(nzb).files
        for index in range(len(file.segments.numbers))
    ]


async def test_the_nzb_of_a_file_is_given_back(house):
    program, jobs, nzbs, ask = house
    await program.program.nzbs.keep_password(jobs[1].release, "pass & word")
    file = await program.only_file(jobs[1].path)
    response, body = await ask("GET", "export-nzb", params={"path": file.path})
    assert (response.status, response.content_type) == (200, "application/x-nzb")
    assert "Two%20%C3%A9.nzb" in response.headers["Content-Disposition"]
    assert message_ids(body) == message_ids(nzbs[1])
    assert parse_nzb(body).metas["password"] == "pass & word"
    for path in ("/complete", "/none.mkv"):
        assert (await ask("GET", "export-nzb", params={"path": path}))[0].status == 404


async def write(program, path):
    headers = ["Content-Length: 0"]
    reply = await fetch(program.port, f"/webdav{path}", method="PUT", headers=headers)
    assert reply.status == 201


async def test_all_of_a_folder_are_given_back_as_a_zip(house):
    program, jobs, nzbs, ask = house
    await write(program, "/complete/note.srt")
    response, body = await ask("POST", "export-batch", json={})
    assert (response.status, response.content_type) == (200, "application/zip")
    assert ".zip" in response.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(body)) as read:
        assert read.testzip() is None
        contents = {name: read.read(name) for name in read.namelist()}
    assert set(contents) == {"complete/One/One.nzb", "complete/Two é/Two é.nzb"}
    assert message_ids(contents["complete/One/One.nzb"]) == message_ids(nzbs[0])
    response, body = await ask("POST", "export-batch", json={"root_path": jobs[0].path})
    with zipfile.ZipFile(io.BytesIO(body)) as read:
        assert read.namelist() == ["complete/One/One.nzb"]


async def test_what_is_not_kept_is_told_in_the_zip(house):
    program, jobs, _, ask = house
    program.program.nzbs.path(jobs[0].release).unlink()
    _, body = await ask("POST", "export-batch", json={"root_path": "/complete"})
    with zipfile.ZipFile(io.BytesIO(body)) as read:
        assert read.namelist() == ["complete/Two é/Two é.nzb", "left out.txt"]
        left = read.read("left out.txt").decode()
        assert left.startswith(f"{jobs[0].path}/")
        assert left.endswith(".mkv: its NZB is not kept any more\n")


async def test_where_there_is_nothing_to_give_back_it_is_said(house):
    program, _, _, ask = house
    await write(program, "/note.srt")
    assert (await ask("GET", "export-nzb", params={"path": "/note.srt"}))[0].status == 404
    for path in ("/note.srt", "/none"):
        response, _ = await ask("POST", "export-batch", json={"root_path": path})
        assert response.status == 404
