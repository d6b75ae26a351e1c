from __future__ import annotations

from datetime import UTC, datetime

import pytest

from altmount.importer.proof import prove
from altmount.importer.refusals import Reason, Refusal
from altmount.library.paths import VirtualPath
from altmount.library.release import Entry
from altmount.reader.transform import Unpacked
from tests.support.sources import MemorySource

SOME = bytes(range(256)) * 4
HEADS = {
    "a.mkv": b"\x1a\x45\xdf\xa3",
    "a.mp4": b"\0\0\0\x20ftypisom",
    "a.mov": b"\0\0\0\x20moov",
    "a.avi": b"RIFF\0\0\0\0AVI ",
    "a.wmv": b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c",
    "a.mkv/right, by another name": b"\0\0\0\x20ftypisom",
}


async def proven(name, content):
    opened = []

    def open_source(extents):
        opened.append(extents)
        return MemorySource(content)

    now = datetime.now(UTC)
    await prove([Entry(VirtualPath(f"/x/{name}"), len(content), now, "map")], open_source)
    return opened


@pytest.mark.parametrize(("name", "head"), HEADS.items())
async def test_a_film_that_begins_as_one_is_proven_through_what_players_read(name, head):
    assert await proven(name.partition("/")[0], head + SOME) == ["map"]


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.AVI", "a.webm"])
async def test_what_does_not_begin_as_a_film_is_none(name):
    with pytest.raises(Refusal, match=r"a\.\w+") as caught:
        await proven(name, SOME)
    assert caught.value.code is Reason.NOT_PLAYABLE


@pytest.mark.parametrize("name", ["a.srt", "a.mpg", "a.iso", "a.mp3"])
async def test_what_begins_in_many_ways_is_not_read(name):
    assert await proven(name, SOME) == []


async def test_a_film_is_read_through_its_transform():
    now = datetime.now(UTC)
    entry = Entry(VirtualPath("/x/a.mkv"), 4, now, "map", Unpacked(HEADS["a.mkv"]))
    await prove([entry], lambda _: MemorySource(b""))
