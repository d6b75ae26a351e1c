from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.errors import InvalidRequestError
from altmount.library.naming import Allotment, free_name, settle
from altmount.library.paths import join, parent_of, parse_virtual_path, safe_name

names = st.sampled_from(["a", "b", "a_1", "a.b", "A", "a_1_1", "x.mkv", "x_1.mkv", "." + "ü" * 120])
below = st.lists(names, min_size=1, max_size=3)


class Taken:
    """An index in which some paths are another's folder, and some are folders that all share."""

    def __init__(self, *, owned=(), shared=()):
        self.owned = set(owned)
        self.shared = set(shared)
        self.asked = 0

    async def names_taken(self, folder, like, release, *, shared):
        self.asked += 1
        taken = self.owned if shared else self.owned | self.shared
        return {path.rpartition("/")[2] for path in taken if parent_of(path) == folder}


def path_of(folder, parts):
    for name in parts:
        folder = join(folder, name)
    return folder


@given(st.lists(below, max_size=30))
def test_no_two_files_of_a_release_meet_and_none_is_a_folder(wishes):
    allotment = Allotment("/tv/Show", "/tv/Show_1")
    given_ = [allotment.place(path_of("/tv/Show", wish)) for wish in wishes]
    assert len(set(given_)) == len(given_)
    folders = set()
    for path in given_:
        assert parse_virtual_path(path) == path
        folder = parent_of(path)
        while folder != "/tv":
            folders.add(folder)
            folder = parent_of(folder)
    assert not folders & set(given_)


@given(st.lists(below, max_size=30, unique_by=tuple))
def test_what_is_in_nobodys_way_is_where_it_wished_to_be(wishes):
    wished = [path_of("/tv/Show", wish) for wish in wishes]
    allotment = Allotment("/tv/Show", "/tv/Show")
    folders = {path_of("/tv/Show", wish[:depth]) for wish in wishes for depth in range(len(wish))}
    if not folders & set(wished):
        assert [allotment.place(path) for path in wished] == wished


def test_ten_thousand_files_of_one_name_get_ten_thousand_names():
    allotment = Allotment("/f", "/f")
    given_ = [allotment.place("/f/film.mkv") for _ in range(10_000)]
    assert given_[:3] == ["/f/film.mkv", "/f/film_1.mkv", "/f/film_2.mkv"]
    assert given_[-1] == "/f/film_9999.mkv"
    assert Counter(given_).most_common(1)[0][1] == 1


def test_files_and_folders_of_one_name_are_told_apart():
    allotment = Allotment("/f", "/g")
    wishes = ["/f/x", "/f/x/1.srt", "/f/x/2.srt", "/f/y.d/1", "/f/y.d", "/f/x_1"]
    assert [allotment.place(wish) for wish in wishes] == [
        "/g/x",
        "/g/x_1/1.srt",
        "/g/x_1/2.srt",
        "/g/y.d/1",
        "/g/y_1.d",
        "/g/x_1_1",
    ]


def test_a_very_deep_path_is_no_matter():
    path = path_of("/f", ["d"] * 2000)
    assert Allotment("/f", "/f").place(path) == path


def test_a_path_that_a_number_makes_too_long_is_refused():
    allotment = Allotment("/f", "/f_1")
    with pytest.raises(InvalidRequestError, match="longer than 4096 bytes"):
        allotment.place(path_of("/f", ["d"] * 2047))


@pytest.mark.parametrize("path", ["/g/x", "/x", "/fx/y", "/"])
def test_a_file_outside_the_folder_is_a_mistake(path):
    with pytest.raises(ValueError, match="outside the release's folder"):
        Allotment("/f", "/f").place(path)


@given(st.text().map(safe_name), st.integers(0, 40))
def test_a_free_name_is_the_first_that_is_not_taken(name, count):
    taken = set()
    for _ in range(count):
        free = free_name(name, taken)
        assert free not in taken
        taken.add(free)
    assert count == 0 or name in taken


async def test_a_release_gets_the_folder_it_wishes_for_if_nobody_has_it():
    index = Taken(shared=["/tv"])
    settled = await settle(index, "r", "/tv/Show", ["/tv/Show/1.mkv", "/tv/Show/1.mkv"])
    assert settled == ("/tv/Show", ["/tv/Show/1.mkv", "/tv/Show/1_1.mkv"])
    assert index.asked == 2


async def test_a_release_gets_a_numbered_folder_if_another_has_it():
    index = Taken(owned=["/tv/Show.S01", "/tv/Show.S01_1"], shared=["/tv"])
    folder, [path] = await settle(index, "r", "/tv/Show.S01", ["/tv/Show.S01/sub/1.srt"])
    assert folder == "/tv/Show.S01_2"
    assert path == "/tv/Show.S01_2/sub/1.srt"


async def test_a_release_never_gets_a_folder_that_others_share():
    assert (await settle(Taken(shared=["/tv"]), "r", "/tv", []))[0] == "/tv_1"


async def test_a_release_never_gets_into_the_folder_of_another():
    index = Taken(owned=["/tv"])
    assert (await settle(index, "r", "/tv/Show/S01", []))[0] == "/tv_1/Show/S01"
