from __future__ import annotations

import pytest

from altmount.library.release import Draft
from altmount.library.sidecar import Sidecar
from altmount.library.status import FileStatus
from tests.support.house import opened
from tests.support.posts import Pattern

FILM = Pattern(9_000, 1, b"\x1a\x45\xdf\xa3")


@pytest.fixture
async def house(tmp_path):
    async with opened(tmp_path) as made:
        made.posts.post("Some.Film.mkv", FILM, 700)
        yield made


async def test_a_release_that_is_not_there_is_passed_over(house):
    await house.imported()
    before = await house.files()
    await house.library.corrections.tell_damaged("0" * 32, 0)
    assert await house.files() == before


async def test_all_copies_of_a_file_are_damaged_and_keep_their_ids(house):
    job = await house.imported()
    [(path, file)] = (await house.files()).items()
    await house.library.corrections.tell_damaged(job.release, 0)
    now = await house.library.by_id(file.id)
    assert (now.path, now.status, now.etag) == (path, FileStatus.DAMAGED, file.etag)


async def test_a_correction_that_only_reached_the_sidecar_reaches_the_index_the_next_time(house):
    job = await house.imported()
    [path] = house.folder.glob(f"releases/*/{job.release}.altmount")
    healthy = path.read_bytes()
    await house.library.corrections.tell_damaged(job.release, 0)
    broken = path.read_bytes()
    assert broken != healthy
    [file] = (await house.files()).values()
    assert file.status is FileStatus.DAMAGED
    release = Sidecar.open(path).release()
    draft = Draft(release.folder, release.nzb, release.table, release.entries)
    assert not await house.library.corrections.amend(job.release, draft)
    assert path.read_bytes() == broken
    [file] = (await house.files()).values()
    assert file.status is FileStatus.DAMAGED


async def test_a_draft_of_other_files_changes_nothing(house):
    job = await house.imported()
    [path] = house.folder.glob(f"releases/*/{job.release}.altmount")
    release = Sidecar.open(path).release()
    with pytest.raises(ValueError, match="other files"):
        await house.library.corrections.amend(
            job.release, Draft(release.folder, release.nzb, release.table, ())
        )
