from __future__ import annotations

import pytest
from aiohttp import web

from altmount.fetch.downloader import Downloader
from altmount.fetch.errors import FetchRefusedError
from tests.support.program import free_port
from tests.support.serving import serving

KEY = "s" * 32


class Other:
    """A SABnzbd that answers what it is told to."""

    def __init__(self):
        self.said = {"status": True, "nzo_ids": ["SABnzbd_nzo_x"]}
        self.status = 200
        self.asked = self.file = None

    async def handle(self, request):
        form = dict(await request.post())
        file = form.pop("nzbfile")
        self.file = (file.filename, file.file.read())
        self.asked = form
        if isinstance(self.said, bytes):
            return web.Response(body=self.said, status=self.status)
        return web.json_response(self.said, status=self.status)


@pytest.fixture
def other():
    return Other()


@pytest.fixture
async def base(other):
    application = web.Application()
    application.add_routes([web.post("/sabnzbd/api", other.handle)])
    async with serving(application) as port:
        yield f"http://127.0.0.1:{port}/sabnzbd"


async def test_an_nzb_is_handed_over_as_a_form(base, other):
    taken = await Downloader(base, KEY).add(b"<nzb/>", "A Film", "TV", 1, "s3cret")
    assert taken == "SABnzbd_nzo_x"
    assert other.file == ("A Film.nzb", b"<nzb/>")
    assert other.asked == {
        "mode": "addfile",
        "output": "json",
        "apikey": KEY,
        "nzbname": "A Film",
        "priority": "1",
        "cat": "TV",
        "password": "s3cret",
    }


async def test_what_is_not_known_is_not_said(base, other):
    await Downloader(base, KEY).add(b"<nzb/>", "A Film", None, 0, None)
    assert not {"cat", "password"} & set(other.asked)


@pytest.mark.parametrize(
    ("status", "said", "text"),
    [
        (200, {"status": False, "error": "API Key Incorrect"}, "says: API Key Incorrect"),
        (200, {"status": True, "nzo_ids": []}, "does not answer as SABnzbd does"),
        (200, {"status": False}, "does not answer as SABnzbd does"),
        (200, [], "does not answer as SABnzbd does"),
        (200, b"<html>", "does not answer as SABnzbd does"),
        (200, b"[" * 200_000, "does not answer as SABnzbd does"),
        (403, b"no", "answers 403"),
        (302, b"", "answers 302"),
    ],
)
async def test_who_does_not_take_it_is_named_without_the_key(base, other, status, said, text):
    other.status, other.said = status, said
    with pytest.raises(FetchRefusedError, match=text) as caught:
        await Downloader(base, KEY).add(b"<nzb/>", "A Film", None, 0, None)
    assert base in str(caught.value)
    assert KEY not in str(caught.value)


async def test_one_that_is_not_there_is_named():
    with pytest.raises(FetchRefusedError, match="cannot be asked"):
        await Downloader(f"http://127.0.0.1:{free_port()}", KEY).add(b"n", "n", None, 0, None)


def test_its_key_is_not_shown():
    assert KEY not in repr(Downloader("http://sab", KEY))
