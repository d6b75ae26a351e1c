from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from altmount.doctor import folders
from altmount.doctor.examination import Examination
from altmount.doctor.finding import Grade
from altmount.doctor.folders import Place, check_of, user_check

NOBODY = 65534


async def looked(path, **options):
    return await Examination().make(check_of(Place("metadata.root_path", path, **options)))


@pytest.fixture
def public():
    """A folder that everybody gets to, with two in it that only root can write."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    closed, hidden = folder / "closed", folder / "hidden"
    closed.mkdir()
    (closed / "journal").touch(mode=0)
    closed.chmod(0o555)
    hidden.mkdir(mode=0)
    yield folder
    for each in (closed, hidden):
        each.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def unprivileged():
    """Be someone who may not do everything, if we are not already."""
    if os.geteuid() != 0:
        yield os.geteuid()
        return
    os.seteuid(NOBODY)
    try:
        yield NOBODY
    finally:
        os.seteuid(0)


async def test_a_folder_that_will_do_is_left_as_it_was(tmp_path):
    before = tmp_path.stat().st_mtime_ns
    [finding] = await looked(tmp_path)
    assert finding.grade is Grade.OK
    assert list(tmp_path.iterdir()) == []
    assert tmp_path.stat().st_mtime_ns == before


async def test_one_that_is_made_at_the_start_may_be_missing_and_another_not(tmp_path):
    [finding] = await looked(tmp_path / "a" / "b")
    assert finding.grade is Grade.NOTE
    [finding] = await looked(tmp_path / "a" / "b", made=False)
    assert finding.grade is Grade.ERROR
    assert "metadata.root_path" in finding.fix


async def test_a_file_in_its_place_or_above_it(tmp_path):
    file = tmp_path / "file"
    file.touch()
    for path in (file, file / "below", file / "below" / "that"):
        [finding] = await looked(path)
        assert finding.grade is Grade.ERROR
        assert finding.fix
    [finding] = await looked(tmp_path / ("n" * 300))
    assert finding.grade is Grade.ERROR


async def test_missing_rights_are_told_with_who_lacks_them(public, unprivileged):
    closed = public / "closed"
    found = await looked(closed, files=("journal", "secret"))
    assert {finding.grade for finding in found} == {Grade.ERROR}
    assert str(unprivileged) in found[0].text
    assert "chown" in found[0].fix
    assert any("has journal" in finding.text for finding in found)
    [finding] = await looked(closed / "new")
    assert finding.grade is Grade.ERROR
    found = await looked(public / "hidden")
    assert any("cannot be read" in finding.text for finding in found)
    found = await looked(public / "hidden" / "below")
    assert {finding.grade for finding in found} == {Grade.ERROR}


async def test_a_file_system_that_takes_nothing_is_told():
    [finding] = await looked(Path("/proc"))
    assert finding.grade is Grade.ERROR
    assert "written" in finding.text


@pytest.mark.parametrize(
    ("free", "grade"), [(2 << 30, Grade.OK), (900 << 20, Grade.WARNING), (1 << 20, Grade.ERROR)]
)
async def test_a_full_disk_is_told_before_it_is_too_late(tmp_path, monkeypatch, free, grade):
    usage = SimpleNamespace(total=1 << 40, free=free)
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda _path: usage)
    [finding] = await looked(tmp_path)
    assert finding.grade is grade
    assert grade is Grade.OK or finding.facts == {"free_bytes": free}


async def test_root_is_told_whom_to_be(public):
    if os.geteuid() != 0:
        pytest.skip("only root can be another")
    assert await Examination().make(user_check(public)) == []
    os.chown(public, 1234, 1234)
    [finding] = await Examination().make(user_check(public))
    assert finding.grade is Grade.WARNING
    assert "1234" in finding.fix
    assert await Examination().make(user_check(public / "none")) == []
    os.seteuid(NOBODY)
    try:
        assert await Examination().make(user_check(public)) == []
    finally:
        os.seteuid(0)
    os.chown(public, 0, 0)
