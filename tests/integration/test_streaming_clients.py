"""Players as they are: they leave, stall, pipeline, resume, and speak old HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest

from altmount.spans import Span
from tests.support.serving import Client, serving, small_buffers, streaming_application
from tests.support.sources import MemoryLibrary, MemorySource

ARTICLE = 716_800
DATA = random.Random(7).randbytes(6 * ARTICLE + 12_345)
SMALL = bytes(range(100))


@pytest.fixture
def library():
    library = MemoryLibrary()
    library.add("/film.mkv", MemorySource(DATA, chunk=ARTICLE))
    library.add("/small.mkv", MemorySource(SMALL))
    return library


@pytest.fixture
async def port(library):
    async with serving(streaming_application(library)) as port:
        yield port


@contextlib.asynccontextmanager
async def soon():
    async with asyncio.timeout(10):
        yield


async def curl(*arguments):
    """Exit status, and what came out."""
    process = await asyncio.create_subprocess_exec(
        "curl", "-s", "--max-time", "20", *arguments, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return process.returncode, output


@pytest.mark.parametrize(
    ("hold_at", "header"),
    [
        (0, "X: before the first byte"),
        (50, "X: in the middle"),
        (99, "Range: bytes=90-"),
        (50, "Range: bytes=0-9,45-60"),
        (0, "Range: bytes=0-9,45-60"),
    ],
)
@pytest.mark.parametrize("target", ["/files/held.mkv", "/api/files/stream?path=/held.mkv"])
async def test_a_client_that_leaves_ends_its_read(library, port, hold_at, header, target):
    source = library.add("/held.mkv", MemorySource(SMALL, hold_at=hold_at))
    async with Client.connect(port) as client:
        client.send(target, header)
        async with soon():
            await source.held.wait()
            client.leave()
            await source.ended.wait()
    assert source.reading == 0


async def test_a_client_that_says_goodbye_ends_its_read(library, port):
    source = library.add("/held.mkv", MemorySource(SMALL, hold_at=50))
    async with Client.connect(port) as client:
        client.send("/files/held.mkv")
        async with soon():
            await source.held.wait()
            client.writer.close()
            await source.ended.wait()


async def test_twenty_clients_leave_at_once(library, port):
    sources = [library.add(f"/{n}.mkv", MemorySource(SMALL, hold_at=5 * n)) for n in range(20)]
    async with contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Client.connect(port)) for _ in sources]
        for n, client in enumerate(clients):
            client.send(f"/files/{n}.mkv")
        async with soon():
            for source in sources:
                await source.held.wait()
            for client in clients:
                client.leave()
            for source in sources:
                await source.ended.wait()
    assert [source.reading for source in sources] == [0] * 20
    assert (await curl(f"http://127.0.0.1:{port}/files/small.mkv")) == (0, SMALL)


async def test_a_client_that_leaves_with_a_full_line_ends_its_read(library, port):
    source = library.add("/long.mkv", MemorySource(bytes(64 << 20), chunk=ARTICLE))
    plug = small_buffers()
    plug.connect(("127.0.0.1", port))
    plug.setblocking(False)
    async with Client.connect(sock=plug, limit=1024) as client:
        client.send("/files/long.mkv")
        assert (await client.head()).status == 200
        client.leave()
        async with soon():
            await source.ended.wait()


async def test_a_held_client_does_not_hold_another(library, port):
    held = library.add("/held.mkv", MemorySource(SMALL, hold_at=50))
    async with Client.connect(port) as first, Client.connect(port) as second:
        first.send("/files/held.mkv")
        async with soon():
            await held.held.wait()
        assert (await second.get("/files/film.mkv")).body == DATA
        held.may_go_on.set()
        assert (await first.answer()).body == SMALL


async def test_long_bodies_arrive_whole(library, port):
    async with Client.connect(port) as client:
        assert (await client.get("/files/film.mkv")).body == DATA
        start, stop = ARTICLE - 1, 4 * ARTICLE + 1
        answer = await client.get("/files/film.mkv", f"Range: bytes={start}-{stop - 1}")
        assert (answer.status, answer.body) == (206, DATA[start:stop])


async def test_a_body_that_breaks_is_cut_short_at_once(library, port):
    fail_at = 3 * ARTICLE + 17
    source = library.add("/bad.mkv", MemorySource(DATA, chunk=ARTICLE, fail_at=fail_at))
    async with Client.connect(port) as client:
        client.send("/files/bad.mkv")
        client.send("/files/small.mkv")  # Pipelined; it dies with the connection.
        answer = await client.answer()
        assert (answer.body, answer.complete) == (DATA[:fail_at], False)
    assert source.reading == 0
    assert library.sources["/small.mkv"].opened == []
    status, body = await curl(f"http://127.0.0.1:{port}/files/bad.mkv")
    assert (status, body) == (18, DATA[:fail_at])  # 18: a partial file


async def test_a_connection_is_kept_after_errors_and_empty_answers(library, port):
    library.add("/bad.mkv", MemorySource(SMALL, fail_at=0))
    async with Client.connect(port) as client:
        for target, header, status in [
            ("/files/no.mkv", "X: y", 404),
            ("/files/bad.mkv", "X: y", 502),
            ("/files/bad.mkv", "Range: bytes=5-6,20-30", 502),
            ("/files/small.mkv", "Range: bytes=100-", 416),
            ("/files/small.mkv", "If-None-Match: *", 304),
            ("/files/small.mkv", 'If-Match: "x"', 412),
            ("/files/../small.mkv", "X: y", 400),
            ("/files/small.mkv", "X: y", 200),
        ]:
            assert (await client.get(target, header)).status == status
        assert (await client.get("/files/no.mkv", method="HEAD")).status == 404
        assert (await client.get("/files/small.mkv", method="HEAD")).status == 200
        assert (await client.get("/files/small.mkv")).body == SMALL


async def test_pipelined_requests_are_answered_in_turn(library, port):
    async with Client.connect(port) as client:
        for n in range(30):
            client.send("/files/small.mkv", f"Range: bytes={n}-{n + 9}")
            client.send("/files/no.mkv")
        for n in range(30):
            assert (await client.answer()).body == SMALL[n : n + 10]
            assert (await client.answer()).status == 404


async def test_leaving_drops_what_was_pipelined(library, port):
    held = library.add("/held.mkv", MemorySource(SMALL, hold_at=50))
    async with Client.connect(port) as client:
        client.send("/files/held.mkv")
        client.send("/files/small.mkv")
        async with soon():
            await held.held.wait()
            client.leave()
            await held.ended.wait()
    assert library.sources["/small.mkv"].opened == []


async def test_the_line_ends_after_http_1_0(library, port):
    async with Client.connect(port) as client:
        answer = await client.get("/files/small.mkv", "Range: bytes=-5", version="1.0")
        assert (answer.status, answer.body) == (206, SMALL[-5:])
        assert "transfer-encoding" not in answer.headers
        assert await client.at_end()


async def test_http_1_0_may_keep_the_line(library, port):
    async with Client.connect(port) as client:
        for _ in range(2):
            answer = await client.get("/files/small.mkv", "Connection: keep-alive", version="1.0")
            assert (answer.body, answer["Connection"].lower()) == (SMALL, "keep-alive")


async def test_a_client_may_ask_to_close(library, port):
    async with Client.connect(port) as client:
        assert (await client.get("/files/small.mkv", "Connection: close")).body == SMALL
        assert await client.at_end()


async def test_curl_reads_ranges(library, port):
    url = f"http://127.0.0.1:{port}/files/film.mkv"
    size = len(DATA)
    for wanted, expected in [
        ("0-0", DATA[:1]),
        ("700000-800000", DATA[700_000:800_001]),
        ("4000000-", DATA[4_000_000:]),
        ("-1000", DATA[-1000:]),
        (f"{size - 1}-{size + 1000}", DATA[-1:]),
    ]:
        assert await curl("-r", wanted, url) == (0, expected)
    assert library.sources["/film.mkv"].opened[-1] == Span(size - 1, size)


async def test_curl_reads_several_ranges(port):
    url = f"http://127.0.0.1:{port}/files/small.mkv"
    status, body = await curl("-i", "-r", "0-9,20-29", url)
    assert status == 0
    assert b"\r\nContent-Range: bytes 0-9/100\r\n\r\n" + SMALL[:10] + b"\r\n--" in body
    assert b"\r\nContent-Range: bytes 20-29/100\r\n\r\n" + SMALL[20:30] + b"\r\n--" in body


async def test_curl_resumes_and_is_told_what_it_has(tmp_path, port):
    url, part, tag = f"http://127.0.0.1:{port}/files/film.mkv", tmp_path / "part", tmp_path / "tag"
    part.write_bytes(DATA[:1_000_000])
    assert (await curl("-C", "-", "-o", str(part), url))[0] == 0
    assert part.read_bytes() == DATA
    assert (await curl("--etag-save", str(tag), "-o", str(part), url))[0] == 0
    seen = await curl("--etag-compare", str(tag), "-w", "%{http_code}", url)
    assert seen == (0, b"304")
    assert (await curl("-z", str(part), "-w", "%{http_code}", url)) == (0, b"304")


async def test_curl_asks_for_the_head(library, port):
    status, body = await curl("-I", f"http://127.0.0.1:{port}/files/film.mkv")
    assert (status, body[:15]) == (0, b"HTTP/1.1 200 OK")
    assert f"content-length: {len(DATA)}" in body.decode().lower()
    assert library.sources["/film.mkv"].opened == []
