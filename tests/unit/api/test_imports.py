from __future__ import annotations

import asyncio

import aiohttp
import pytest

from altmount.newsserver.server import NewsServer
from tests.support.program import KEY, serving, synthetic


@pytest.fixture
async def house(tmp_path):
    folder = tmp_path / "nzbs"
    (folder / "Movies").mkdir(parents=True)
    (folder / "Movies" / "One.nzb").write_bytes(synthetic(200_000, article_size=50_000))
    (folder / "Two.nzb").write_bytes(synthetic(100_000, seed=7, article_size=50_000))
    (tmp_path / "outside.nzb").write_bytes(b"x")
    async with (
        NewsServer() as news,
        serving(tmp_path, news, sabnzbd={"local_folders": [str(folder)]}) as program,
        aiohttp.ClientSession(headers={"X-Api-Key": KEY}) as session,
    ):

        async def ask(method, path, body=None):
            url = f"http://127.0.0.1:{program.port}/api/import{path}"
            async with session.request(method, url, json=body) as response:
                answer = await response.json()
                return response.status, answer["data"] if answer["success"] else answer["error"]

        yield folder, program, ask


async def test_a_file_on_the_disk_is_handed_in(house):
    folder, program, ask = house
    status, said = await ask("POST", "/file", {"file_path": str(folder / "Movies" / "One.nzb")})
    assert status == 200
    job = await program.ended(await program.program.jobs.get(said["queue_id"]))
    assert (job.status, job.category, job.name) == ("completed", "Movies", "One")
    _, [past] = await ask("GET", "/history")
    assert (past["nzb_id"], past["nzb_name"], past["file_size"]) == (job.id, "One", 200_000)
    assert (past["virtual_path"], past["category"]) == (job.path, "Movies")
    for status, body in (
        (404, {"file_path": str(folder.parent / "outside.nzb")}),
        (400, {"file_path": str(folder)}),
        (400, {"file_path": ""}),
        (400, {"file_path": str(folder / "Two.nzb"), "category": "none such"}),
    ):
        assert (await ask("POST", "/file", body))[0] == status, body


async def test_a_folder_is_handed_in_once(house):
    folder, program, ask = house
    assert (await ask("GET", "/scan/status"))[1]["status"] == "idle"
    assert (await ask("DELETE", "/scan"))[0] == 409
    for added, skipped in ((2, 0), (0, 2)):
        status, said = await ask("POST", "/scan", {"path": str(folder)})
        assert (status, said["status"], said["path"]) == (200, "scanning", str(folder))
        while said["status"] != "idle":
            await asyncio.sleep(0.01)
            _, said = await ask("GET", "/scan/status")
        assert (said["files_found"], said["files_added"], said["files_skipped"]) == (
            2,
            added,
            skipped,
        )
        for job in await program.program.jobs.list():
            assert (await program.ended(job)).status == "completed"
    assert (await ask("POST", "/scan", {"path": "/"}))[0] == 404

    _, past = await ask("GET", "/history?limit=1&offset=1")
    assert len(past) == 1
    assert (await ask("DELETE", "/history"))[1]["message"].startswith("2 imports")
    assert (await ask("GET", "/history"))[1] == []
    assert (await program.program.library.usage()).files == 2
