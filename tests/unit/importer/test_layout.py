from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.model import Lead
from altmount.importer.contents import Contents, Inferred, Reliance, Run
from altmount.importer.layout import article_table, extent_maps, reliances
from altmount.importer.measured import Fault, MeasuredFile
from altmount.importer.partsizes import Parts
from altmount.importer.refusals import Reason
from altmount.reader.extents import ExtentMap
from altmount.spans import Span
from tests.support.posts import Pattern, Posts


def run(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def measured(posts, sizes, **how):
    file = posts.post(f"file{len(posts.files)}", Pattern(sum(sizes)), sizes=sizes, **how)
    parts = Parts(tuple((1, size) for size in sizes))
    return MeasuredFile(file, yenc_name=file.name, size=parts.size, parts=parts)


shapes = st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=9), min_size=1, max_size=5)


@given(shapes)
def test_the_table_says_what_each_article_must_hold(shapes):
    posts = Posts()
    files = [measured(posts, sizes) for sizes in shapes]

    table = run(article_table(files))

    assert len(table) == sum(map(len, shapes))
    index = 0
    for file, sizes in zip(files, shapes, strict=True):
        begin = 0
        for number, size in enumerate(sizes):
            part = table.part(index)
            assert table.message_id(index) == file.posted.segments.message_id(number)
            assert (part.begin, part.size) == (begin, size)
            assert (part.file_size, part.file_name) == (file.size, file.posted.name)
            begin += size
            index += 1


@given(shapes, st.data())
def test_a_map_joins_posted_files_end_to_end(shapes, data):
    posts = Posts()
    files = [measured(posts, sizes) for sizes in shapes]
    chosen = data.draw(st.lists(st.sampled_from(range(len(files))), unique=True, min_size=1))
    table = run(article_table(files))

    entries = [[Run(index, 0, files[index].size) for index in chosen], [Run(0, 0, files[0].size)]]
    [made, _] = run(extent_maps(table, files, entries))

    first = [sum(map(len, shapes[:index])) for index in range(len(shapes))]
    indexes = [first[index] + n for index in chosen for n in range(len(shapes[index]))]
    plain = ExtentMap.joined(table, indexes)
    assert made.size == sum(files[index].size for index in chosen)
    whole = Span(0, made.size)
    assert list(made.covering(whole)) == list(plain.covering(whole))
    for column in ("starts", "articles", "offsets"):
        assert getattr(made, column) == getattr(plain, column)


@given(shapes, st.data())
def test_a_map_of_runs_has_the_bytes_of_those_runs(shapes, data):
    posts = Posts()
    files = [measured(posts, sizes) for sizes in shapes]
    table = run(article_table(files))
    runs, expected = [], []
    for _ in range(data.draw(st.integers(1, 4))):
        index = data.draw(st.sampled_from(range(len(files))))
        start = data.draw(st.integers(0, files[index].size - 1))
        size = data.draw(st.integers(1, files[index].size - start))
        runs.append(Run(index, start, size))
        expected += [(index, start + n) for n in range(size)]

    [made] = run(extent_maps(table, files, [runs]))

    found = []
    firsts = [sum(map(len, shapes[:index])) for index in range(len(shapes))]
    for number in range(len(made)):
        extent = made.extent(number)
        assert len(extent.virtual) > 0
        assert extent.offset + len(extent.virtual) <= extent.part.size
        file = max(i for i, first in enumerate(firsts) if first <= made.articles[number])
        begin = extent.part.begin + extent.offset
        found += [(file, begin + n) for n in range(len(extent.virtual))]
    assert found == expected
    assert made.size == len(expected)


def test_what_files_rely_on_is_laid_out_once():
    posts = Posts()
    files = [measured(posts, [10, 10]) for _ in range(2)]
    table = run(article_table(files))
    lead = Lead("rar5", 1, "a.mkv", Span(15, 20))
    inferred = Inferred(lead, Contents.posted([(1, 20)]).slice(Span(0, 15)), "s3cret")
    relying = Contents(reliances=(Reliance(Span(3, 8), inferred),))

    none, one, other = run(reliances(table, files, [Contents(), relying, relying]))

    assert none == ()
    [(span, inference)] = one
    assert (span, inference.lead, inference.password) == (Span(3, 8), lead, "s3cret")
    assert [inference.head.articles[n] for n in range(len(inference.head))] == [2, 3]
    assert inference.head.size == 15
    assert other[0].inference is inference


def test_what_was_not_measured_keeps_its_place_in_the_table():
    posts = Posts()
    lost = MeasuredFile(posts.post("lost", Pattern(30), 10), fault=Fault(Reason.ARTICLES_MISSING))
    there = measured(posts, [10, 5])

    table = run(article_table([lost, there]))

    assert [table.part(index).size for index in range(5)] == [0, 0, 0, 10, 5]
    assert table.message_id(2) == lost.posted.segments.message_id(2)
    with pytest.raises(ValueError, match="not measured"):
        run(extent_maps(table, [lost, there], [[Run(0, 0, 30)]]))
    with pytest.raises(ValueError, match="fewer bytes"):
        run(extent_maps(table, [lost, there], [[Run(1, 10, 6)]]))


def test_a_hundred_thousand_articles_are_laid_out_in_short_steps():
    posts = Posts()
    count = 100_000
    tiny = posts.post("film", Pattern(count), 1)
    file = MeasuredFile(tiny, yenc_name="film", size=count, parts=Parts(((count, 1),)))
    steps = article_table([file])
    assert sum(1 for _ in steps) > 20
