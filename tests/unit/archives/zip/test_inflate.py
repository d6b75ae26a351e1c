from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.zip.inflate import inflate
from tests.support.archives import little_memory


def deflated(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


@given(st.binary(max_size=500))
def test_what_was_deflated_is_unpacked(data):
    assert inflate(deflated(data), len(data), zlib.crc32(data)) == data


@pytest.mark.parametrize(
    ("packed", "size", "crc"),
    [
        (deflated(b"hello"), 5, 0),
        (deflated(b"hello"), 4, zlib.crc32(b"hell")),
        (deflated(b"hello"), 6, zlib.crc32(b"hello")),
        (deflated(b"hello")[:-2], 5, 1),
        (b"\xff\xff", 5, 0),
        (b"", 1, 0),
    ],
)
def test_what_is_not_that_is_nothing(packed, size, crc):
    assert inflate(packed, size, crc) is None


def test_a_bomb_is_unpacked_no_further_than_its_size():
    bomb = deflated(bytes(9 << 20))
    with little_memory():
        assert inflate(bomb, 1000, zlib.crc32(bytes(1000))) is None
