from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from altmount.errors import InvalidRequestError, NotFoundError, ObstacleError, TemporaryError
from altmount.importer.duplicates import Policy
from altmount.importer.localfiles import LocalFiles
from altmount.importer.scan import Scan, ScanState


class Queue:
    """Takes NZBs, and can be held up."""

    def __init__(self):
        self.taken = []
        self.errors = {}
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self.asked = asyncio.Event()

    async def add(self, data, name, category=None, *, duplicates=None):
        assert duplicates is Policy.REFUSE
        self.asked.set()
        await self.may_go_on.wait()
        if name in self.errors:
            raise self.errors[name]
        self.taken.append((data, name, category))


class House:
    def __init__(self, folder, scan, queue, slept):
        self.folder, self.scan, self.queue, self.slept = folder, scan, queue, slept

    async def over(self):
        async with asyncio.timeout(5):
            while self.scan.progress.state is not ScanState.IDLE:
                await asyncio.sleep(0)
        return self.scan.progress


@pytest.fixture
async def house(tmp_path):
    folder = tmp_path / "nzbs"
    (folder / "shows").mkdir(parents=True)
    for name in ("b.nzb", "a.nzb.gz", "c.txt", "shows/d.nzb"):
        (folder / name).write_bytes(name.encode())
    queue, slept = Queue(), []

    async def sleep(seconds):
        slept.append(seconds)

    files = LocalFiles([folder], max_bytes=100)
    async with Scan(files, queue, {"TV": "shows"}, sleep=sleep) as scan:
        yield House(folder, scan, queue, slept)


async def test_all_nzbs_of_a_folder_are_handed_in_and_stay(house):
    before = sorted(house.folder.rglob("*"))
    started = await house.scan.start(str(house.folder))
    assert (started.state, started.path) == (ScanState.SCANNING, str(house.folder))
    done = await house.over()
    assert house.queue.taken == [
        (b"a.nzb.gz", "a.nzb.gz", None),
        (b"b.nzb", "b.nzb", None),
        (b"shows/d.nzb", "d.nzb", "TV"),
    ]
    assert (done.found, done.added, done.skipped, done.failed) == (3, 3, 0, 0)
    assert (done.current, done.error) == ("", "")
    assert sorted(house.folder.rglob("*")) == before


async def test_what_is_known_is_passed_over_and_what_is_wrong_is_told(house):
    house.queue.errors = {
        "a.nzb.gz": ObstacleError("was imported already"),
        "b.nzb": TemporaryError("the database is busy"),
    }
    (house.folder / "e.nzb").write_bytes(b"x" * 101)
    await house.scan.start(str(house.folder))
    done = await house.over()
    assert (done.found, done.added, done.skipped, done.failed) == (4, 1, 1, 2)
    assert "more than 100 bytes" in done.error
    assert len(house.slept) == 1


async def test_one_scan_runs_at_a_time(house):
    house.queue.may_go_on.clear()
    await house.scan.start(str(house.folder))
    await house.queue.asked.wait()
    with pytest.raises(ObstacleError, match="is being scanned; cancel that first"):
        await house.scan.start(str(house.folder))
    assert house.scan.progress.current == "a.nzb.gz"
    house.queue.may_go_on.set()
    assert (await house.over()).added == 3
    await house.scan.start(str(house.folder / "shows"))
    assert (await house.over()).added == 1


async def test_a_scan_that_is_cancelled_hands_in_whole_what_it_has_begun(house):
    house.queue.may_go_on.clear()
    await house.scan.start(str(house.folder))
    await house.queue.asked.wait()
    assert house.scan.cancel().state is ScanState.CANCELING
    with pytest.raises(ObstacleError):
        await house.scan.start(str(house.folder))
    house.queue.may_go_on.set()
    done = await house.over()
    assert (done.found, done.added) == (3, 1)
    assert len(house.queue.taken) == 1
    with pytest.raises(ObstacleError, match="no folder is being scanned"):
        house.scan.cancel()


async def test_only_folders_that_may_be_read_are_scanned(house):
    with pytest.raises(NotFoundError):
        await house.scan.start(str(house.folder.parent))
    with pytest.raises(InvalidRequestError, match="no folder"):
        await house.scan.start(str(house.folder / "b.nzb"))
    assert house.scan.progress.state is ScanState.IDLE


async def test_a_fault_ends_the_scan_and_is_told(house):
    house.queue.errors = {"b.nzb": ZeroDivisionError("oops")}
    await house.scan.start(str(house.folder))
    done = await house.over()
    assert (done.added, done.error) == (1, "it ended early: oops")
    await house.scan.start(str(house.folder / "shows"))
    assert (await house.over()).error == ""


async def test_a_scan_ends_with_the_program(tmp_path):
    (tmp_path / "a.nzb").write_bytes(b"x")
    queue = Queue()
    async with Scan(LocalFiles([Path(tmp_path)], max_bytes=9), queue, {}) as scan:
        queue.may_go_on.clear()
        await scan.start(str(tmp_path))
        await queue.asked.wait()
        asyncio.get_running_loop().call_soon(queue.may_go_on.set)
    assert scan.progress.added == 1
