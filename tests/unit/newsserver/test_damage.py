from __future__ import annotations

import random

import pytest

from altmount.newsserver.damage import damaged
from altmount.newsserver.knobs import Fault, FaultKind
from altmount.newsserver.posting import Envelope
from altmount.newsserver.spool import Article, Spool
from tests.unit.newsserver.talk import decoded, unstuffed, yenc_decode

DATA = random.Random(1).randbytes(2500)


@pytest.fixture
def spool():
    return Spool()


@pytest.fixture
def article(spool):
    return Article(spool.post_bytes("a.bin", DATA, Envelope(1000)), 2)


def wrong(article, spool, kind, **values):
    return yenc_decode(unstuffed(damaged(article, Fault(kind, **values), spool)))


@pytest.mark.parametrize(("kind", "checks"), [(FaultKind.CORRUPT, False), (FaultKind.FORGED, True)])
def test_one_byte_is_another(article, spool, kind, checks):
    body = wrong(article, spool, kind)
    differing = [a != b for a, b in zip(body.payload, article.payload(), strict=True)]
    assert sum(differing) == 1
    assert body.checks is checks


def test_without_a_checksum_the_bytes_are_right(article, spool):
    body = wrong(article, spool, FaultKind.UNCHECKED)
    assert body.payload == article.payload()
    assert "pcrc32" not in body.closing


@pytest.mark.parametrize(("at", "size"), [(0, 500), (1, 1), (999, 999)])
def test_a_short_body_says_it_is_whole(article, spool, at, size):
    body = wrong(article, spool, FaultKind.SHORT, at=at)
    assert body.payload == article.payload()[:size]
    assert body.checks
    assert body.closing["size"] == "1000"
    assert body.part == {"begin": "1001", "end": "2000"}


def test_a_long_body_says_it_is_not(article, spool):
    body = wrong(article, spool, FaultKind.LONG)
    assert len(body.payload) > 1000
    assert body.payload.startswith(article.payload())
    assert body.closing["size"] == "1000"


@pytest.mark.parametrize("at", [0, 1, 10, 300, 900, 10**6])
def test_a_truncated_body_ends_with_a_line(article, spool, at):
    text = b"".join(damaged(article, Fault(FaultKind.TRUNCATED, at=at), spool))
    whole = b"".join(article.body())
    assert whole.startswith(text)
    assert text in (b"", whole) or text.endswith(b"\r\n")
    assert min(at, len(whole)) - 140 < len(text) <= at


def test_a_foreign_body_is_another_parts(article, spool):
    assert wrong(article, spool, FaultKind.FOREIGN).payload == DATA[2000:]
    other = article.posting.message_id(1)
    assert wrong(article, spool, FaultKind.FOREIGN, other=other).payload == DATA[:1000]


def test_a_foreign_body_that_is_not_there_is_empty(article, spool):
    assert damaged(article, Fault(FaultKind.FOREIGN, other="none"), spool) == ()


def test_the_header_lies_about_the_file(article, spool):
    assert wrong(article, spool, FaultKind.WRONG_SIZE).opening["size"] == "2501"
    body = wrong(article, spool, FaultKind.WRONG_RANGE)
    assert body.part == {"begin": "1002", "end": "2001"}
    assert body.payload == article.payload()


@pytest.mark.parametrize("text", ["hello", ".", ".hidden"])
def test_text_is_no_yenc(article, spool, text):
    [line] = damaged(article, Fault(FaultKind.TEXT, text=text), spool)
    assert unstuffed([line]) == f"{text}\r\n".encode()
    assert decoded([line]).data is None


def test_other_faults_leave_bodies_alone(article, spool):
    assert damaged(article, Fault(FaultKind.DELAY), spool) is None
