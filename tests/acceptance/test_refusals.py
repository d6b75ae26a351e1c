"""Each reason of a refusal, with a post on a news server, to the answer of the API."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable

import pytest

from altmount.importer.refusals import Reason
from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.nzb import nzb_lines
from altmount.newsserver.posting import Envelope
from altmount.newsserver.server import NewsServer
from tests.support.client import fetch
from tests.support.program import KEY, serving
from tests.support.rars import File, rar5
from tests.support.sevenzips import LZMA, sevenzip
from tests.support.sevenzips import File as SevenZipFile

FILM = b"\x1a\x45\xdf\xa3" + random.Random(1).randbytes(400_000)
ARTICLE = 10_000


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


class Post:
    """Files on the news server, and their NZB."""

    def __init__(self, news):
        self.news = news
        self.postings = []
        self.metas = {}

    def add(self, name, data):
        envelope = Envelope(article_size=ARTICLE)
        self.postings.append(self.news.spool.post_bytes(name, data, envelope))

    def volumes(self, volumes, name="Film.part{:02}.rar", leave_out=()):
        for number, data in enumerate(volumes, 1):
            if number not in leave_out:
                self.add(name.format(number), data)

    def take_down(self, *numbers):
        ids = [self.postings[0].message_id(number) for number in numbers]
        self.news.knobs = Knobs(faults=tuple(Fault(FaultKind.MISSING, each) for each in ids))

    @property
    def nzb(self):
        return "".join(nzb_lines(self.postings, self.metas)).encode()


def not_an_nzb(_post):
    return b"<html>too many requests</html>"


def malformed(_post):
    return b'<?xml version="1.0" encod'


def entities(_post):
    return b'<!DOCTYPE nzb [<!ENTITY a "b">]><nzb>&a;</nzb>'


def empty(_post):
    return b"<nzb></nzb>"


def incomplete(post):
    post.add("Film.mkv", FILM)
    return re.sub(rb" *<segment [^>]*number=\"7\">[^<]*</segment>\n", b"", post.nzb)


def articles_missing(post):
    post.add("Film.mkv", FILM)
    post.news.knobs = Knobs(faults=(Fault(FaultKind.MISSING),))


def split_set_incomplete(post):
    for number in (1, 2, 4):
        post.add(f"Film.mkv.{number:03}", FILM[number * 90_000 - 90_000 : number * 90_000])


def volumes_missing(post):
    post.volumes(rar5([File("Film.mkv", FILM)], volume_size=60_000), leave_out={3})


def archive_damaged(post):
    post.add("Film.rar", rar5([File("Film.mkv", FILM)])[0].replace(b"Film.mkv", b"Film.avi"))


def compressed(post):
    post.add("Film.7z", sevenzip([SevenZipFile("Film.mkv", FILM)], method=LZMA)[0])


def encrypted(post):
    post.volumes(rar5([File("Film.mkv", FILM)], volume_size=60_000, password="s3cret"))


def wrong_password(post):
    encrypted(post)
    post.metas["password"] = "another"


def archives_unsupported(post):
    """An archive of before RAR 1.5."""
    post.add("Film.rar", b"RE~^" + FILM)


def no_media(post):
    post.add("setup.exe", b"MZ" + FILM)


def not_playable(post):
    post.add("Film.mkv", FILM[4:])


def too_damaged(post):
    post.add("Film.mkv", FILM)
    post.take_down(20, 21, 22, 23, 24)


CASES: list[Callable] = [
    *(not_an_nzb, malformed, entities, empty, incomplete, articles_missing),
    *(split_set_incomplete, volumes_missing, archive_damaged, compressed, encrypted),
    *(wrong_password, archives_unsupported, no_media, not_playable, too_damaged),
]
ELSEWHERE = {
    Reason.TOO_LARGE: "tests/unit/nzb/test_limits.py",
    Reason.TOO_EXPENSIVE: "tests/unit/importer/test_parsing.py",
    Reason.UNEVEN_PARTS: "tests/unit/importer/test_plan.py",
    Reason.PROVIDERS_UNAVAILABLE: "tests/unit/importer/test_worker.py",
    Reason.NOT_FETCHED: "tests/unit/importer/test_grabbing.py",
    Reason.DUPLICATE: "tests/unit/importer/test_urls.py",
    Reason.HANDED_ON: "tests/acceptance/test_sabnzbd.py",
    Reason.CANCELLED: "tests/unit/importer/test_steering.py",
    Reason.STORAGE: "tests/unit/importer/test_refusals.py",
    Reason.INTERNAL: "tests/unit/importer/test_worker.py",
}
"""Those that no post alone brings about."""


@pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
async def test_a_post_that_cannot_be_shown_is_refused_with_its_reason(tmp_path, news, make):
    post = Post(news)
    nzb = make(post) or post.nzb
    async with serving(tmp_path, news) as program:
        job = await program.bring(nzb)
        headers = [f"X-Api-Key: {KEY}"]
        reply = await fetch(program.port, f"/api/queue/{job.id}", headers=headers, login=False)
    said = json.loads(reply.body)["data"]
    assert (said["status"], said["error_code"]) == ("failed", make.__name__.replace("_", "-"))
    assert len(said["error_message"]) > 20
    assert said["storage_path"] is None


def test_every_reason_has_such_a_test_or_one_elsewhere():
    codes = {make.__name__.replace("_", "-") for make in CASES}
    assert codes | {reason.value for reason in ELSEWHERE} == {reason.value for reason in Reason}
