from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import AesCbc, Entry, Extent, Lead
from altmount.importer.contents import Contents, Inferred, Reliance, Run, contents_of, joined
from altmount.reader.source import read
from altmount.reader.stack import transformed
from altmount.reader.transform import size_after
from altmount.spans import Span
from tests.support.encrypted import cbc
from tests.support.sources import MemorySource

KEY, IV = bytes(range(32)), bytes(16)


def bytes_of(contents, files):
    """Read as a player would."""
    stored = b"".join(files[run.file][run.start : run.start + run.size] for run in contents.runs)
    assert size_after(len(stored), contents.transform) == contents.size
    source = transformed(MemorySource(stored, chunk=37), contents.transform)
    return asyncio.run(read(source, Span(0, source.size)))


def split(data, rng, header):
    """Cut into volumes, each with a header and a trailer; and where the pieces lie."""
    cuts = sorted(rng.sample(range(1, len(data)), min(len(data) - 1, 3)))
    volumes, extents = [], []
    bounds = zip([0, *cuts], [*cuts, len(data)], strict=True)
    for number, (start, stop) in enumerate(bounds):
        volumes.append(bytes(header) + data[start:stop] + b"end")
        extents.append(Extent(number, header, stop - start))
    return volumes, tuple(extents)


def archived(plain, rng, *, encrypted, skip=0):
    """Volumes of a set, and the entry."""
    data, cipher = plain, None
    if encrypted:
        data, cipher = cbc(bytes(skip) + plain, KEY, IV), AesCbc(KEY, IV, skip, checked=True)
    volumes, extents = split(data, rng, rng.randint(1, 20))
    return volumes, Entry("film.mkv", len(plain), extents, cipher)


def posted(files):
    return [Contents.posted([(index, len(data))]) for index, data in enumerate(files)]


