from __future__ import annotations

import asyncio

import pytest

from altmount.library.paths import VirtualPath
from altmount.streaming.monitor import Reader, Streams
from tests.support.serving import Client, serving, streaming_application
from tests.support.sources import MemoryLibrary, MemorySource

PATH = VirtualPath("/films/film.mkv")
READER = Reader("192.0.2.1", "mpv")


class Counter:
    sent = 0

    def cut_off(self):
        pass


@pytest.fixture
def streams():
    return Streams()


def test_a_stream_is_in_the_list_while_it_is_sent_and_its_bytes_stay(streams):
    progress = Counter()
    with streams.watch("files", PATH, 100, READER, progress) as stream:
        progress.sent = 40
        assert list(streams) == [stream]
        assert (stream.sent, streams.sent, streams.open) == (40, 40, {"files": 1})
        with streams.watch("stream", PATH, 100, READER, Counter()) as other:
            assert other.number != stream.number
        progress.sent = 70
    assert list(streams) == []
    assert streams.sent == 70
    assert streams.open == {}
    assert streams.opened == {"files": 1, "stream": 1}


def test_one_that_fails_leaves_the_list_too(streams):
    with (
        pytest.raises(ValueError, match="broken"),
        streams.watch("files", PATH, 1, READER, Counter()),
    ):
        raise ValueError("broken")
    assert list(streams) == []


def test_what_a_client_calls_itself_is_bounded():
    assert len(Reader("a", "x" * 100_000).agent) == 200


async def test_a_read_shows_who_reads_what_and_how_much_it_got(streams):
    library = MemoryLibrary()
    source = library.add("/films/film.mkv", MemorySource(b"x" * 100, hold_at=50), etag="tag")
    application = streaming_application(library, streams=streams)
    async with serving(application) as port, Client.connect(port) as client:
        client.send("/files/films/film.mkv", "User-Agent: mpv 1.0")
        await client.head()
        await source.held.wait()
        [stream] = streams
        assert (stream.door, stream.path, stream.size, stream.sent) == ("files", PATH, 100, 50)
        assert stream.reader == Reader("127.0.0.1", "mpv 1.0")
        client.leave()
        async with asyncio.timeout(5):
            await source.ended.wait()
            while list(streams):
                await asyncio.sleep(0)
        assert streams.sent == 50


async def test_a_head_request_and_one_that_is_refused_are_no_streams(streams):
    library = MemoryLibrary()
    library.add("/films/film.mkv", MemorySource(b"x" * 100), etag="tag")
    application = streaming_application(library, streams=streams)
    async with serving(application) as port, Client.connect(port) as client:
        assert (await client.get("/files/films/film.mkv", method="HEAD")).status == 200
        assert (await client.get("/files/films/none.mkv")).status == 404
        answer = await client.get("/files/films/film.mkv", "Range: bytes=10-19")
        assert len(answer.body) == 10
        async with asyncio.timeout(5):
            while list(streams):
                await asyncio.sleep(0)
    assert (streams.opened, streams.sent) == ({"files": 1}, 10)
