from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.model import AesCbc, Entry, Extent
from altmount.importer.contents import Contents, Run, contents_of
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
    assert contents.checked


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


def test_what_is_encrypted_twice_or_in_part_is_refused():
    encrypted = contents_of(
        Entry("a", 30, (Extent(0, 0, 32),), AesCbc(KEY, IV)), posted([bytes(32)])
    )
    twice = Entry("b", 16, (Extent(0, 0, 16),), AesCbc(KEY, IV))
    assert refused(twice, [encrypted]) is ArchiveFault.UNSUPPORTED
    volumes = [encrypted, Contents.posted([(1, 10)])]
    partly = Entry("b", 40, (Extent(0, 0, 30), Extent(1, 0, 10)))
    assert refused(partly, volumes) is ArchiveFault.UNSUPPORTED
    assert refused(Entry("b", 40, partly.extents, AesCbc(KEY, IV)), volumes) is (
        ArchiveFault.UNSUPPORTED
    )