@given(st.integers(2, 300), st.integers(0, 50), st.booleans(), st.integers(0, 20), st.data())
def test_an_entry_and_any_slice_of_it_have_their_bytes(size, seed, encrypted, skip, data):
    rng = random.Random(seed)
    plain = rng.randbytes(size)
    files, entry = archived(plain, rng, encrypted=encrypted, skip=skip)
    contents = contents_of(entry, posted(files))
    assert bytes_of(contents, files) == plain

    start = data.draw(st.integers(0, size))
    stop = data.draw(st.integers(start, size))
    part = contents.slice(Span(start, stop))
    assert part.size == stop - start
    assert bytes_of(part, files) == plain[start:stop]
    again = part.slice(Span(part.size // 3, part.size))
    assert bytes_of(again, files) == plain[start:stop][part.size // 3 :]


@given(st.integers(2, 200), st.integers(0, 50), st.booleans())
def test_a_set_in_a_set_is_as_flat_as_any(size, seed, encrypted):
    rng = random.Random(seed)
    plain = rng.randbytes(size)
    inner_files, inner = archived(plain, rng, encrypted=False)
    files, volumes = [], []
    for data in inner_files:
        outer, entry = archived(data, rng, encrypted=encrypted, skip=rng.randint(0, 20))
        numbered = [
            Contents.posted([(len(files) + index, len(one))]) for index, one in enumerate(outer)
        ]
        files += outer
        volumes.append(contents_of(entry, numbered))

    contents = contents_of(inner, volumes)

    assert bytes_of(contents, files) == plain
    assert len(contents.chains) == (len(inner_files) if encrypted else 1)


def test_adjacent_runs_are_one():
    volumes = [Contents.posted([(0, 100)])]
    entry = Entry("a", 30, (Extent(0, 10, 10), Extent(0, 20, 15), Extent(0, 50, 5)))
    assert contents_of(entry, volumes).runs == (Run(0, 10, 25), Run(0, 50, 5))


def test_what_was_unpacked_is_kept_as_it_is():
    contents = contents_of(Entry("a.srt", 4, content=b"text"), [])
    assert (contents.size, contents.runs) == (4, ())
    assert bytes_of(contents, []) == b"text"


def refused(entry, volumes):
    with pytest.raises(ArchiveError) as caught:
        contents_of(entry, volumes)
    return caught.value.fault


def test_an_entry_with_fewer_bytes_than_it_should_have_is_refused():
    volumes = posted([bytes(100)])
    assert refused(Entry("a", 20, (Extent(0, 90, 20),)), volumes) is ArchiveFault.TRUNCATED
    assert refused(Entry("a", 20, (Extent(0, 0, 10),)), volumes) is ArchiveFault.TRUNCATED
    encrypted = Entry("a", 20, (Extent(0, 0, 16),), AesCbc(KEY, IV))
    assert refused(encrypted, volumes) is ArchiveFault.TRUNCATED


@given(st.integers(2, 300), st.integers(0, 99), st.data())
def test_what_is_encrypted_in_what_is_encrypted_or_plain_has_its_bytes(size, seed, data):
    """Some outer entries are encrypted, some are not, and so is the inner one."""
    rng = random.Random(seed)
    plain = rng.randbytes(size)
    inner_files, inner = archived(plain, rng, encrypted=data.draw(st.booleans()), skip=seed % 7)
    files, volumes = [], []
    for one in inner_files:
        outer, entry = archived(one, rng, encrypted=rng.random() < 0.7, skip=rng.randint(0, 20))
        numbered = [Contents.posted([(len(files) + n, len(each))]) for n, each in enumerate(outer)]
        files += outer
        volumes.append(contents_of(entry, numbered))
    contents = contents_of(inner, volumes)
    assert bytes_of(contents, files) == plain
    start = data.draw(st.integers(0, size))
    stop = data.draw(st.integers(start, size))
    part = contents.slice(Span(start, stop))
    assert bytes_of(part, files) == plain[start:stop]
    assert (
        bytes_of(part.slice(Span(part.size // 3, part.size)), files)
        == (plain[start:stop][part.size // 3 :])
    )


@given(st.integers(0, 9), st.data())
def test_what_a_slice_relies_on_is_what_its_bytes_rely_on(skip, data):
    """Of what is plain these bytes, and of what is encrypted a block more."""
    lead = Lead("rar5", 1, "film.mkv", Span(10, 50))
    one = Inferred(lead, Contents())
    encrypted = data.draw(st.booleans())
    cipher = AesCbc(KEY, IV, skip) if encrypted else None
    size = 100
    extents = (Extent(0, 5, 40), Extent(1, 10, 40), Extent(2, 5, 48 if encrypted else 20))
    entry = Entry("film.mkv", size, extents, cipher)
    contents = contents_of(entry, posted([bytes(60)] * 3), {1: one})

    def relies(byte):
        byte += skip if encrypted else 0
        return 40 <= byte < (80 + 16 if encrypted else 80)

    start = data.draw(st.integers(0, size))
    stop = data.draw(st.integers(start, size))
    part = joined([Contents.posted([(9, 7)]), contents.slice(Span(start, stop))])
    found = {n for span, why in part.reliances for n in range(span.start, span.stop)}
    assert found == {n - start + 7 for n in range(start, stop) if relies(n)}
    assert all(why is one for _, why in part.reliances)


def test_what_an_outer_volume_was_taken_for_counts_for_the_inner_files():
    lead = Lead("rar5", 1, "x.rar", Span(10, 50))
    outer, inner = Inferred(lead, Contents()), Inferred(lead, Contents())
    whole = Entry("x.rar", 80, (Extent(0, 0, 40), Extent(1, 10, 40)))
    volume = contents_of(whole, posted([bytes(60)] * 2), {1: outer})
    entry = Entry("film.mkv", 50, (Extent(0, 20, 50),))
    contents = contents_of(entry, [volume], {0: inner})
    assert set(contents.reliances) == {
        Reliance(Span(20, 50), outer),
        Reliance(Span(0, 50), inner),
    }
