from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.model import Lead
from altmount.archives.rar.read import read_rar
from altmount.articles import ArticleDamagedError, ArticleMissingError
from altmount.reader.extents import ExtentMap
from altmount.reader.inference import Inference, Reliance, Reliances
from altmount.reader.proven import ProvenSource, source_of_file
from altmount.reader.source import read
from altmount.spans import Span
from tests.support.archives import Driver
from tests.support.payloads import article_table
from tests.support.rars import File, rar5
from tests.support.sources import MemorySource

FILM = random.Random(1).randbytes(20_000)
VOLUMES = rar5([File("film.mkv", FILM)], volume_size=2_000)


class Made:
    """A film in a set, and what reads it and the heads of its volumes."""

    def __init__(self, volumes=VOLUMES, chunk=700):
        driver = Driver(VOLUMES)
        archive = driver.run(read_rar(driver.volumes))
        [entry] = archive.entries
        self.heads = {}
        self.head_error = None
        self.read = []
        reliances, at = [], 0
        self.first_of = {}
        for extent in entry.extents:
            if (lead := archive.leads.get(extent.volume)) is not None:
                head = ExtentMap.joined(article_table([lead.run.start], extent.volume), [0])
                self.heads[id(head)] = (extent.volume, volumes[extent.volume][: lead.run.start])
                span = Span(at, at + extent.size)
                reliances.append(Reliance(span, Inference(lead, head)))
                self.first_of[extent.volume] = at
            at += extent.size
        self.reliances = Reliances(reliances)
        self.film = MemorySource(
            b"".join(volumes[e.volume][e.start : e.start + e.size] for e in entry.extents),
            chunk=chunk,
        )
        self.source = ProvenSource(self.film, self.reliances, self.open_source)

    def open_source(self, extents):
        volume, head = self.heads[id(extents)]
        self.read.append(volume)
        if self.head_error:
            return MemorySource(head, fail_at=0, error=self.head_error)
        return MemorySource(head)


@given(st.integers(0, 20_000), st.integers(0, 20_000), st.integers(1, 5_000))
def test_any_span_is_as_it_was_and_its_volumes_are_proven_once(one, other, chunk):
    made = Made(chunk=chunk)
    start, stop = sorted((one, other))
    for _ in range(2):
        assert asyncio.run(read(made.source, Span(start, stop))) == FILM[start:stop]
    touched = {
        each.inference for each in made.reliances.all if each.span.overlap(Span(start, stop))
    }
    assert len(made.read) == len(set(made.read)) == len(touched)


@pytest.mark.parametrize("chunk", [100, 700, 20_000])
async def test_no_byte_of_a_volume_that_lies_is_given(chunk):
    """It is the volume of another film, of the same size and in the same place."""
    other = rar5([File("film.mk2", FILM[::-1])], volume_size=2_000)
    volumes = [*VOLUMES[:5], other[5], *VOLUMES[6:]]
    made = Made(volumes, chunk)
    start = made.first_of[5]
    got = b""
    async with made.source.open(Span(0, len(FILM))) as chunks:
        with pytest.raises(ArticleDamagedError, match="headers"):
            async for piece in chunks:
                got += bytes(piece)
    assert len(got) <= start
    assert FILM.startswith(got)
    # In the middle of it, too, and where another volume begins all is well again.
    with pytest.raises(ArticleDamagedError):
        await read(made.source, Span(start + 500, start + 510))
    after = made.first_of[6]
    assert await read(made.source, Span(after, after + 99)) == FILM[after : after + 99]


async def test_a_head_that_is_gone_ends_the_read():
    made = Made()
    made.head_error = ArticleMissingError("a@b")
    with pytest.raises(ArticleMissingError):
        await read(made.source, Span(made.first_of[3] + 5, made.first_of[3] + 9))


async def test_the_head_is_read_beside_the_bytes_and_let_go_of_with_them():
    made = Made()
    made.film.hold_at = 0
    async with made.source.open(Span(made.first_of[3], len(FILM))) as chunks:
        taking = asyncio.create_task(anext(chunks))
        await made.film.held.wait()
        await asyncio.sleep(0)
        assert made.read == [3]
        taking.cancel()
        await asyncio.wait([taking])
    assert made.film.reading == 0


async def test_a_file_that_relies_on_nothing_is_read_as_it_is():
    source = MemorySource(FILM)
    extents = ExtentMap.joined(article_table([len(FILM)]), [0])
    assert source_of_file(lambda _: source, extents, None, Reliances()) is source


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.integers(1, 30)).map(lambda p: Span(p[0], sum(p))),
        max_size=8,
    ),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_what_is_not_proven_is_all_that_overlaps_in_the_order_of_the_bytes(spans, one, other):
    lead = Lead("rar5", 1, "a", Span(1, 2))
    head = ExtentMap.joined(article_table([1]), [0])
    all_of_them = [Reliance(span, Inference(lead, head)) for span in spans]
    reliances = Reliances(all_of_them)
    for each in all_of_them[::3]:
        reliances.prove(each.inference)
    wanted = Span(*sorted((one, other)))
    expected = [
        each.span
        for number, each in enumerate(all_of_them)
        if number % 3 and each.span.overlap(wanted)
    ]
    assert [each.span for each in reliances.unproven(wanted)] == sorted(expected)
