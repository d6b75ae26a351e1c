from __future__ import annotations

import json

import pytest

from altmount.articles import ArticleDamagedError, ArticleMissingError, ArticleUnavailableError
from altmount.errors import NotFoundError, PermanentError, TemporaryError
from altmount.spans import Span
from tests.support.serving import Client, serving, streaming_application
from tests.support.sources import MemoryLibrary, MemorySource

DATA = bytes(range(100))


@pytest.fixture
def library():
    return MemoryLibrary()


@pytest.fixture
def source(library):
    return library.add("/films/a b.mkv", MemorySource(DATA), etag="tag")


@pytest.fixture
async def client(library):
    async with (
        serving(streaming_application(library)) as port,
        Client.connect(port) as client,
    ):
        yield client


BY_URL, BY_QUERY = "/files/films/a%20b.mkv", "/api/files/stream?path=/films/a%20b.mkv"


@pytest.mark.parametrize("target", [BY_URL, BY_QUERY, BY_QUERY + "&download_key=x"])
async def test_the_whole_file(client, source, target):
    answer = await client.get(target)
    assert (answer.status, answer.body) == (200, DATA)
    assert answer["Content-Type"] == "video/x-matroska"
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["ETag"] == '"tag"'
    assert answer["Last-Modified"] == "Thu, 29 Feb 2024 12:30:15 GMT"
    assert answer["Content-Disposition"] == "inline; filename*=UTF-8''a%20b.mkv"
    assert "transfer-encoding" not in answer.headers
    assert "content-encoding" not in answer.headers
    assert source.opened == [Span(0, 100)]


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=15-34", Span(15, 35)),
        ("bytes=90-", Span(90, 100)),
        ("bytes=-7", Span(93, 100)),
        ("bytes=95-5000", Span(95, 100)),
        ("bytes=-5000", Span(0, 100)),
        ("bytes=0-0", Span(0, 1)),
    ],
)
async def test_a_range(client, source, header, span):
    answer = await client.get(BY_URL, f"Range: {header}")
    assert (answer.status, answer.body) == (206, DATA[span.start : span.stop])
    assert answer["Content-Range"] == f"bytes {span.start}-{span.stop - 1}/100"
    assert source.opened == [span]


async def test_several_ranges(client, source):
    answer = await client.get(BY_URL, "Range: bytes=50-64,0-9,-5")
    boundary = answer["Content-Type"].removeprefix("multipart/byteranges; boundary=")
    assert answer.status == 206
    parts = answer.body.split(f"--{boundary}".encode())
    assert [part[-17:-2] for part in parts[1:2]] == [DATA[50:65]]
    assert b"Content-Range: bytes 0-9/100\r\n\r\n" + DATA[:10] + b"\r\n" in parts[2]
    assert b"Content-Range: bytes 95-99/100\r\n\r\n" + DATA[95:] + b"\r\n" in parts[3]
    assert parts[4] == b"--\r\n"
    assert source.opened == [Span(50, 65), Span(0, 10), Span(95, 100)]


async def test_boundaries_cannot_be_foretold(client, source):
    answers = [await client.get(BY_URL, "Range: bytes=0-0,5-5") for _ in range(2)]
    assert answers[0]["Content-Type"] != answers[1]["Content-Type"]


async def test_a_range_outside(client, source):
    answer = await client.get(BY_URL, "Range: bytes=100-")
    assert (answer.status, answer["Content-Range"]) == (416, "bytes */100")
    assert source.opened == []


@pytest.mark.parametrize("header", ["bytes=5-2", "lines=1-2", "bytes=a-", "bytes=0-1\r\nRange: x"])
async def test_a_range_that_makes_no_sense_is_ignored(client, source, header):
    answer = await client.get(BY_URL, f"Range: {header}")
    assert (answer.status, answer.body) == (200, DATA)


async def test_an_empty_file(client, library):
    source = library.add("/empty.txt", b"")
    answer = await client.get("/files/empty.txt", "Range: bytes=0-")
    assert (answer.status, answer.body, answer["Content-Type"]) == (200, b"", "text/plain")
    assert source.opened == []


