from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from altmount.articles import Part
from altmount.reader.extents import ArticleTable, Extent, ExtentMap, PostedName
from altmount.spans import Span


@st.composite
def tables(draw):
    sizes = draw(st.lists(st.integers(0, 9), min_size=1, max_size=12))
    posted = draw(st.lists(st.integers(0, 2), min_size=len(sizes), max_size=len(sizes)))
    ids = [f"{'x' * draw(st.integers(0, 3))}{index}@example" for index in range(len(sizes))]
    ends = array("Q")
    for each in ids:
        ends.append(len(each) + (ends[-1] if ends else 0))
    names = [PostedName(100, "a"), PostedName(0, None), PostedName(2**40, "ä")]
    begins = array("Q", range(7, 7 + len(sizes)))
    return ArticleTable(
        begins, array("I", sizes), array("I", posted), "".join(ids).encode(), ends, names
    )


@st.composite
def maps(draw):
    """A map of extents that lie anywhere in any article, and for each byte where it lies."""
    table = draw(tables())
    starts, articles, offsets, where = array("Q", [0]), array("I"), array("I"), []
    for length in draw(st.lists(st.integers(1, 5), max_size=10)):
        article, offset = draw(st.integers(0, len(table) - 1)), draw(st.integers(0, 100))
        where += [(article, offset + index, len(articles)) for index in range(length)]
        starts.append(starts[-1] + length)
        articles.append(article)
        offsets.append(offset)
    return ExtentMap(starts, articles, offsets, table), where


@given(maps(), st.data())
def test_a_span_is_covered_by_just_the_extents_that_hold_its_bytes(drawn, data):
    extents, where = drawn
    start = data.draw(st.integers(0, len(where) + 3))
    stop = data.draw(st.integers(start, len(where) + 6))

    covering = list(extents.covering(Span(start, stop)))

    asked = list(dict.fromkeys(extent for *_, extent in where[start:stop]))
    assert covering == [extents.extent(index) for index in asked]
    for position in range(start, min(stop, len(where))):
        [extent] = [each for each in covering if each.virtual.overlap(Span(position, position + 1))]
        article, offset, _ = where[position]
        assert extent.message_id == extents.table.message_id(article)
        assert extent.offset + position - extent.virtual.start == offset


@given(maps())
def test_a_map_says_what_it_is_made_of(drawn):
    extents, where = drawn
    assert extents.size == len(where)
    assert len(extents) == len({extent for *_, extent in where})
    whole = [extents.extent(index) for index in range(len(extents))]
    assert [len(extent.virtual) for extent in whole] == [
        extents.starts[index + 1] - extents.starts[index] for index in range(len(extents))
    ]


@given(tables(), st.data())
def test_a_file_of_whole_articles_has_them_one_after_the_other(table, data):
    order = data.draw(st.lists(st.integers(0, len(table) - 1), max_size=8))
    extents = ExtentMap.joined(table, order)
    expected, position = [], 0
    for index in order:
        if size := table.sizes[index]:
            span = Span(position, position + size)
            expected.append(Extent(span, table.message_id(index), table.part(index), 0))
            position += size
    assert list(extents.covering(Span(0, position))) == expected
    assert extents.size == position


def test_an_article_must_hold_what_the_table_says():
    table = ArticleTable(
        array("Q", [0, 500]),
        array("I", [500, 20]),
        array("I", [0, 0]),
        memoryview(b"a@xbb@x"),
        array("Q", [3, 7]),
        [PostedName(520, "film.mkv")],
    )
    assert len(table) == 2
    assert [table.message_id(0), table.message_id(1)] == ["a@x", "bb@x"]
    assert table.part(1) == Part(500, 20, 520, "film.mkv")
