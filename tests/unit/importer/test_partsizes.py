from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.articles import MAX_ARTICLE_BYTES, Part
from altmount.importer.partsizes import (
    Parts,
    Shortfall,
    looks_even,
    parts_from_all,
    parts_from_ends,
    parts_from_first,
    shortfall_by_size,
    shortfall_of,
)
from altmount.nzb.model import Segments
from tests.support.posts import Pattern, Posts

sizes_ = st.integers(1, 900)


def headers_of(sizes):
    total = sum(sizes)
    begins = [0, *accumulate(sizes)]
    return [Part(begin, size, total) for begin, size in zip(begins, sizes, strict=False)]


def listed(parts):
    return list(zip(parts.begins(), parts.sizes(), strict=True))


def truth(sizes):
    return [(header.begin, header.size) for header in headers_of(sizes)]


def posted(count, **how):
    return Posts().post("film.mkv", Pattern(count * 10), 10, **how)


@st.composite
def usual(draw):
    """Equal parts and a last one that is not larger."""
    size = draw(sizes_)
    return [size] * draw(st.integers(0, 40)) + [draw(st.integers(1, size))]


@given(usual())
def test_the_first_header_tells_all_parts_of_a_usual_post(sizes):
    parts = parts_from_first(len(sizes), headers_of(sizes)[0])

    assert parts is not None
    assert listed(parts) == truth(sizes)
    assert parts.size == sum(sizes)
    assert len(parts) == len(sizes)
    assert len(parts.runs) <= 2


@given(st.lists(sizes_, min_size=1, max_size=12))
def test_the_first_header_never_gives_a_file_of_another_size(sizes):
    parts = parts_from_first(len(sizes), headers_of(sizes)[0])

    assert parts is None or (parts.size == sum(sizes) and len(parts) == len(sizes))


@given(usual(), st.integers(1, 5))
def test_a_post_that_is_not_listed_whole_never_comes_out_as_one(sizes, lacking):
    kept = len(sizes) - lacking
    if kept > 0:
        assert parts_from_first(kept, headers_of(sizes)[0]) is None


@given(sizes_, sizes_, st.integers(0, 20), sizes_)
def test_the_two_ends_tell_all_parts_when_those_between_are_equal(first, middle, count, last):
    sizes = [first, *[middle] * count, last]
    headers = headers_of(sizes)

    parts = parts_from_ends(len(sizes), headers[0], headers[-1])

    assert parts is not None
    assert listed(parts) == truth(sizes)


@given(st.lists(sizes_, min_size=2, max_size=12))
def test_the_two_ends_never_contradict_themselves(sizes):
    headers = headers_of(sizes)

    parts = parts_from_ends(len(sizes), headers[0], headers[-1])

    if parts is not None:
        found = listed(parts)
        assert (found[0], found[-1]) == (truth(sizes)[0], truth(sizes)[-1])
        assert parts.size == sum(sizes)


@given(st.lists(sizes_, min_size=1, max_size=8))
def test_all_headers_tell_any_parts(sizes):
    parts = parts_from_all(headers_of(sizes))

    assert parts is not None
    assert listed(parts) == truth(sizes)


part_ = st.builds(
    Part,
    st.integers(0, 2**63),
    st.integers(0, 2 * MAX_ARTICLE_BYTES),
    st.integers(0, 2**63),
)


@given(st.integers(1, 9), st.lists(part_, min_size=9, max_size=9))
def test_hostile_headers_give_parts_that_end_where_the_file_does_or_none(count, headers):
    headers = headers[:count]
    for parts in (
        parts_from_first(count, headers[0]),
        parts_from_ends(count, headers[0], headers[-1]),
        parts_from_all(headers),
    ):
        if parts is not None:
            assert parts.size == headers[0].file_size
            assert len(parts) == count
            assert all(0 <= size <= MAX_ARTICLE_BYTES for size in parts.sizes())
    shortfall = shortfall_by_size(count, headers[0], headers[-1])
    assert shortfall is None or shortfall.listed < shortfall.needed


