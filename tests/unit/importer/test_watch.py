from __future__ import annotations

import asyncio
import logging
import os
from pathlib import PurePath

import pytest

from altmount.errors import InvalidRequestError, TemporaryError
from altmount.importer import watch as module
from altmount.importer.nzbstore import NzbStore
from altmount.importer.watch import WatchFolder, category_of
from tests.support.jobs import FakeJobs, import_queue
from tests.support.sweep import cancel_at_every_step

CATEGORIES = {"Movies": "films", "UHD": "films/uhd", "TV": "TV"}


async def step():
    await asyncio.sleep(0)


class House:
    def __init__(self, tmp_path):
        self.folder = tmp_path / "watch"
        self.folder.mkdir()
        self.jobs = FakeJobs(step)
        self.queue = import_queue(self.jobs, NzbStore(tmp_path / "data"), CATEGORIES)
        self.watch = WatchFolder(self.folder, self.queue.add, CATEGORIES, seconds=7)

    def put(self, name, data=None):
        data = f"<nzb/>{name}".encode() if data is None else data
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    async def look(self, times=2):
        for _ in range(times):
            await self.watch.look()

    @property
    def taken(self):
        return sorted((job.name, job.category) for job in self.jobs.rows.values())


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


async def test_an_nzb_that_stays_the_same_between_two_looks_is_taken_and_removed(house):
    path = house.put("film.nzb")
    await house.look(1)
    assert (house.taken, path.exists()) == ([], True)
    await house.look(1)
    assert (house.taken, path.exists()) == ([("film", None)], False)


async def test_one_that_is_still_being_written_is_not_taken(house):
    path = house.put("film.nzb", b"<n")
    await house.look(1)
    with path.open("ab") as file:
        file.write(b"zb/>")
    await house.look(1)
    assert house.taken == []
    await house.look(1)
    assert house.taken == [("film", None)]


async def test_only_nzbs_are_taken_and_none_that_are_hidden(house):
    for name in ("a.nzb", "b.NZB.GZ", "c.txt", ".d.nzb", ".hidden/e.nzb", "f.nzb.part"):
        house.put(name)
    await house.look()
    assert house.taken == [("a", None), ("b", None)]


async def test_the_folder_says_what_category_it_is(house):
    for name in ("a.nzb", "films/b.nzb", "films/uhd/new/c.nzb", "tv/d.nzb", "other/e.nzb"):
        house.put(name)
    await house.look()
    assert house.taken == [("a", None), ("b", "Movies"), ("c", "UHD"), ("d", "TV"), ("e", None)]


@pytest.mark.parametrize(
    ("file", "category"),
    [
        ("films/a.nzb", "Movies"),
        ("Films/x/a.nzb", "Movies"),
        ("movies/a.nzb", "Movies"),
        ("films/uhd/a.nzb", "UHD"),
        ("filmsold/a.nzb", None),
        ("x/films/a.nzb", None),
        ("films.nzb", None),
    ],
)
def test_a_category_is_told_by_whole_folders_from_the_top(file, category):
    assert category_of(PurePath(file), CATEGORIES) == category


async def test_links_lead_nowhere(house, tmp_path, caplog):
    outside = tmp_path / "outside"
    outside.mkdir()
    secret = outside / "secret.nzb"
    secret.write_bytes(b"<nzb/>")
    (house.folder / "folder").symlink_to(outside)
    (house.folder / "file.nzb").symlink_to(secret)
    os.mkfifo(house.folder / "pipe.nzb")
    await house.look()
    assert house.taken == []
    assert secret.exists()
    assert not caplog.records


async def test_what_cannot_be_taken_is_told_of_once_and_left_alone(house, caplog, monkeypatch):
    monkeypatch.setattr(module, "MAX_NZB_BYTES", 3)
    large, empty = house.put("large.nzb", b"<nzb"), house.put("empty.nzb", b"")
    house.put("small.nzb", b"<n>")
    await house.look(5)
    assert house.taken == [("small", None)]
    assert large.exists()
    assert empty.exists()
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 2


async def test_what_was_left_alone_is_looked_at_again_once_it_changed(house):
    path = house.put("film.nzb", b"")
    await house.look(3)
    path.write_bytes(b"<nzb/>")
    await house.look(2)
    assert house.taken == [("film", None)]


async def test_what_is_refused_stays(house):
    async def refuse(*_):
        raise InvalidRequestError("no such category")

    path = house.put("film.nzb")
    house.watch._add = refuse
    await house.look(3)
    assert path.exists()


async def test_what_cannot_be_taken_for_now_is_taken_later(house):
    path = house.put("film.nzb")
    house.jobs.errors["add"] = [TemporaryError("busy")]
    await house.look(2)
    assert path.exists()
    await house.look(1)
    assert house.taken == [("film", None)]


async def test_what_cannot_be_removed_is_not_taken_again_and_again(house, monkeypatch):
    def fail(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(module.Path, "unlink", fail)
    house.put("film.nzb")
    await house.look(5)
    assert house.taken == [("film", None)]


async def test_the_file_is_there_until_the_job_is(house):
    path = house.put("film.nzb")
    seen = []
    add = house.watch._add

    async def watched(*arguments):
        seen.append(path.exists())
        job = await add(*arguments)
        seen.append(path.exists())
        return job

    house.watch._add = watched
    await house.look()
    assert seen == [True, True]
    assert not path.exists()


async def test_a_folder_that_is_missing_is_told_of_once_until_it_is_there(house, caplog):
    house.folder.rmdir()
    await house.look(3)
    assert len(caplog.records) == 1
    house.put("film.nzb")
    await house.look(2)
    assert house.taken == [("film", None)]


async def test_it_looks_again_after_the_interval(house):
    looks = []

    async def sleep(seconds):
        looks.append(seconds)
        if len(looks) == 3:
            raise asyncio.CancelledError
        house.put(f"{len(looks)}.nzb")

    house.watch._sleep = sleep
    with pytest.raises(asyncio.CancelledError):
        await house.watch.run()
    assert looks == [7, 7, 7]
    assert house.taken == [("1", None)]


async def test_stopped_anywhere_an_nzb_is_in_the_folder_or_a_job_and_never_both(house, monkeypatch):
    async def inline(work):  # a thread takes its own time, so no step would be hit for sure
        await step()
        return work()

    async def add(_data, name, category):
        return await house.jobs.add("ab" * 16, name, category)

    monkeypatch.setattr(module, "_in_thread", inline)
    house.watch._add = add
    path = house.put("film.nzb")
    house.watch._seen = module._scan(house.folder)
    jobs = 0

    async def one_or_the_other():
        nonlocal jobs
        assert len(house.jobs.rows) - jobs == (not path.exists())
        jobs = len(house.jobs.rows)
        house.put("film.nzb")
        house.watch._seen = module._scan(house.folder)

    await cancel_at_every_step(house.watch.look, one_or_the_other)
    assert jobs > 3
