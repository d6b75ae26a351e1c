from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.library.transforms import read_transforms, written_transforms
from altmount.reader.transform import Encrypted, Padded, Plain, RcloneCrypt, Strand, Unpacked
from altmount.spans import Span

strands = st.builds(
    Strand,
    st.integers(4, 2**40).map(lambda blocks: blocks * 16),
    st.integers(0, 40),
    st.sampled_from([16, 24, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size)),
    st.binary(min_size=16, max_size=16),
    st.integers(0, 24),
)
layers = st.lists(strands | st.integers(0, 99).map(Plain), max_size=3).map(tuple)
transforms = st.one_of(
    st.none(),
    layers.map(Encrypted),
    st.builds(Encrypted, layers, st.builds(Encrypted, layers)),
    st.builds(
        RcloneCrypt, st.binary(min_size=32, max_size=32), st.binary(min_size=24, max_size=24)
    ),
    st.lists(st.integers(0, 99).map(lambda start: Span(start, start + 3)), max_size=3)
    .map(tuple)
    .map(Padded),
    st.binary(max_size=99).map(Unpacked),
)


@given(st.lists(transforms, max_size=6))
def test_transforms_come_back_as_they_were(given_):
    found = read_transforms(written_transforms(given_))
    assert [found.get(index) for index in range(len(given_))] == given_


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"entry": 0}',
        b'{"entry": 0, "later": []}',
        b'{"entry": 0, "aes": [[16, 17, 0, "00", "00"]]}',
        b'{"entry": 0, "aes": [[-1]]}',
        b'{"entry": 0, "layers": []}',
        b'{"entry": 0, "layers": [[], [], [], [], [], [], [], [], []]}',
        b'{"entry": 0, "rclone": ["00", "00"]}',
        b'{"entry": 0, "padded": [[5, 1]]}',
        b'{"entry": 0, "unpacked": "%"}',
        b'{"entry": 0, "unpacked": "", "padded": []}',
    ],
)
def test_what_makes_no_sense_is_refused(text):
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        read_transforms(text)
