from __future__ import annotations

import os

import pytest

from altmount.errors import InvalidRequestError, NotFoundError
from altmount.importer.localfiles import LocalFiles, files_below


@pytest.fixture
def files(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "a.nzb").write_bytes(b"12345")
    (tmp_path / "outside.nzb").write_bytes(b"secret")
    return LocalFiles([tmp_path / "in"], max_bytes=5)


def test_what_lies_in_a_folder_is_found_and_read(files, tmp_path):
    path = files.find(str(tmp_path / "in" / "." / "deep" / "a.nzb"))
    assert files.read(path) == b"12345"
    assert str(files.within(path)) == "deep/a.nzb"
    assert files.find(str(tmp_path / "in")).is_dir()


def test_nothing_else_is_and_nobody_learns_whether_it_is_there(files, tmp_path, monkeypatch):
    (tmp_path / "in" / "link.nzb").symlink_to(tmp_path / "outside.nzb")
    (tmp_path / "in" / "up").symlink_to(tmp_path)
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in" / "loop")
    monkeypatch.chdir(tmp_path / "in")
    said = set()
    for name in (
        "deep/a.nzb",
        str(tmp_path / "outside.nzb"),
        str(tmp_path / "in" / ".." / "outside.nzb"),
        str(tmp_path / "in" / "link.nzb"),
        str(tmp_path / "in" / "up" / "outside.nzb"),
        str(tmp_path / "in" / "loop"),
        str(tmp_path / "in" / "missing.nzb"),
        str(tmp_path / "inner"),
        "a\0b",
        "x" * 5000,
        "",
    ):
        with pytest.raises(NotFoundError) as caught:
            files.find(name)
        said.add(str(caught.value))
    assert len(said) == 1


def test_what_is_too_large_or_gone_is_said(files, tmp_path):
    path = tmp_path / "in" / "deep" / "a.nzb"
    path.write_bytes(b"123456")
    with pytest.raises(InvalidRequestError, match="more than 5 bytes"):
        files.read(path)
    path.unlink()
    with pytest.raises(NotFoundError, match=r"a\.nzb cannot be read: No such file"):
        files.read(path)
    path.symlink_to(tmp_path / "outside.nzb")
    with pytest.raises(NotFoundError, match=r"a\.nzb cannot be read"):
        files.read(path)


def test_files_below_are_those_of_these_endings_without_links_and_hidden_ones(tmp_path):
    for name in ("a.nzb", "B.NZB", "c.txt", ".hidden.nzb", "x/d.nzb.gz", "x/y/e.nzb", ".z/f.nzb"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "link.nzb").symlink_to(tmp_path / "a.nzb")
    (tmp_path / "folder").symlink_to(tmp_path / "x")
    (tmp_path / "g.nzb").mkdir()
    os.mkfifo(tmp_path / "pipe.nzb")

    def found(depth):
        entries = files_below(tmp_path, (".nzb", ".gz"), depth)
        return sorted(os.path.relpath(entry.path, tmp_path) for entry in entries)

    assert found(9) == ["B.NZB", "a.nzb", "x/d.nzb.gz", "x/y/e.nzb"]
    assert found(1) == ["B.NZB", "a.nzb", "x/d.nzb.gz"]
    with pytest.raises(OSError):
        list(files_below(tmp_path / "none", (".nzb",)))
