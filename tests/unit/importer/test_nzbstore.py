from __future__ import annotations

import asyncio
import gzip
import os
import random
import re
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from altmount.errors import NotFoundError
from altmount.importer import nzbstore as module
from altmount.importer.nzbstore import NzbStore
from tests.support.sweep import cancel_at_every_step

RELEASE = "ab" * 16


async def test_an_nzb_is_kept_compressed_under_its_release(tmp_path):
    store = NzbStore(tmp_path)

    await store.keep(RELEASE, b"<nzb/>")

    path = store.path(RELEASE)
    assert path == tmp_path / "nzbs" / "ab" / f"{RELEASE}.nzb.gz"
    assert gzip.decompress(path.read_bytes()) == b"<nzb/>"


async def test_what_is_gzipped_already_is_kept_as_it_came(tmp_path):
    packed = gzip.compress(b"<nzb/>")
    store = NzbStore(tmp_path)
    await store.keep(RELEASE, packed)
    assert store.path(RELEASE).read_bytes() == packed


async def test_dropping_removes_it_and_dropping_again_does_nothing(tmp_path):
    store = NzbStore(tmp_path)
    await store.keep(RELEASE, b"<nzb/>")
    path = store.path(RELEASE)
    await store.drop(RELEASE)
    await store.drop(RELEASE)
    assert not path.exists()


async def test_a_disk_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def fail(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        await NzbStore(tmp_path).keep(RELEASE, b"<nzb/>")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_it_is_written_and_synced_before_it_has_its_name(tmp_path, monkeypatch):
    synced = []
    fsync = os.fsync
    store = NzbStore(tmp_path)

    def watch(handle):
        synced.append((Path(f"/proc/self/fd/{handle}").readlink(), store.path(RELEASE).exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watch)
    await store.keep(RELEASE, b"<nzb/>")
    path = store.path(RELEASE)

    assert synced[0] == (path.with_suffix(".part"), False)
    assert (path.parent, True) in synced


async def test_cancelled_anywhere_it_is_there_whole_or_not_at_all(tmp_path):
    store = NzbStore(tmp_path)

    async def whole_or_not():
        assert list(tmp_path.rglob("*.part")) == []
        path = store.path(RELEASE)
        assert not path.exists() or gzip.decompress(path.read_bytes()) == b"<nzb/>"
        await store.drop(RELEASE)

    await asyncio.wait_for(
        cancel_at_every_step(lambda: store.keep(RELEASE, b"<nzb/>"), whole_or_not), 20
    )


async def test_passwords_are_kept_for_nobody_else_to_read_and_go_with_the_nzb(tmp_path):
    store = NzbStore(tmp_path)
    await store.keep(RELEASE, b"<nzb/>")
    for password in ("one", "two", "one", "☂"):
        await store.keep_password(RELEASE, password)
    assert await store.passwords(RELEASE) == ["☂", "one", "two"]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o077 for path in files} == {0}

    await store.drop(RELEASE)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert await store.passwords(RELEASE) == []


async def test_passwords_that_were_damaged_are_as_good_as_none(tmp_path):
    store = NzbStore(tmp_path)
    await store.keep_password(RELEASE, "one")
    [path] = [path for path in tmp_path.rglob("*") if path.is_file()]
    path.write_bytes(b"{")
    assert await store.passwords(RELEASE) == []
    await store.keep_password(RELEASE, "two")
    assert await store.passwords(RELEASE) == ["two"]


async def test_an_nzb_is_known_by_its_contents_however_it_came(tmp_path):
    store = NzbStore(tmp_path)
    plain = await store.keep(RELEASE, b"<nzb/>")
    packed = await store.keep(RELEASE, gzip.compress(b"<nzb/>", 9))
    assert plain == packed
    assert plain.size == 6
    assert (await store.keep(RELEASE, b"<nzb />")).digest != plain.digest


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:20] + b"x" * 9])
async def test_what_is_damaged_is_known_by_what_came(tmp_path, damage):
    store = NzbStore(tmp_path)
    packed = damage(gzip.compress(os.urandom(5_000)))
    kept = await store.keep(RELEASE, packed)
    assert (await store.keep(RELEASE, packed)).digest == kept.digest
    assert (await store.keep(RELEASE, packed + b"x")).digest != kept.digest


