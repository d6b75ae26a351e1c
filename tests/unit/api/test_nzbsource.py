from __future__ import annotations

import asyncio

import pytest

from altmount.api.nzbsource import MAX_NZB_BYTES, NzbSource
from altmount.errors import InvalidRequestError
from altmount.fetch.fetch import Bounds
from altmount.fetch.page import Page
from altmount.importer.refusals import Reason, Refusal
from altmount.nzb.parse import parse_nzb
from tests.support.clock import jumping_loop
from tests.support.program import synthetic

NZB = synthetic(3000, article_size=1000)
BOUNDS = Bounds(MAX_NZB_BYTES, 5.0)


class Parser:
    def __init__(self):
        self.paths = []

    async def parse(self, path):
        self.paths.append(path)
        data = path.read_bytes()
        if not data.startswith(b"<"):
            raise Refusal(Reason.NOT_AN_NZB, "that is no NZB")
        return parse_nzb(data)


class Web:
    def __init__(self):
        self.asked = []

    async def get(self, url, bounds):
        self.asked.append(url)
        return Page(NZB)


@pytest.fixture
def parser():
    return Parser()


@pytest.fixture
def web():
    return Web()


async def test_an_nzb_that_was_sent_leaves_no_file_behind(parser):
    post = await NzbSource("", parser, BOUNDS).from_bytes(NZB, "film.nzb")
    assert len(post.articles) == 3
    assert post.name == "film.nzb"
    assert not parser.paths[0].exists()


async def test_what_is_no_nzb_leaves_none_either(parser):
    with pytest.raises(Refusal):
        await NzbSource("", parser, BOUNDS).from_bytes(b"junk", "film.nzb")
    assert not parser.paths[0].exists()


async def test_the_settings_may_name_a_file(parser, tmp_path):
    path = tmp_path / "test.nzb"
    path.write_bytes(NZB)
    assert len((await NzbSource(str(path), parser, BOUNDS).default()).articles) == 3
    assert path.exists()


async def test_a_file_that_is_not_there_or_is_too_large_is_refused(parser, tmp_path):
    path = tmp_path / "test.nzb"
    with pytest.raises(InvalidRequestError, match=r"speed_test\.nzb"):
        await NzbSource(str(path), parser, BOUNDS).default()
    with path.open("wb") as file:
        file.truncate(MAX_NZB_BYTES + 1)
    with pytest.raises(InvalidRequestError, match="more than"):
        await NzbSource(str(path), parser, BOUNDS).default()
    assert parser.paths == []


async def test_without_a_setting_it_is_said_what_to_do(parser):
    with pytest.raises(InvalidRequestError, match=r"upload an NZB.*speed_test\.nzb"):
        await NzbSource("", parser, BOUNDS).default()


def test_the_settings_may_name_a_url_which_is_asked_once_an_hour(parser, web):
    async def live():
        source = NzbSource("https://example.com/a.nzb", parser, BOUNDS, get=web.get)
        assert len((await source.default()).articles) == 3
        await asyncio.sleep(3000)
        await source.default()
        assert web.asked == ["https://example.com/a.nzb"]
        await asyncio.sleep(700)
        await source.default()
        assert len(web.asked) == 2

    async def kept():  # the jumping loop has no threads that wake it
        loop = asyncio.get_running_loop()
        loop.run_in_executor = lambda _, work, *arguments: _done(loop, work(*arguments))
        await live()

    with asyncio.Runner(loop_factory=jumping_loop) as runner:
        runner.run(kept())


def _done(loop, result):
    future = loop.create_future()
    future.set_result(result)
    return future
