from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.errors import InvalidRequestError
from altmount.newsserver.posting import LARGEST_ARTICLE, Envelope
from altmount.newsserver.synthetic import LARGEST_FILE, SEEDS, SyntheticPosting, payload
from tests.unit.newsserver.talk import decoded, unstuffed, yenc_decode

seeds = st.integers(0, SEEDS - 1)


@given(seeds, st.integers(1, 30_000), st.integers(1, 9_000), st.data())
def test_any_part_of_any_file_is_an_article_of_its_payload(seed, size, article_size, data):
    posting = SyntheticPosting(seed, size, Envelope(article_size))
    number = data.draw(st.integers(1, posting.total))
    body = decoded(posting.body(number))
    begin = (number - 1) * article_size
    expected = payload(seed, begin, min(begin + article_size, size), article_size=article_size)

    assert bytes(body.data) == expected == posting.payload(number)
    assert body.crc == body.crc_expected
    assert (body.part_begin, body.part_size, body.end_size) == (begin, *[len(expected)] * 2)
    assert (body.file_size, body.file_name) == (size, f"synthetic-{seed}.mkv")
    assert yenc_decode(unstuffed(posting.body(number))).payload == expected


def test_an_article_of_the_usual_size_and_one_larger_than_the_ring_are_right():
    for article_size in (716_800, 5_000_000):
        posting = SyntheticPosting(1, 10**14, Envelope(article_size))
        body = decoded(posting.body(posting.total - 1))
        assert body.crc == body.crc_expected
        assert bytes(body.data) == posting.payload(posting.total - 1)


@given(seeds, st.integers(1, 3000), st.integers(0, 9000), st.integers(0, 900), st.integers(0, 900))
def test_any_range_of_the_payload_is_a_part_of_the_whole(seed, article_size, start, first, second):
    cut, stop = start + first, start + first + second
    read = lambda a, b: payload(seed, a, b, article_size=article_size)  # noqa: E731
    assert read(start, cut) + read(cut, stop) == read(start, stop)
    assert len(read(start, stop)) == stop - start


@given(st.data())
def test_bytes_of_different_parts_and_seeds_are_different_everywhere(data):
    pairs = st.tuples(st.integers(0, 50), st.integers(1, 200))
    (seed, number), (other_seed, other) = data.draw(
        st.tuples(pairs, pairs).filter(lambda two: two[0] != two[1])
    )
    offset = data.draw(st.integers(0, 9_000))
    part = lambda seed, n: SyntheticPosting(seed, 2_000_000, Envelope(10_000)).payload(n)  # noqa: E731
    assert part(seed, number)[:128] != part(other_seed, other)[:128]
    assert part(seed, number)[offset:][:1000] != part(other_seed, other)[offset:][:1000]


@given(seeds, st.integers(1, LARGEST_FILE), st.integers(1, LARGEST_ARTICLE), st.data())
def test_a_message_id_says_all_there_is_to_know(seed, size, article_size, data):
    posting = SyntheticPosting(seed, size, Envelope(article_size))
    number = data.draw(st.integers(1, posting.total))
    found = SyntheticPosting.of(posting.message_id(number))
    assert found is not None
    assert found[0].message_id(found[1]) == posting.message_id(number)


def test_a_message_id_is_what_it_is_said_to_be():
    posting = SyntheticPosting(7, 100_000_000_000)
    assert posting.message_id(posting.total) == "s7.100000000000.716800.139509@synthetic"


@pytest.mark.parametrize(
    "message_id",
    [
        "",
        "x@synthetic",
        "s1.1000.100.11@synthetic",
        "s1.1000.100.0@synthetic",
        "s01.1000.100.1@synthetic",
        "s1.1000.100.1@synthetic ",
        "s1.1000.100.1@synthetic\n",
        "s1.1000.99999999.1@synthetic",
        "s1.9999999999999999.100.1@synthetic",
        f"s{10**18}.1000.100.1@synthetic",
        "s\u0661.1000.100.1@synthetic",
    ],
)
def test_other_message_ids_speak_of_no_synthetic_article(message_id):
    assert SyntheticPosting.of(message_id) is None


@pytest.mark.parametrize(("seed", "size"), [(-1, 1), (SEEDS, 1), (0, 0), (0, LARGEST_FILE + 1)])
def test_a_file_out_of_bounds_is_refused(seed, size):
    with pytest.raises(InvalidRequestError):
        SyntheticPosting(seed, size)
