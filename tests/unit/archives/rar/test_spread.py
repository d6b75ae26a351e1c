from __future__ import annotations

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import Extent
from altmount.archives.rar.headers import Kind, Lock4, Piece
from altmount.archives.rar.keys import KeyRing
from altmount.archives.rar.spread import Spread, packed_size
from altmount.spans import Span
from tests.support.archives import Driver
from tests.support.rars import MARKER5, File, block5, rar4, rar5, vint


def follow(data, *, thorough=False, index=0, password=None):
    """The trail of the last piece of a volume, and the volumes that were looked at."""
    driver = Driver(data)
    spread = Spread(driver.volumes, KeyRing(password), thorough=thorough)
    headers = driver.run(spread.headers(index))
    trail = driver.run(spread.follow(headers.pieces[-1], index))
    return trail, sorted({volume for volume, _ in driver.articles})


FILM = File("film.mkv", bytes(40_000))


@pytest.mark.parametrize("make", [rar4, rar5])
@pytest.mark.parametrize("recovery", [0, 77])
def test_the_middle_is_inferred_and_the_end_looked_at(make, recovery):
    data = make([FILM], volume_size=1000, recovery=recovery)
    lazy, looked = follow(data)
    last = len(data) - 1
    assert looked == [0, 1, last]
    assert [e.volume for e in lazy.extents if not e.inferred] == looked
    thorough, all_of_them = follow(data, thorough=True)
    assert all_of_them == list(range(len(data)))
    assert [e._replace(inferred=False) for e in lazy.extents] == list(thorough.extents)
    assert (lazy.ended, lazy.stop, lazy.size) == (True, last, 40_000)


def test_where_the_number_takes_another_byte_the_headers_are_read():
    data = rar5([File("film.mkv", bytes(150_000))], volume_size=500)
    assert len(data) > 300
    lazy, looked = follow(data)
    assert looked == [0, 1, 128, len(data) - 1]
    thorough, _ = follow(data, thorough=True)
    assert [e._replace(inferred=False) for e in lazy.extents] == list(thorough.extents)


def test_a_number_of_fixed_length_changes_nothing():
    data = rar5([File("film.mkv", bytes(150_000))], volume_size=500, number_bytes=3)
    _, looked = follow(data)
    assert looked == [0, 1, len(data) - 1]


def test_a_volume_of_another_size_is_looked_at():
    data = rar5([FILM], volume_size=1000)
    data[5] += b"added by someone"
    _, looked = follow(data)
    assert looked == [0, 1, 5, 6, len(data) - 1]


@pytest.mark.parametrize("make", [rar4, rar5])
def test_a_sum_that_is_wrong_makes_all_volumes_be_read(make):
    """The last volume is of another set, and so has other than the bytes that are left."""
    data = make([FILM], volume_size=1000)
    short = make([File("film.mkv", bytes(40_000 - 7))], volume_size=1000)
    assert len(short) == len(data)
    trail, looked = follow([*data[:-1], short[-1]])
    assert looked == list(range(len(data)))
    assert trail.size == 40_000 - 7
    assert not any(extent.inferred for extent in trail.extents)


@pytest.mark.parametrize("make", [rar4, rar5])
def test_an_end_that_is_missing_is_told_by_few_volumes(make):
    data = make([FILM], volume_size=1000)
    trail, looked = follow(data[:-2])
    assert not trail.ended
    assert trail.stop == len(data) - 2
    assert looked == [0, 1, len(data) - 3]


def test_a_volume_missing_in_the_middle_is_told_by_its_number():
    data = rar5([FILM], volume_size=1000)
    trail, looked = follow([*data[:20], *data[21:]])
    assert not trail.ended
    assert looked == [0, 1, len(data) - 2]


def test_another_entry_does_not_continue_this_one():
    data = rar5([FILM], volume_size=1000)
    other = rar5([File("filn.mkv", bytes(40_000))], volume_size=1000)
    trail, _ = follow([data[0], other[1], data[2]])
    assert (trail.ended, trail.stop) == (False, 1)
    alone = rar5([File("film.mkv", b"x")], volume_size=1000)
    assert follow([data[0], alone[0]])[0].ended is False


@pytest.mark.parametrize("make", [rar4, rar5])
def test_the_end_of_a_packed_entry_is_found_by_halving(make):
    films = [File("a.mkv", bytes(40_000), method=3), File("b.mkv", bytes(9000))]
    data = make(films, volume_size=1000)
    trail, looked = follow(data)
    assert trail.ended
    assert trail.extents == ()
    assert len(looked) <= 9
    driver = Driver(data)
    spread = Spread(driver.volumes, KeyRing(None), thorough=False)
    names = [piece.path for piece in driver.run(spread.headers(trail.stop)).pieces]
    assert names == ["a.mkv", "b.mkv"]
    assert follow(data[:20])[0] == (trail.__class__((), 20, ended=False))


def test_an_entry_of_unknown_size_is_followed_volume_by_volume():
    data = rar5([File("film.mkv", bytes(5000), size_unknown=True)], volume_size=1000)
    trail, looked = follow(data)
    assert looked == list(range(len(data)))
    assert trail.size == 5000


def test_volumes_that_hold_none_of_an_entry_are_passed():
    """As no program writes them: the entry goes on, in headers alone."""

    def volume(number, data, flags):
        fields = vint(0) + vint(12) + vint(0) + vint(0) + vint(1) + vint(1) + b"a"
        main = block5(1, 0, vint(3) + vint(number)) if number else block5(1, 0, vint(1))
        return MARKER5 + main + block5(2, flags, fields, len(data)) + data

    data = [volume(0, b"abcd", 0x10), *(volume(n, b"", 0x18) for n in range(1, 6))]
    trail, _ = follow([*data, volume(6, b"efghijkl", 0x08)])
    assert (trail.ended, trail.stop, trail.size) == (True, 6, 12)
    trail, _ = follow(data)
    assert (trail.ended, trail.stop) == (False, 6)


def test_an_entry_within_one_volume_has_one_extent_or_none():
    assert follow(rar5([File("a", b"xyz")]))[0].extents[0].size == 3
    assert follow(rar5([File("a", b"")]))[0].extents == ()


def test_sizes_of_packed_and_locked_pieces():
    piece = Piece("a", Kind.FILE, Span(0, 0), 17)
    assert packed_size(piece) == 17
    assert packed_size(Piece("a", Kind.FILE, Span(0, 0), 17, lock=Lock4(b""))) == 32
    assert packed_size(Piece("a", Kind.FILE, Span(0, 0), None)) is None
    assert packed_size(Piece("a", Kind.FILE, Span(0, 0), 17, method="method 1")) is None
    assert Extent(0, 1, 2).inferred is False


def test_the_headers_of_all_volumes_together_are_bounded(monkeypatch):
    data = rar5([File("film.mkv", bytes(5000), size_unknown=True)], volume_size=1000)
    driver = Driver(data)
    headers = driver.run(Spread(driver.volumes, KeyRing(None), thorough=False).headers(0))
    monkeypatch.setattr("altmount.archives.rar.spread.MAX_BLOCKS", 3 * headers.blocks)
    with pytest.raises(ArchiveError) as error:
        follow(data)
    assert error.value.fault is ArchiveFault.TOO_LARGE
