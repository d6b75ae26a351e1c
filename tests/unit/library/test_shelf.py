from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from altmount.library import shelf as module
from altmount.library.errors import SidecarError, SidecarUnavailableError
from altmount.library.shelf import Shelf
from tests.support.releases import make_release, release_id, same_table
from tests.support.sweep import cancel_at_every_step


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "data")


def left_over(shelf):
    return [path for path in shelf._folder.rglob("*") if path.is_file() and path.suffix == ".tmp"]


async def test_what_was_written_can_be_opened(shelf, tmp_path):
    release = make_release(1)
    etags = await shelf.write(release)
    sidecar = await shelf.open(release.id)
    assert same_table(sidecar.table, release.table)
    assert etags == [sidecar.etag(0)]
    assert list(shelf.paths()) == [
        tmp_path / "data" / "releases" / release.id[:2] / f"{release.id}.altmount"
    ]
    assert not left_over(shelf)


async def test_a_sidecar_that_is_open_is_not_opened_again(shelf):
    release = make_release(1)
    await shelf.write(release)
    first = await shelf.open(release.id)
    assert await shelf.open(release.id) is first
    shelf.forget(release.id)
    assert await shelf.open(release.id) is not first


async def test_the_sidecar_used_longest_ago_is_closed(shelf, monkeypatch):
    monkeypatch.setattr(module, "_MAPPED", 2)
    for seed in range(3):
        await shelf.write(make_release(seed))
    first, second = [await shelf.open(release_id(seed)) for seed in (0, 1)]
    await shelf.open(release_id(0))
    await shelf.open(release_id(2))
    assert await shelf.open(release_id(0)) is first
    assert await shelf.open(release_id(1)) is not second


async def test_a_release_that_is_written_again_is_read_anew(shelf):
    await shelf.write(make_release(1, segments=2))
    before = await shelf.open(release_id(1))
    await shelf.write(make_release(1, segments=5))
    assert len((await shelf.open(release_id(1))).table) == 5
    assert len(before.table) == 2


async def test_a_sidecar_that_is_not_there_or_damaged_is_said_so(shelf):
    with pytest.raises(SidecarError, match="is gone"):
        await shelf.open(release_id(1))
    await shelf.write(make_release(1))
    [path] = shelf.paths()
    data = bytearray(path.read_bytes())
    at = data.index(bytes(make_release(1).table.ids)[:10])
    data[at] ^= 1
    path.write_bytes(data)
    with pytest.raises(SidecarError, match=f"{path.name} is damaged in its section 'ids'"):
        await shelf.open(release_id(1))


@pytest.mark.parametrize("release", ["", "../../x", "A" * 32, "a" * 31, "a" * 33, f"{'a' * 31}\n"])
async def test_what_is_not_a_releases_id_never_becomes_a_path(shelf, release):
    with pytest.raises(ValueError, match="not a release's id"):
        shelf.path_of(release)


def test_what_a_crash_left_is_removed_and_nothing_else(tmp_path):
    folder = tmp_path / "releases"
    folder.mkdir()
    ours = folder / f".{'a' * 32}.{'0' * 16}.tmp"
    others = [folder / name for name in (".x.tmp", f"{'a' * 32}.tmp", "notes.txt", ".tmp")]
    for file in (ours, *others):
        file.touch()
    Shelf(tmp_path)
    assert not ours.exists()
    assert all(file.exists() for file in others)


def test_a_folder_that_cannot_be_used_is_said_so(tmp_path):
    tmp_path.joinpath("releases").write_text("in the way")
    with pytest.raises(SidecarUnavailableError, match="cannot use"):
        Shelf(tmp_path)


@pytest.fixture
def disk(monkeypatch):
    """Everything that reaches the disk, in order; the step with that number fails."""

    class Disk:
        steps: list[str]
        failing = None

        def __init__(self):
            self.steps = []

        def step(self, name):
            self.steps.append(name)
            if self.failing == len(self.steps):
                raise OSError(28, "No space left on device")

    disk = Disk()
    sync, replace, mkdir = os.fsync, Path.replace, Path.mkdir

    def fsync(file):
        disk.step(f"sync {Path(f'/proc/self/fd/{file}').readlink().suffix or 'folder'}")
        return sync(file)

    def rename(self, target):
        disk.step("rename")
        return replace(self, target)

    def make(self, *arguments, **options):
        disk.step("mkdir")
        return mkdir(self, *arguments, **options)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", rename)
    monkeypatch.setattr(Path, "mkdir", make)
    return disk


async def test_a_sidecar_is_synced_before_it_is_named_and_so_is_each_folder(shelf, disk):
    await shelf.write(make_release(1))
    assert disk.steps == ["sync .tmp", "mkdir", "sync folder", "rename", "sync folder"]
    disk.steps.clear()
    await shelf.write(make_release(1))
    assert disk.steps == ["sync .tmp", "rename", "sync folder"]


@pytest.mark.parametrize("failing", [1, 2, 3])
async def test_a_disk_that_is_full_at_any_step_leaves_a_whole_sidecar(shelf, disk, failing):
    await shelf.write(make_release(1, segments=2))
    disk.steps.clear()
    disk.failing = failing
    with pytest.raises(SidecarUnavailableError, match="No space left"):
        await shelf.write(make_release(1, segments=5))
    assert len((await shelf.open(release_id(1))).table) in {2, 5}
    assert not left_over(shelf)


async def test_wherever_writing_is_cancelled_a_whole_sidecar_is_left(shelf):
    release = make_release(1)

    async def check():
        assert not left_over(shelf)
        for path in shelf.paths():
            shelf.forget(release.id)
            assert same_table((await shelf.open(release.id)).table, release.table)
            path.unlink()

    assert await cancel_at_every_step(lambda: shelf.write(release), check, growing=True) > 1


async def test_many_open_one_sidecar_at_once(shelf):
    await shelf.write(make_release(1))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(shelf.open(release_id(1))) for _ in range(20)]
    assert {task.result().id for task in tasks} == {release_id(1)}
