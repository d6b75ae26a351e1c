from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from altmount.spans import Span
from altmount.streaming.ranges import (
    MAX_RANGES,
    RangeNotSatisfiableError,
    content_range,
    parse_ranges,
)

sizes = st.integers(1, 60)
numbers = st.integers(0, 80)
specs = st.tuples(numbers, numbers) | st.tuples(numbers, st.none()) | st.tuples(st.none(), numbers)
blanks = st.sampled_from(["", " ", "\t ", ", ,"])


def written(spec):
    return "-".join("" if number is None else str(number) for number in spec)


def positions(spec, size):
    """Which bytes a spec means, byte by byte, or None where it makes no sense."""
    first, last = spec
    if first is None:
        return {at for at in range(size) if at >= size - last}
    if last is not None and last < first:
        return None
    return {at for at in range(size) if at >= first and (last is None or at <= last)}


@given(sizes, st.lists(specs, min_size=1, max_size=6), st.data())
def test_ranges_hold_the_bytes_that_were_asked_for(size, wanted, data):
    header = "bytes=" + "".join(written(spec) + "," + data.draw(blanks) for spec in wanted)
    sets = [positions(spec, size) for spec in wanted]
    if any(found is None for found in sets):
        assert parse_ranges(header, size) is None
        return
    union = set().union(*sets)
    if not union:
        with pytest.raises(RangeNotSatisfiableError) as caught:
            parse_ranges(header, size)
        assert caught.value.size == size
        return
    spans = parse_ranges(header, size)
    got = [at for span in spans for at in range(span.start, span.stop)]
    assert sorted(got) == sorted(union)  # every byte once
    satisfiable = [found for found in sets if found]
    if len(spans) == len(satisfiable):
        assert [set(range(span.start, span.stop)) for span in spans] == satisfiable or (
            sorted(spans) == list(spans)
        )


@given(sizes, specs)
def test_one_range_is_what_a_slice_would_be(size, spec):
    found = positions(spec, size)
    if found:
        assert parse_ranges(f"bytes={written(spec)}", size) == (Span(min(found), max(found) + 1),)


@given(st.text(max_size=40) | st.text("0123456789-, =bytes", max_size=40), st.integers(0, 99))
@example("bytes=\u0661-", 5)
def test_no_text_leads_outside_of_the_file(text, size):
    for header in (text, f"bytes={text}"):
        try:
            spans = parse_ranges(header, size)
        except RangeNotSatisfiableError:
            continue
        assert spans is None or all(0 <= span.start < span.stop <= size for span in spans)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=--5",
        "bytes=5",
        "bytes=5-2",
        "bytes=0-1,5-2",
        "bytes=0-1;2-3",
        "bytes= 0 - 1",
        "bytes=0x1-0x2",
        "bytes=+1-2",
        "bytes=1_0-",
        "bytes =0-1",
        "bytes:0-1",
        "lines=1-2",
        "bytes=0-1, bytes=3-4",
    ],
)
def test_what_breaks_the_grammar_is_ignored(header):
    assert parse_ranges(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-5", "bytes=5-9", "bytes=-0"])
def test_an_empty_file_has_no_ranges(header):
    assert parse_ranges(header, 0) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=-0,200-"])
def test_a_range_outside_cannot_be_satisfied(header):
    with pytest.raises(RangeNotSatisfiableError):
        parse_ranges(header, 100)


def test_the_units_name_may_be_in_any_case():
    assert parse_ranges("Bytes=1-2", 10) == (Span(1, 3),)


def test_numbers_of_thousands_of_digits_are_beyond_every_file():
    huge, zeros = "9" * 7000, "0" * 7000
    assert parse_ranges(f"bytes=5-{huge}", 100) == (Span(5, 100),)
    assert parse_ranges(f"bytes=-{huge}", 100) == (Span(0, 100),)
    assert parse_ranges(f"bytes={zeros}7-{zeros}8", 100) == (Span(7, 9),)
    with pytest.raises(RangeNotSatisfiableError):
        parse_ranges(f"bytes={huge}-", 100)


def test_ranges_that_lie_apart_keep_their_order():
    assert parse_ranges("bytes=50-59,0-9,-10", 100) == (Span(50, 60), Span(0, 10), Span(90, 100))


def test_ranges_that_meet_are_joined():
    assert parse_ranges("bytes=50-59,0-9,5-20,21-30", 100) == (Span(0, 31), Span(50, 60))
    assert parse_ranges("bytes=0-0,1-", 100) == (Span(0, 100),)


def test_whoever_wants_too_many_parts_gets_the_whole():
    def header(count):
        return "bytes=" + ",".join(f"{2 * n}-{2 * n}" for n in range(count))

    assert len(parse_ranges(header(MAX_RANGES), 1000)) == MAX_RANGES
    assert parse_ranges(header(MAX_RANGES + 1), 1000) is None
    assert parse_ranges("bytes=" + ",".join(["0-"] * 4000), 1000) == (Span(0, 1000),)


def test_the_header_of_an_answer_counts_the_last_byte_in():
    assert content_range(Span(5, 10), 100) == "bytes 5-9/100"
