from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.importer.volumes import VolumeName, alike, models_of, volume_name, volume_sets
from tests.support.posts import Pattern, Posts

NAMES = {
    "Film.part01.rar": ("part", "film", 1),
    "folder/Film.PART001.RAR": ("part", "film", 1),
    "Film.rar": ("roll", "film", 0),
    "Film.r00": ("roll", "film", 1),
    "Film.r99": ("roll", "film", 100),
    "Film.S00": ("roll", "film", 101),
    "Film.r100": ("roll", "film", 101),
    "Film.7z": ("7z", "film", 1),
    "Film.7z.012": ("7z", "film", 12),
    "Film.zip.001": ("zip", "film", 1),
    "Film.z01": ("zip", "film", 1),
    "Film.rar.001": ("rar", "film", 1),
    "Film.mkv.001": ("number", "film.mkv", 1),
    "Film.193": ("number", "film", 193),
    "Film.1": ("number", "film", 1),
}


@pytest.mark.parametrize(("name", "said"), NAMES.items())
def test_a_volume_s_name_tells_its_set_and_its_place(name, said):
    assert volume_name(name) == VolumeName(*said)


@pytest.mark.parametrize(
    "name", ["Film.mkv", "part01.rar.mkv", ".rar", "Film.par2", "", "Film.0123"]
)
def test_other_names_tell_nothing(name):
    assert volume_name(name) is None


def set_of(*names):
    [found] = volume_sets(enumerate(names))
    return found


def test_volumes_are_in_the_order_of_their_numbers():
    assert set_of("a.part10.rar", "a.part9.rar", "a.part08.rar").files == (2, 1, 0)
    assert set_of("a.s00", "a.r99", "a.RAR", "a.r00").files == (2, 3, 1, 0)
    assert set_of("a.zip", "a.z02", "a.z01").files == (2, 1, 0)


def test_what_is_missing_at_the_start_and_in_between_is_told():
    assert set_of("a.part1.rar", "a.part2.rar").missing == ()
    assert set_of("a.part2.rar", "a.part4.rar").missing == (0, 2)
    assert set_of("a.r00", "a.r02").missing == (0, 2)
    assert set_of("a.7z.002").missing == (0,)
    assert set_of("a.000", "a.001").missing == ()
    assert set_of("a.zip").missing == ()
    assert set_of("a.z02", "a.zip").missing == (0,)


def test_several_sets_and_what_is_there_twice():
    found = volume_sets(enumerate(["b.rar", "a.part1.rar", "B.r00", "x.mkv", "a.part01.rar"]))
    assert [each.files for each in found] == [(0, 2), (1,)]


@given(st.permutations(range(1, 40)), st.booleans())
def test_any_order_is_put_right(order, wide):
    names = [f"x.part{number:03}.rar" if wide else f"x.part{number}.rar" for number in order]
    found = set_of(*names)
    assert [order[index] for index in found.files] == list(range(1, 40))


def encoded(count, size, last, seed):
    """Sizes on the wire: escaping adds some bytes, differently each time."""
    rng = random.Random(seed)
    return [int(each * rng.uniform(1.018, 1.022)) + 150 for each in [size] * count + [last]]


def test_files_of_the_same_size_look_alike_and_others_do_not():
    one = encoded(140, 716_800, 300_000, 1)
    assert alike(one, encoded(140, 716_800, 300_000, 2))
    assert not alike(one, encoded(140, 716_800, 310_000, 3))
    assert not alike(one, encoded(139, 716_800, 300_000, 4))
    assert not alike(one, encoded(140, 700_000, 300_000, 5))
    assert not alike([], [])
    assert not alike([0] * 5, [0] * 5)  # the NZB gives no sizes


def test_only_the_ends_of_a_long_set_are_looked_at_and_what_is_unlike_the_others():
    posts = Posts()
    files = [posts.post(f"x.part{number:02}.rar", Pattern(5_000)) for number in range(1, 10)]
    posts.post("film.mkv", Pattern(5_000))
    odd = posts.post("x.part10.rar", Pattern(9_000))
    posts.post("x.part11.rar", Pattern(1_000))
    posts.unlist(files[4], 2)
    models = models_of(posts.files)
    assert models == dict.fromkeys([2, 3, 5, 6, 7, 8], 1)
    assert posts.files.index(odd) not in models


def test_a_short_set_is_looked_at_whole():
    posts = Posts()
    for number in range(1, 4):
        posts.post(f"x.part{number}.rar", Pattern(5_000))
    assert models_of(posts.files) == {}
