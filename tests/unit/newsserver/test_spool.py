from __future__ import annotations

from email.parser import BytesHeaderParser

import pytest

from altmount.newsserver.posting import Envelope
from altmount.newsserver.spool import Spool
from altmount.newsserver.synthetic import SyntheticPosting


@pytest.fixture
def spool():
    return Spool()


def test_every_article_of_a_post_is_found_and_no_other(spool):
    posting = spool.post_bytes("a.bin", bytes(range(250)), Envelope(100))
    articles = [spool.find(posting.message_id(number)) for number in (1, 2, 3)]
    assert [article.payload() for article in articles] == [
        bytes(range(100)),
        bytes(range(100, 200)),
        bytes(range(200, 250)),
    ]
    assert spool.find(posting.message_id(4)) is None
    assert spool.find(posting.message_id(0)) is None
    assert spool.find("nothing@posted") is None
    assert spool.find(posting.message_id(1).replace("p1.", "p01.")) is None


def test_a_file_on_disk_can_be_posted_under_another_name(spool, tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"hello")
    posting = spool.post_file(path, name="b.bin")
    article = spool.find(posting.message_id(1))
    assert article.header().name == "b.bin"
    assert article.payload() == b"hello"


def test_synthetic_articles_need_not_be_posted(spool):
    message_id = SyntheticPosting(3, 1000, Envelope(100)).message_id(10)
    assert spool.find(message_id).message_id == message_id


def test_the_neighbour_is_another_part_where_there_is_one(spool):
    posting = spool.post_bytes("a.bin", bytes(250), Envelope(100))
    neighbours = [spool.find(posting.message_id(n)).neighbour.number for n in (1, 2, 3)]
    assert neighbours == [2, 3, 2]
    lone = spool.post_bytes("b.bin", b"x")
    assert spool.find(lone.message_id(1)).neighbour.number == 1


def test_the_headers_are_those_of_a_news_article(spool):
    posting = spool.post_bytes("ä.bin", bytes(250), Envelope(100, groups=("a.b", "c.d")))
    headers = spool.find(posting.message_id(2)).headers()
    assert headers.endswith(b"\r\n")
    parsed = BytesHeaderParser().parsebytes(headers)
    assert parsed["Message-ID"] == f"<{posting.message_id(2)}>"
    assert parsed["Newsgroups"] == "a.b,c.d"
    assert parsed["Date"] == "Thu, 01 Jan 2026 12:00:00 +0000"
    assert '[1/1] - "ä.bin" yEnc (2/3)'.encode() in headers
