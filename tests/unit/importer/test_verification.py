from __future__ import annotations

import asyncio
import logging
import struct
import zlib
from contextlib import asynccontextmanager

import pytest

from altmount.articles import ArticleDamagedError, ArticleUnavailableError, Urgency
from altmount.importer.verification import Verification
from altmount.library.sidecar import Sidecar
from altmount.library.status import FileStatus
from tests.support.house import opened
from tests.support.posts import Pattern
from tests.support.rars import File, rar5

MKV = b"\x1a\x45\xdf\xa3"
FILM = MKV + Pattern(60_000, 5)[:]


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path) as made:
        yield made


def post(house, volumes):
    names = [f"Film.part{number + 1:02}.rar" for number in range(len(volumes))]
    return [house.posts.post(name, data, 700) for name, data in zip(names, volumes, strict=True)]


async def no_longer(_seconds):
    await asyncio.sleep(0)


@asynccontextmanager
async def verifying(house, sleep=no_longer):
    """Verifies inside the block, and until nothing is left to do."""
    news = asyncio.Event()
    verification = Verification(
        house.nzbs, house.jobs, house.pipeline, house.library.corrections, news, sleep=sleep
    )
    task = asyncio.create_task(verification.run())
    try:
        yield news
    finally:
        task.cancel()
        await asyncio.wait([task])


async def settled(house):
    async with asyncio.timeout(20):
        while await house.nzbs.doubted():
            await asyncio.sleep(0.001)


async def etag_of(house):
    [file] = (await house.files()).values()
    return file.etag


async def entry_of(house, job):
    """The only file of a job, as its sidecar has it."""
    [path] = house.folder.glob(f"releases/*/{job.release}.altmount")
    return Sidecar.open(path).entry(0)


async def test_what_was_inferred_is_looked_at_when_nobody_else_wants_anything(house):
    files = post(house, rar5([File("a.mkv", FILM)], volume_size=5_000))
    job = await house.imported()
    assert await house.nzbs.doubted() == [job.id]
    before = await etag_of(house)
    imported = await entry_of(house, job)
    assert imported.status is FileStatus.UNVERIFIED
    [file] = (await house.files()).values()
    assert file.status is FileStatus.UNVERIFIED
    assert len(imported.reliances) == len(files) - 3
    house.posts.urgencies.clear()

    async with verifying(house):
        await settled(house)

    assert all(house.posts.spent_on(file) for file in files)
    assert Urgency.IMPORT not in house.posts.urgencies
    assert await etag_of(house) == before
    sidecar = await entry_of(house, job)
    assert (sidecar.status, sidecar.reliances) == (FileStatus.HEALTHY, ())
    [file] = (await house.files()).values()
    assert file.status is FileStatus.HEALTHY
    assert not (await house.jobs.get(job.id)).message


async def test_what_was_looked_at_is_not_in_doubt(house):
    house.posts.post("Some.Film.mkv", Pattern(9_000, 1, MKV))
    await house.imported()
    assert await house.nzbs.doubted() == []


async def test_an_inference_that_was_wrong_is_corrected(house):
    """Two volumes share their bytes otherwise than the others, so that the sum is right."""
    volumes = rar5([File("a.mkv", FILM)], volume_size=5_000)
    volumes[5], volumes[6] = shifted(volumes[5], volumes[6])
    post(house, volumes)
    await house.imported()
    before = await etag_of(house)
    [file] = (await house.files()).values()
    with pytest.raises(ArticleDamagedError):
        await house.read(file)

    async with verifying(house):
        await settled(house)

    assert await etag_of(house) != before
    [file] = (await house.files()).values()
    assert await house.read(file) == FILM


def shifted(one, other):
    """Two volumes of a RAR5 set, of the same sizes as before: the first with a longer header and
    less of the data, the second with more of it and none of the end."""

    def parts(volume):
        at, bounds = 8, []
        while len(bounds) < 2:
            size = volume[at + 4]
            bounds.append((at, at + 5 + size))
            at = at + 5 + size
        return volume[: bounds[1][0]], volume[bounds[1][0] : bounds[1][1]], volume[bounds[1][1] :]

    def header(old, data_size, extra):
        body = bytearray(old[5:])
        at = 2 + 1 if body[1] & 1 else 2
        if body[1] & 1:
            body[2] += extra
        body[at : at + 5] = bytes(
            (data_size >> 7 * n & 0x7F) | (0x80 if n < 4 else 0) for n in range(5)
        )
        body += (bytes((extra - 1, 0x7F)) + bytes(extra - 2)) if extra else b""
        whole = bytes((len(body),)) + bytes(body)
        return struct.pack("<I", zlib.crc32(whole)) + whole

    (start1, file1, rest1), (start2, file2, rest2) = parts(one), parts(other)
    end = 8
    data1, end1, data2 = rest1[:-end], rest1[-end:], rest2[:-end]
    moved = data1[-end:]
    new1 = start1 + header(file1, len(data1) - end, end) + data1[:-end] + end1
    new2 = start2 + header(file2, len(data2) + end, 0) + moved + data2
    assert (len(new1), len(new2)) == (len(one), len(other))
    return new1, new2


async def test_what_cannot_be_looked_at_now_is_tried_again_later(house):
    files = post(house, rar5([File("a.mkv", FILM)], volume_size=5_000))
    await house.imported()
    gone = files[5].segments.message_id(0)
    house.posts.errors[gone] = ArticleUnavailableError(gone, "no provider answers")
    slept = []

    async def sleep(seconds):
        slept.append(seconds)
        if len(slept) > 1:
            house.posts.errors.clear()
        await asyncio.sleep(0)

    async with verifying(house, sleep):
        await settled(house)

    # Whoever waits for it to play comes first, and providers that fail are left alone longer.
    assert 10 <= slept[0] < slept[1]


async def test_a_release_that_lost_articles_since_is_said_to_be_damaged_and_stays(house, caplog):
    files = post(house, rar5([File("a.mkv", FILM)], volume_size=5_000))
    job = await house.imported()
    house.posts.take_down(files[5], 0)
    before = await etag_of(house)

    with caplog.at_level(logging.WARNING):
        async with verifying(house):
            await settled(house)

    assert "not what it was taken for" in caplog.text
    [file] = (await house.files()).values()
    assert (file.etag, file.status) == (before, FileStatus.DAMAGED)
    assert (await entry_of(house, job)).status is FileStatus.DAMAGED
    assert "'The Title.mkv' is damaged" in (await house.jobs.get(job.id)).message


async def test_one_that_comes_later_is_looked_at_too(house):
    async with verifying(house) as news:
        await asyncio.sleep(0.01)
        post(house, rar5([File("a.mkv", FILM)], volume_size=5_000))
        await house.imported()
        news.set()
        await settled(house)
