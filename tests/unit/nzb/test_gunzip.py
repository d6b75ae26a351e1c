from __future__ import annotations

import gzip
import random
import tracemalloc

import pytest

from altmount.nzb.errors import NzbError, NzbFault
from altmount.nzb.gunzip import gunzip

NOISE = random.Random(1).randbytes(50_000)


def test_what_is_not_packed_stays_as_it_is():
    assert gunzip(b"<nzb/>", 10) == b"<nzb/>"


def test_members_are_strung_together():
    assert gunzip(gzip.compress(b"ab") + gzip.compress(b"cd"), 4) == b"abcd"


def test_what_follows_the_last_member_is_dropped():
    assert gunzip(gzip.compress(b"ab") + b"\0\0padding", 4) == b"ab"


def test_a_packed_file_that_breaks_off_gives_its_beginning():
    unpacked = gunzip(gzip.compress(NOISE)[:25_000], 10**6)
    assert len(unpacked) > 20_000
    assert NOISE.startswith(unpacked)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_is_refused(layers):
    bomb = gzip.compress(bytes(20_000_000)) * layers
    tracemalloc.start()
    try:
        with pytest.raises(NzbError) as caught:
            gunzip(bomb, 1_000_000 * layers)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.code is NzbFault.TOO_LARGE
    assert peak < 10_000_000


def test_nothing_in_it_is_an_error():
    with pytest.raises(NzbError, match="damaged"):
        gunzip(gzip.compress(b""), 10)