@pytest.mark.parametrize("headers", [(), ("Range: bytes=5-9",), ("Range: bytes=100-",)])
async def test_a_head_is_the_head_of_a_whole_get_and_opens_nothing(client, source, headers):
    got = await client.get(BY_URL)
    source.opened.clear()
    answer = await client.get(BY_URL, *headers, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert {**answer.headers, "date": ""} == {**got.headers, "date": ""}
    assert source.opened == []


@pytest.mark.parametrize(
    "header",
    [
        'If-None-Match: "tag"',
        'If-None-Match: "x"\r\nIf-None-Match: W/"tag"',
        "If-Modified-Since: Thu, 29 Feb 2024 12:30:15 GMT",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_client_that_has_it_gets_nothing(client, source, header, method):
    answer = await client.get(BY_URL, header, "Range: bytes=5-9", method=method)
    assert (answer.status, answer["ETag"]) == (304, '"tag"')
    assert "content-length" not in answer.headers
    assert source.opened == []
    assert (await client.get(BY_URL)).status == 200  # still in step


@pytest.mark.parametrize(
    "header", ['If-Match: "old"', "If-Unmodified-Since: Thu, 29 Feb 2024 12:30:14 GMT"]
)
async def test_a_client_that_wants_another_version_gets_nothing(client, source, header):
    answer = await client.get(BY_URL, header)
    assert (answer.status, answer["ETag"]) == (412, '"tag"')
    assert source.opened == []


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ('"tag"', 206),
        ("Thu, 29 Feb 2024 12:30:15 GMT", 206),
        ('"old"', 200),
        ('W/"tag"', 200),
        ("Thu, 29 Feb 2024 12:30:14 GMT", 200),
    ],
)
async def test_a_range_of_the_version_that_the_client_holds(client, source, value, status):
    answer = await client.get(BY_URL, "Range: bytes=5-9", f"If-Range: {value}")
    assert (answer.status, answer.body) == (status, DATA[5:10] if status == 206 else DATA)


async def test_what_is_not_there(client):
    answer = await client.get("/files/no.mkv")
    assert (answer.status, answer.body.splitlines()[0]) == (404, b"there is no /no.mkv")
    answer = await client.get("/api/files/stream?path=/no.mkv")
    said = json.loads(answer.body)
    assert (answer.status, said["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("target", ["/files", "/files/", "/files/films", "/files/films/"])
async def test_a_folder_is_said_to_be_one(client, source, target):
    answer = await client.get(target)
    assert answer.status == 404
    assert b"is a folder" in answer.body


@pytest.mark.parametrize(
    "target",
    [
        "/files/films%2Fa%20b.mkv",
        "/files/films/%00",
        "/files/films/../films/a%20b.mkv",
        "/files/films/%2e%2e/films/a%20b.mkv",
        "/files//films/a%20b.mkv",
        "/files/%ff",
        "/files/\udcff",
        "/api/files/stream",
        "/api/files/stream?path=",
        "/api/files/stream?path=/../a",
        "/api/files/stream?path=%ff",
    ],
)
async def test_a_path_that_makes_no_sense_is_refused(client, source, target):
    assert (await client.get(target)).status == 400
    assert source.opened == []


async def test_a_path_may_be_spelt_in_other_ways(client, library):
    library.add("/é%25.mkv", DATA)
    for target in (
        "/files/%c3%a9%2525.mkv",
        "/%66iles/e%cc%81%2525.mkv",
        "http://x/files/%C3%A9%2525.mkv",
    ):
        answer = await client.get(target)
        assert (answer.status, answer.body) == (200, DATA), target


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_files_are_only_read(client, source, method):
    answer = await client.get(BY_URL, method=method)
    assert (answer.status, answer["Allow"]) == (405, "GET,HEAD")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ArticleMissingError("a@b"), 502),
        (ArticleDamagedError("a@b", "wrong CRC"), 502),
        (PermanentError("the sidecar is damaged"), 502),
        (ArticleUnavailableError("a@b", "every provider is busy"), 503),
        (TemporaryError("busy"), 503),
        (NotFoundError("gone meanwhile"), 404),
        (OSError("disk"), 500),
    ],
)
@pytest.mark.parametrize("header", ["X: y", "Range: bytes=20-29", "Range: bytes=20-29,0-5"])
@pytest.mark.filterwarnings("ignore")
async def test_an_error_before_the_first_byte_is_a_status(client, library, error, status, header):
    source = library.add("/bad.mkv", MemorySource(DATA, fail_at=0, error=error))
    answer = await client.get("/files/bad.mkv", header)
    assert answer.status == status
    if status != 500:
        assert str(error).encode() in answer.body
    assert "etag" not in answer.headers
    assert source.reading == 0

    library.source_error = error
    assert (await client.get("/files/bad.mkv")).status == status  # on the same connection


async def test_an_error_within_the_body_closes_the_connection_short(client, library, caplog):
    source = library.add("/bad.mkv", MemorySource(DATA, fail_at=57))
    answer = await client.get("/files/bad.mkv")
    assert (answer.status, answer.body, answer.complete) == (200, DATA[:57], False)
    assert source.reading == 0
    assert [record.getMessage() for record in caplog.records] == [
        "'/bad.mkv' was cut off: article <a@b> is on no provider"
    ]


async def test_an_error_within_a_later_part_closes_the_connection_short(client, library):
    library.add("/bad.mkv", MemorySource(DATA, fail_at=57))
    answer = await client.get("/files/bad.mkv", "Range: bytes=0-9,50-69")
    assert not answer.complete
    assert answer.body.endswith(DATA[50:57])


async def test_an_unexpected_error_within_the_body_is_logged_with_its_trace(
    client, library, caplog
):
    library.add("/bad.mkv", MemorySource(DATA, fail_at=57, error=ValueError("a defect")))
    answer = await client.get("/files/bad.mkv")
    assert (answer.body, answer.complete) == (DATA[:57], False)
    assert "ValueError: a defect" in caplog.text
    assert "Traceback" in caplog.text
