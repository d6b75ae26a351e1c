from __future__ import annotations

from dataclasses import replace

import pytest

from altmount.articles import ArticleDamagedError, Urgency
from altmount.importer.contents import Run
from altmount.importer.measured import MeasuredFile
from altmount.importer.partsizes import Parts
from altmount.importer.runs import MisinferredError, RunSource
from altmount.reader.source import read
from altmount.spans import Span
from tests.support.posts import Pattern, Posts

DATA = Pattern(7_000, 1)


@pytest.fixture
def posts():
    return Posts()


def measured(posts, *, size=7_000, head=b"", inferred=False):
    posted = posts.post("a.rar", DATA, 700)
    count, rest = divmod(size, 700)
    parts = Parts(((count, 700), (1, rest)) if rest else ((count, 700),))
    return MeasuredFile(posted, head=head, size=size, parts=parts, inferred=inferred)


def source(posts, file, *runs):
    return RunSource(posts, [file], runs or [Run(0, 0, file.size)], Urgency.SCAN)


async def test_runs_are_read_one_after_the_other(posts):
    found = source(posts, measured(posts), Run(0, 650, 100), Run(0, 0, 20), Run(0, 6_990, 10))
    whole = DATA[650:750] + DATA[:20] + DATA[6_990:]
    assert found.size == len(whole)
    assert await read(found, Span(0, found.size)) == whole
    assert await read(found, Span(40, 125)) == whole[40:125]
    assert posts.urgencies == {Urgency.SCAN}


async def test_what_is_in_the_head_costs_no_article(posts):
    found = source(posts, measured(posts, head=DATA[:500]))
    assert await read(found, Span(10, 500)) == DATA[10:500]
    assert posts.bodies.total() == 0
    assert await read(found, Span(10, 501)) == DATA[10:501]
    assert posts.bodies.total() == 1


async def test_a_file_that_is_not_what_it_was_taken_to_be_is_told(posts):
    wrong = measured(posts, size=6_900, inferred=True)
    with pytest.raises(MisinferredError) as caught:
        await read(source(posts, wrong), Span(0, 10))
    assert caught.value.file == 0
    right = measured(posts, inferred=True)
    assert await read(source(posts, right), Span(0, 10)) == DATA[:10]


async def test_an_article_that_does_not_fit_what_was_measured_is_damaged(posts):
    with pytest.raises(ArticleDamagedError):
        await read(source(posts, measured(posts, size=6_900)), Span(0, 10))


async def test_what_was_not_measured_cannot_be_read(posts):
    with pytest.raises(ValueError, match="not measured"):
        await read(source(posts, replace(measured(posts), parts=None)), Span(0, 10))
