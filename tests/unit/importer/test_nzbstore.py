from __future__ import annotations

import asyncio
import gzip
import os
from pathlib import Path

import pytest

from altmount.importer.nzbstore import NzbStore
from tests.support.sweep import cancel_at_every_step

RELEASE = "ab" * 16


async def test_an_nzb_is_kept_compressed_under_its_release(tmp_path):
    store = NzbStore(tmp_path)

    path = await store.keep(RELEASE, b"<nzb/>")

    assert path == store.path(RELEASE) == tmp_path / "nzbs" / "ab" / f"{RELEASE}.nzb.gz"
    assert gzip.decompress(path.read_bytes()) == b"<nzb/>"


async def test_what_is_gzipped_already_is_kept_as_it_came(tmp_path):
    packed = gzip.compress(b"<nzb/>")
    path = await NzbStore(tmp_path).keep(RELEASE, packed)
    assert path.read_bytes() == packed


async def test_dropping_removes_it_and_dropping_again_does_nothing(tmp_path):
    store = NzbStore(tmp_path)
    path = await store.keep(RELEASE, b"<nzb/>")
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
    path = await store.keep(RELEASE, b"<nzb/>")

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
