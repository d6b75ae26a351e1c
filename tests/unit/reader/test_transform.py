from __future__ import annotations

import pytest

from altmount.ciphers.rclone import HEADER_BYTES
from altmount.reader.transform import (
    Encrypted,
    Padded,
    Plain,
    RcloneCrypt,
    Strand,
    Unpacked,
    size_after,
)
from altmount.spans import Span

KEY, IV = bytes(32), bytes(16)


def test_each_transform_tells_the_size_of_the_file():
    strands = (Strand(32, 20, KEY, IV, 5), Strand(16, 16, KEY, IV))
    assert size_after(48, Encrypted(strands)) == 36
    assert size_after(55, Encrypted((*strands, Plain(7)))) == 43
    below = Encrypted((Strand(48, 32, KEY, IV), Plain(16)))
    assert size_after(64, Encrypted(strands, below)) == 36
    assert size_after(HEADER_BYTES + 100 + 16, RcloneCrypt(KEY, bytes(24))) == 100
    assert size_after(100, Padded((Span(0, 10), Span(20, 100)))) == 100
    assert size_after(0, Unpacked(b"text")) == 4
    assert size_after(7, None) == 7


@pytest.mark.parametrize(
    ("stored", "transform"),
    [
        (31, Encrypted((Strand(32, 20, KEY, IV),))),
        (48, Encrypted((Strand(32, 20, KEY, IV),), Encrypted((Strand(48, 31, KEY, IV),)))),
        (HEADER_BYTES + 3, RcloneCrypt(KEY, bytes(24))),
        (99, Padded((Span(90, 100),))),
        (99, Padded((Span(20, 30), Span(10, 15)))),
        (99, Padded((Span(10, 15), Span(15, 20)))),
        (99, Padded((Span(10, 10),))),
        (1, Unpacked(b"text")),
    ],
)
def test_what_does_not_fit_the_map_is_refused(stored, transform):
    with pytest.raises(ValueError, match=r"\w"):
        size_after(stored, transform)


@pytest.mark.parametrize(
    "facts",
    [
        (17, 10, KEY, IV, 0),
        (16, 17, KEY, IV, 0),
        (16, 10, KEY, IV, 7),
        (16, 10, KEY, IV, -1),
        (16, -1, KEY, IV, 0),
        (16, 10, KEY[:15], IV, 0),
        (16, 10, KEY, IV[:15], 0),
    ],
)
def test_a_chain_that_cannot_be_is_refused(facts):
    with pytest.raises(ValueError, match=r"\w"):
        Strand(*facts)
