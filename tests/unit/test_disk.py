from __future__ import annotations

import os
from pathlib import Path

import pytest

from altmount.disk import write_whole


def test_a_file_is_written_in_a_folder_that_is_made(tmp_path):
    write_whole(tmp_path / "t", tmp_path / "ab" / "file", [b"one", memoryview(b"two")])
    assert (tmp_path / "ab" / "file").read_bytes() == b"onetwo"
    assert not (tmp_path / "t").exists()


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(tmp_path / "t", path, [b"new"])
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_what_is_in_its_place_was_on_the_disk_before_and_is_noted_in_its_folder(
    tmp_path, monkeypatch
):
    order = []
    sync, replace = os.fsync, type(tmp_path).replace

    def synced(handle):
        order.append(str(Path(f"/proc/self/fd/{handle}").readlink()).removeprefix(f"{tmp_path}"))
        sync(handle)

    def replaced(self, target):
        order.append("replace")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(type(tmp_path), "replace", replaced)
    write_whole(tmp_path / "t", tmp_path / "ab" / "file", [b"new"])
    assert order == ["/t", "", "replace", "/ab"]
