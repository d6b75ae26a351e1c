from __future__ import annotations

import pytest

from altmount.config.writing import write_whole


def test_a_new_file_is_its_owners_alone_and_an_old_one_keeps_its_rights(tmp_path):
    file = tmp_path / "config.yaml"
    write_whole(file, b"one")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"one", 0o600)
    file.chmod(0o640)
    write_whole(file, b"two")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"two", 0o640)
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays_a_link(tmp_path):
    there = tmp_path / "there"
    there.mkdir()
    link = tmp_path / "config.yaml"
    link.symlink_to(there / "real.yaml")
    write_whole(link, b"x")
    assert link.is_symlink()
    assert (there / "real.yaml").read_bytes() == b"x"


def test_where_it_cannot_be_written_nothing_is_left(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        write_whole(tmp_path / "folder", b"x")
    with pytest.raises(OSError):
        write_whole(tmp_path / "none" / "config.yaml", b"x")
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]
