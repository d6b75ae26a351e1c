from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from altmount.newsserver.ring import ring
from altmount.newsserver.yenc import PartHeader
from tests.unit.newsserver.talk import decoded

RING = ring()
lines = st.integers(0, RING.lines - 1)
sizes = st.integers(1, 3000) | st.integers(len(RING.plain) - 200, 2 * len(RING.plain) + 200)


def plain(line, start, stop):
    return b"".join(RING.read(line, start, stop))


@given(lines, sizes)
def test_a_run_is_yenc_text_of_the_bytes_that_are_read(line, size):
    pieces, checksum = RING.run(line, size)
    header = PartHeader("x", 1, 1, size, 0, size)
    body = decoded((header.opening(), *pieces, header.closing(checksum)))
    assert bytes(body.data) == plain(line, 0, size)
    assert body.crc == body.crc_expected == zlib.crc32(plain(line, 0, size))


def test_a_run_of_nothing_is_nothing():
    assert RING.run(5, 0) == ([], 0)
    assert RING.read(5, 7, 7) == []


def test_a_run_from_the_last_line_goes_on_at_the_first():
    last = RING.lines - 1
    size = RING.plain_starts[-1] - RING.plain_starts[last]
    assert plain(last, size, size + 100) == RING.plain[:100]


@given(lines, st.integers(0, 5_000_000), st.integers(0, 1000), st.integers(0, 1000))
def test_reading_on_is_reading_at_once(line, start, first, second):
    cut, stop = start + first, start + first + second
    assert plain(line, start, cut) + plain(line, cut, stop) == plain(line, start, stop)


def test_making_the_text_costs_no_copy_of_whole_lines():
    pieces, _ = RING.run(100, 716_672)
    assert sum(len(piece) for piece in pieces if isinstance(piece, memoryview)) > 730_000


def test_there_is_one_ring():
    assert ring() is RING
