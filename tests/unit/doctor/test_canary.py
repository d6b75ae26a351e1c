from __future__ import annotations

import pytest
from aiohttp import web

from altmount.doctor import canary
from altmount.doctor.canary import Canary
from altmount.doctor.client import Login
from altmount.doctor.examination import Check, Examination
from altmount.doctor.finding import Grade
from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.server import NewsServer
from tests.support.program import PASSWORD, USER, serving, synthetic
from tests.unit.doctor.test_listing import FOLDER, listing, response

LOGIN = Login(USER, PASSWORD)

pytestmark = pytest.mark.asyncio(loop_factories=["uvloop"])  # whole servers: one loop will do


async def looked(port, **options):
    look = Canary(port, LOGIN, **options).look
    return await Examination().make(Check("canary", "", 30, look))


async def test_a_file_of_the_library_reads_alike_through_both_doors(tmp_path):
    async with NewsServer() as news, serving(tmp_path, news) as program:
        [finding] = await looked(program.port)
        assert finding.grade is Grade.NOTE
        assert "no file yet" in finding.text
        await program.bring(synthetic(5_000_000))
        before = news.counters.now.commands["BODY"]
        [finding] = await looked(program.port)
        assert finding.grade is Grade.OK
        assert finding.subject.startswith("/complete/Film/")
        assert finding.facts["size_bytes"] == 5_000_000
        assert news.counters.now.commands["BODY"] - before <= 8
        await program.calm()


async def test_a_film_whose_articles_are_gone_is_told_and_another_tried(tmp_path):
    async with NewsServer() as news, serving(tmp_path, news) as program:
        await program.bring(synthetic(5_000_000, seed=7), "Gone")
        news.knobs = Knobs(faults=(Fault(FaultKind.MISSING),))
        findings = await looked(program.port)
        assert findings[0].grade is Grade.ERROR
        assert "/complete/Gone" in findings[0].subject
        news.knobs = Knobs(faults=(Fault(FaultKind.MISSING, pattern="*s7.*"),))
        await program.bring(synthetic(5_000_000, seed=8), "There")
        findings = await looked(program.port)
        assert findings[0].grade is Grade.OK
        assert {one.grade for one in findings[1:]} <= {Grade.WARNING}


async def test_a_login_that_is_refused_is_told(tmp_path):
    async with serving(tmp_path) as program:
        look = Canary(program.port, Login(USER, "another")).look
        [finding] = await Examination().make(Check("canary", "", 30, look))
    assert finding.grade is Grade.ERROR
    assert "401" in finding.text


class Other:
    """A server that answers as it is told: by path, a body for GET."""

    def __init__(self, folders, files):
        self.folders, self.files = folders, files
        self.asked = []

    async def __aenter__(self):
        async def handle(request):
            self.asked.append((request.method, request.path))
            if request.method == "PROPFIND":
                return web.Response(status=207, body=self.folders.get(request.path, listing()))
            content = self.files[request.path]
            start, stop = map(int, request.headers["Range"].removeprefix("bytes=").split("-"))
            return web.Response(status=206, body=content[start : stop + 1])

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.port = self.runner.addresses[0][1]
        return self

    async def __aexit__(self, *_exc):
        await self.runner.cleanup()


def film(size, name="film.mkv"):
    return listing(response("/webdav/", FOLDER), response(f"/webdav/{name}", length=size))


CONTENT = bytes(range(256)) * 8192


@pytest.mark.parametrize("at", [0, len(CONTENT) // 2 + 5, len(CONTENT) - 1])
async def test_a_byte_that_differs_between_the_doors_is_found(at):
    other = bytearray(CONTENT)
    other[at] ^= 1
    files = {"/files/film.mkv": CONTENT, "/webdav/film.mkv": bytes(other)}
    async with Other({"/webdav/": film(len(CONTENT))}, files) as server:
        [finding] = await looked(server.port)
    assert finding.grade is Grade.ERROR
    assert "others over WebDAV" in finding.text


@pytest.mark.parametrize("size", [1, 2, canary._PART, canary._PART * 2 + 7, len(CONTENT)])
async def test_what_is_known_of_a_file_is_compared(size):
    content = CONTENT[:size]
    files = {"/files/film.mkv": content, "/webdav/film.mkv": content}
    async with Other({"/webdav/": film(size)}, files) as server:
        [finding] = await looked(server.port, known=content)
        assert finding.grade is Grade.OK
        [finding] = await looked(server.port, known=content[:-1] + b"?")
        assert finding.grade is Grade.ERROR


async def test_what_is_cut_off_is_told():
    files = {"/files/film.mkv": CONTENT[:100], "/webdav/film.mkv": CONTENT}
    async with Other({"/webdav/": film(len(CONTENT))}, files) as server:
        [finding] = await looked(server.port)
    assert finding.grade is Grade.ERROR
    assert "cut off at byte 100" in finding.text


class Endless:
    """Folders, each of which has another in it."""

    def get(self, path, _otherwise):
        return listing(response(path, FOLDER), response(f"{path}x/", FOLDER))


async def test_a_tree_without_end_is_left_after_some_folders():
    async with Other(Endless(), {}) as server:
        [finding] = await looked(server.port)
        assert finding.grade is Grade.NOTE
        assert len(server.asked) == 40


async def test_a_film_is_taken_before_a_subtitle_that_lies_above_it():
    above = [response("/webdav/a.srt", length=50), response("/webdav/b/", FOLDER)]
    folders = {
        "/webdav/": listing(response("/webdav/", FOLDER), *above),
        "/webdav/b/": listing(response("/webdav/b/film.mkv", length=len(CONTENT))),
    }
    files = {f"/{door}/b/film.mkv": CONTENT for door in ("files", "webdav")}
    async with Other(folders, files) as server:
        [finding] = await looked(server.port)
    assert finding.subject == "/b/film.mkv"