def test_an_empty_file_has_one_empty_part():
    assert parts_from_first(1, Part(0, 0, 0)) == Parts(((1, 0),))
    assert listed(Parts(((1, 0),))) == [(0, 0)]


@pytest.mark.parametrize(
    "first",
    [Part(10, 10, 100), Part(0, 0, 100), Part(0, 10, 80), Part(0, 10, 101), Part(0, 10, 90)],
)
def test_ten_articles_whose_first_header_does_not_come_out_are_looked_at_again(first):
    assert parts_from_first(10, first) is None


def test_ends_that_speak_of_different_files_tell_nothing():
    assert parts_from_ends(2, Part(0, 10, 20), Part(10, 10, 21)) is None


def test_ends_that_leave_out_the_end_of_the_file_tell_nothing():
    assert parts_from_ends(3, Part(0, 10, 100), Part(20, 10, 100)) is None


def test_a_number_left_out_is_a_shortfall():
    posts = Posts()
    file = posts.unlist(posts.post("a", Pattern(50), 10), 2, declared=False)
    assert shortfall_of(file) == Shortfall(4, 5)


def test_an_nzb_that_starts_late_is_a_shortfall():
    posts = Posts()
    file = posts.unlist(posts.post("a", Pattern(50), 10), 0, declared=False)
    assert shortfall_of(file) == Shortfall(4, 5)


def test_fewer_than_the_subject_says_is_a_shortfall():
    assert shortfall_of(posted(5, declared=9)) == Shortfall(5, 9)
    assert shortfall_of(posted(5)) is None
    assert shortfall_of(posted(5, declared=3)) is None


def test_counting_from_zero_is_no_shortfall():
    file = posted(3)
    file.segments.numbers[:] = type(file.segments.numbers)("I", [0, 1, 2])
    assert shortfall_of(file) is None


def test_a_last_article_that_ends_too_soon_is_a_shortfall():
    assert shortfall_by_size(4, Part(0, 10, 100), Part(30, 10, 100)) == Shortfall(4, 10)


def test_a_first_article_from_the_middle_is_a_shortfall():
    assert shortfall_by_size(9, Part(10, 10, 100), Part(90, 10, 100)) == Shortfall(9, 10)


def test_uneven_parts_that_reach_the_end_are_no_shortfall():
    assert shortfall_by_size(4, Part(0, 10, 100), Part(90, 10, 100)) is None


def test_sizes_on_the_wire_that_differ_call_for_a_closer_look():
    even = Segments.of([(n, 1030 + n, f"{n}@x") for n in range(1, 9)])
    uneven = Segments.of([(n, 1030 if n < 2 else 1200, f"{n}@x") for n in range(1, 9)])
    unknown = Segments.of([(n, 0, f"{n}@x") for n in range(1, 9)])
    two = Segments.of([(1, 1000, "1@x"), (2, 10, "2@x")])

    assert looks_even(even)
    assert not looks_even(uneven)
    assert looks_even(unknown)
    assert looks_even(two)


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 30)), min_size=1, max_size=5), st.data()
)
def test_parts_that_cover_some_bytes_are_found_by_arithmetic(runs, data):
    parts = Parts(tuple(runs))
    size = data.draw(st.integers(1, max(1, parts.size)))
    if size > parts.size:
        return
    start = data.draw(st.integers(0, parts.size - size))
    begins, sizes = list(parts.begins()), parts.sizes()
    expected = [
        (index, begins[index], sizes[index])
        for index in range(len(begins))
        if sizes[index] and begins[index] < start + size and start < begins[index] + sizes[index]
    ]
    found = [
        (first + n, begin + n * part, part)
        for first, count, begin, part in parts.covering(start, size)
        for n in range(count)
    ]
    assert found == expected
