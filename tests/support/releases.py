"""Releases of any shape, made from a seed: the same seed gives the same release."""

from __future__ import annotations

import random
from array import array
from collections.abc import Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from altmount.articles import parse_message_id
from altmount.library.paths import VirtualPath
from altmount.library.release import Draft, Entry, Release
from altmount.nzb.model import Nzb, PostedFile, Segments
from altmount.reader.extents import ArticleTable, ExtentMap, PostedName

ARTICLE_BYTES = 716_800
POSTED = datetime(2024, 5, 17, 12, 30, 15, 123456, tzinfo=UTC)


def release_id(seed: int) -> str:
    return random.Random(f"release {seed}").randbytes(16).hex()


def make_nzb(seed: int, segments: Sequence[int], *, password: str | None = None) -> Nzb:
    """An NZB with a file for each number, of that many segments."""
    rng = random.Random(f"nzb {seed}")
    files = []
    for index, count in enumerate(segments):
        rows = [
            (number, rng.randrange(700_000, 800_000), parse_message_id(_message_id(rng)))
            for number in range(1, count + 1)
        ]
        files.append(
            PostedFile(
                subject=f'[{index + 1}/{len(segments)}] - "file {index}.bin" yEnc (1/{count}) ☂',
                poster="Röster <a@example>",
                posted=POSTED + timedelta(seconds=index) if index % 3 else None,
                groups=("alt.binaries.test", f"alt.binaries.{index}"),
                segments=Segments.of(rows),
                declared_segments=count if index % 2 else None,
                name=f"file {index}.bin",
            )
        )
    metas = {"title": f"Release {seed}"} | ({"password": password} if password else {})
    return Nzb(tuple(files), metas)


def make_table(nzb: Nzb, *, last: int = 12_345) -> ArticleTable:
    """What measuring an NZB's files would find: full articles, and a shorter last one each."""
    begins, sizes, posted = array("Q"), array("I"), array("I")
    ids, ends, names = bytearray(), array("Q"), []
    for index, file in enumerate(nzb.files):
        count = len(file.segments)
        begins.extend(range(0, count * ARTICLE_BYTES, ARTICLE_BYTES))
        sizes.extend([ARTICLE_BYTES] * (count - 1) + [last] * bool(count))
        posted.extend([index] * count)
        ends.extend(len(ids) + end for end in file.segments.id_ends)
        ids += file.segments.ids
        size = (count - 1) * ARTICLE_BYTES + last if count else 0
        names.append(PostedName(size, None if index % 5 == 4 else file.name))
    return ArticleTable(begins, sizes, posted, bytes(ids), ends, names)


def make_draft(
    seed: int,
    names: Sequence[str] = ("film.mkv",),
    *,
    folder: str = "/movies/Film",
    segments: int = 3,
    password: str | None = None,
) -> Draft:
    """A post of whole files, each of ``segments`` articles."""
    nzb = make_nzb(seed, [segments] * len(names), password=password)
    table = make_table(nzb)
    entries = []
    for index, name in enumerate(names):
        articles = range(index * segments, (index + 1) * segments)
        extents = ExtentMap.joined(table, articles)
        modified = POSTED + timedelta(minutes=index)
        entries.append(Entry(VirtualPath(f"{folder}/{name}"), extents.size, modified, extents))
    return Draft(VirtualPath(folder), nzb, table, tuple(entries))


def make_release(seed: int, names: Sequence[str] = ("film.mkv",), **shape: object) -> Release:
    draft = make_draft(seed, names, **shape)
    return Release(
        id=release_id(seed),
        name=f"Release {seed}",
        category="movies" if seed % 2 else None,
        created=POSTED + timedelta(days=seed % 100),
        folder=draft.folder,
        nzb=draft.nzb,
        table=draft.table,
        entries=draft.entries,
    )


class MapSource:
    """A source that only knows its map; for tests that do not read."""

    def __init__(self, extents: ExtentMap) -> None:
        self.map = extents

    @property
    def size(self) -> int:
        return self.map.size

    @asynccontextmanager
    async def open(self, span):
        raise AssertionError(f"{span} is not to be read")
        yield


def same_map(one: ExtentMap, other: ExtentMap) -> bool:
    return (list(one.starts), list(one.articles), list(one.offsets)) == (
        list(other.starts),
        list(other.articles),
        list(other.offsets),
    )


def same_table(one: ArticleTable, other: ArticleTable) -> bool:
    columns = ("begins", "sizes", "posted", "id_ends", "posted_files")
    return bytes(one.ids) == bytes(other.ids) and all(
        list(getattr(one, name)) == list(getattr(other, name)) for name in columns
    )


def _message_id(rng: random.Random) -> str:
    return f"{rng.randbytes(12).hex()}@{rng.choice(['example', 'news.example'])}"


def map_of(source) -> ExtentMap:
    """The map of what a library over :class:`MapSource` gave to read through."""
    return getattr(source, "_source", source).map
