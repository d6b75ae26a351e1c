from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.discs.mpls import PlayItem, parse_mpls
from altmount.archives.errors import ArchiveError, ArchiveFault
from tests.support.isos import playlist

GOOD = playlist(("00001", 10, 20), ("00002", 0, 5))


def test_a_playlist_says_what_it_plays():
    assert parse_mpls(GOOD) == (PlayItem("00001", 450_000, 900_000), PlayItem("00002", 0, 225_000))
    assert parse_mpls(playlist()) == ()


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", ArchiveFault.NOT_AN_ARCHIVE),
        (b"MPLS", ArchiveFault.NOT_AN_ARCHIVE),
        (b"XPLS" + GOOD[4:], ArchiveFault.NOT_AN_ARCHIVE),
        (GOOD[:45], ArchiveFault.DAMAGED),
        (GOOD[:-13], ArchiveFault.DAMAGED),
        (playlist(("0000x", 0, 5)), ArchiveFault.DAMAGED),
        (playlist(("00001", 6, 5)), ArchiveFault.DAMAGED),
    ],
)
def test_what_is_none_is_refused(data, fault):
    with pytest.raises(ArchiveError) as error:
        parse_mpls(data)
    assert error.value.fault is fault


@given(st.integers(0, len(GOOD)), st.binary(max_size=6), st.integers(0, 8))
def test_damage_gives_an_error_of_its_kind_or_items(at, noise, cut):
    try:
        items = parse_mpls(GOOD[:at] + noise + GOOD[at + cut :])
    except ArchiveError:
        return
    assert all(item.start <= item.stop for item in items)