async def test_what_never_ends_is_looked_at_for_a_while(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_MAX_UNPACKED_BYTES", 2 * 1024 * 1024)
    store = NzbStore(tmp_path)
    kept = await store.keep(RELEASE, gzip.compress(bytes(50_000_000)))
    assert 2 * 1024 * 1024 <= kept.size < 4 * 1024 * 1024
    with pytest.raises(NotFoundError, match="does not end"):
        await store.unpacked(RELEASE)


async def test_one_takes_the_place_of_another_and_is_dropped_by_its_own_name(tmp_path):
    store = NzbStore(tmp_path)
    other = "cd" * 16
    await store.keep(RELEASE, b"<nzb>old</nzb>")
    await store.keep(other, b"<nzb>new</nzb>")
    await store.replace(RELEASE, other)
    await store.drop(other)
    assert await store.unpacked(RELEASE) == b"<nzb>new</nzb>"
    with pytest.raises(NotFoundError, match="not kept"):
        await store.unpacked(other)


async def test_those_kept_before_a_moment_are_found(tmp_path):
    store = NzbStore(tmp_path)
    await store.keep(RELEASE, b"<nzb/>")
    await store.keep_password(RELEASE, "x")
    now = datetime.now(UTC)
    assert await store.releases(now - timedelta(hours=1)) == []
    assert await store.releases(now + timedelta(hours=1)) == [RELEASE]


async def test_an_nzb_is_handed_back_with_the_passwords_that_were_given_for_it(tmp_path):
    store = NzbStore(tmp_path)
    await store.keep(RELEASE, b"<nzb></nzb>")
    assert await store.handed_back(RELEASE) == b"<nzb></nzb>"
    await store.keep_password(RELEASE, "old")
    await store.keep_password(RELEASE, "n&w")
    text = (await store.handed_back(RELEASE)).decode()
    assert re.findall("password.>(.*?)</meta>", text) == ["n&amp;w", "old"]
    with pytest.raises(NotFoundError):
        await store.handed_back("cd" * 16)


def open_files():
    return {one.path for one in psutil.Process().open_files()}


async def test_a_large_nzb_is_handed_back_in_pieces(tmp_path):
    store = NzbStore(tmp_path)
    await store.keep(RELEASE, b"<nzb>" * 600_000)
    await store.keep_password(RELEASE, "s3cret")
    pieces = [piece async for piece in store.pieces(RELEASE)]
    assert len(pieces) == 3
    assert b"".join(pieces) == await store.handed_back(RELEASE)
    assert ["s3cret" in piece.decode() for piece in pieces] == [True, False, False]


async def test_who_leaves_in_the_middle_of_an_nzb_leaves_no_file_open(tmp_path):
    store = NzbStore(tmp_path)
    await store.keep(RELEASE, b"<nzb>" + b"x" * 3_000_000 + b"</nzb>")
    path = str(store.path(RELEASE))
    async with aclosing(store.pieces(RELEASE)) as pieces:
        await anext(pieces)
        assert path in open_files()
    assert path not in open_files()


async def test_what_breaks_off_is_told_after_what_could_be_read(tmp_path):
    store = NzbStore(tmp_path)
    noise = random.Random(1).randbytes(3_000_000)
    await store.keep(RELEASE, gzip.compress(noise)[:-1_000_000])
    read = []
    with pytest.raises(NotFoundError, match="damaged"):
        async for piece in store.pieces(RELEASE):
            read.append(piece)  # noqa: PERF401 -- it ends in an error
    assert noise.startswith(b"".join(read))
    assert read
