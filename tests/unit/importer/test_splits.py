from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.importer.splits import SplitSet, split_sets


def parts(name, *numbers):
    return [f"{name}.{number:03}" for number in numbers]


@pytest.mark.parametrize(
    ("names", "sets"),
    [
        ([], []),
        (["film.mkv", "film.nfo"], []),
        (
            ["a.mkv.002", "film.nfo", "a.mkv.001"],
            [SplitSet("a.mkv", ("a.mkv.001", "a.mkv.002"), ())],
        ),
        (
            ["a.000", "a.001", "b.001"],
            [SplitSet("a", ("a.000", "a.001"), ()), SplitSet("b", ("b.001",), ())],
        ),
        (["a.001", "a.004"], [SplitSet("a", ("a.001", "a.004"), (2, 3))]),
        (["a.000", "a.002"], [SplitSet("a", ("a.000", "a.002"), (1,))]),
        (["a.002", "a.003"], [SplitSet("a", ("a.002", "a.003"), (1,))]),
        (["a.002"], [SplitSet("a", ("a.002",), (1,))]),
        (["video.264"], []),
        (["video.264", "video.265"], []),
        (["Film.2023", "Film.2024"], []),
        (["A.mkv.001", "a.MKV.002"], [SplitSet("A.mkv", ("A.mkv.001", "a.MKV.002"), ())]),
        (["a.001", "A.001", "a.002"], [SplitSet("a", ("a.001", "a.002"), ())]),
        (["a.001", "a.002", "a.2024"], [SplitSet("a", ("a.001", "a.002"), ())]),
        ([".001"], []),
        (
            ["dir/a.001", "a.001"],
            [SplitSet("dir/a", ("dir/a.001",), ()), SplitSet("a", ("a.001",), ())],
        ),
    ],
)
def test_sets_are_found_among_names(names, sets):
    assert list(split_sets(names)) == sets


def test_numbers_go_on_after_three_digits():
    names = parts("a.mkv", *range(1, 1205))
    assert split_sets(reversed(names)) == (SplitSet("a.mkv", tuple(names), ()),)


@given(st.sets(st.integers(1, 60), min_size=1), st.integers(0, 1))
def test_gaps_are_told(numbers, first):
    numbers = {first} | numbers
    [found] = split_sets(parts("a", *sorted(numbers, key=str)))
    assert found.parts == tuple(parts("a", *sorted(numbers)))
    assert set(found.missing) == set(range(first, max(numbers))) - numbers


@given(st.lists(st.text("a.0129/", max_size=8)))
def test_every_part_is_one_of_the_names(names):
    found = [part for one in split_sets(names) for part in one.parts]
    assert len(found) == len(set(found))
    assert set(found) <= set(names)
