from __future__ import annotations

import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from altmount.newsserver.yenc import PartHeader, body_of, encode, whole_body_of
from tests.unit.newsserver.talk import decoded, unstuffed, yenc_decode

#: Bytes that yEnc escapes, at least in some places, come more often than by chance.
AWKWARD = bytes((value - 42) % 256 for value in (0, 9, 10, 13, 32, 46, 61))
payloads = st.lists(
    st.binary(max_size=200) | st.sampled_from(AWKWARD).map(lambda value: bytes([value])),
    max_size=40,
).map(b"".join)


def header_of(size):
    return PartHeader(name='a "b" c.bin', number=2, total=3, file_size=9999, begin=100, size=size)


def text_of(payload):
    pieces, crc = encode(payload)
    assert crc == zlib.crc32(payload)
    return b"".join(pieces)


@given(payloads)
@example(b"\x04" * 1000)
@example(b"\x04" * 70_000)
@example(AWKWARD * 100)
def test_an_article_decodes_to_what_was_encoded(payload):
    body = whole_body_of(header_of(len(payload)), payload)

    slow = yenc_decode(unstuffed(body))
    assert slow.payload == payload
    assert slow.checks
    if payload:  # a body of nothing is no body to sabctools
        fast = decoded(body)
        assert bytes(fast.data) == payload
        assert fast.crc == fast.crc_expected == zlib.crc32(payload)


@given(payloads)
def test_no_line_is_taken_for_the_end_of_the_article(payload):
    lines = text_of(payload).split(b"\r\n")
    assert b"." not in lines
    assert all(line.startswith(b"..") for line in lines if line.startswith(b"."))


@given(st.binary(min_size=1000, max_size=2000))
def test_full_lines_are_128_characters_long_or_129_where_the_last_is_escaped(payload):
    *full, _last, rest = text_of(payload).split(b"\r\n")
    assert rest == b""
    for line in full:
        # What was stuffed is not part of the line.
        size = len(line) - line.startswith(b"..")
        assert size in {127, 128, 129} if line.startswith(b"..") else size in {128, 129}


def test_the_header_lines_say_what_the_format_wants():
    body = whole_body_of(header_of(4), b"1234")
    assert unstuffed(body).split(b"\r\n") == [
        b'=ybegin part=2 total=3 line=128 size=9999 name=a "b" c.bin',
        b"=ypart begin=101 end=104",
        b"[\\]^",
        b"=yend size=4 part=2 pcrc32=9be3e0a3",
        b"",
    ]


def test_a_dot_at_the_start_of_a_line_is_stuffed():
    assert text_of(b"\x04" * 130).split(b"\r\n")[:2] == [b".." + b"." * 126, b"...."]


def test_a_dot_at_the_start_of_a_line_far_behind_is_escaped():
    *_, last, rest = text_of(b"\x04" * 70_000).split(b"\r\n")
    assert last.startswith(b"=n.")
    assert rest == b""


@pytest.mark.parametrize(("crc", "expected"), [(0xABC, 0xABC), (None, None)])
def test_the_checksum_is_what_it_is_told_to_be(crc, expected):
    assert decoded(body_of(header_of(4), b"1234", crc=crc)).crc_expected == expected
