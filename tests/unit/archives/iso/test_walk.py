from __future__ import annotations

import pytest

from altmount.archives.errors import ArchiveError, ArchiveFault
from altmount.archives.iso import walk as walk_module
from altmount.archives.iso.limits import MAX_FOLDER
from altmount.archives.iso.walk import Walk
from altmount.archives.model import Entry


def test_folders_are_walked_with_their_paths():
    walk = Walk("root")
    assert walk.next_folder() == "root"
    walk.add(Entry(walk.path_of("a"), 0, folder=True), "a's")
    walk.add(Entry(walk.path_of("b"), 3))
    assert walk.next_folder() == "a's"
    walk.add(Entry(walk.path_of("c"), 3))
    assert walk.next_folder() is None
    assert [entry.path for entry in walk.found()] == ["a", "b", "a/c"]


def test_a_folder_is_entered_once():
    walk = Walk("root")
    walk.next_folder()
    assert walk.enter(7, 10)
    assert not walk.enter(7, 10)
    assert walk.enter(8, 10)


def test_everything_is_bounded(monkeypatch):
    def too_large(act):
        with pytest.raises(ArchiveError) as error:
            act()
        return error.value.fault is ArchiveFault.TOO_LARGE

    walk = Walk("root")
    walk.next_folder()
    assert too_large(lambda: walk.enter(1, MAX_FOLDER + 1))
    monkeypatch.setattr(walk_module, "MAX_FOLDERS", 25)
    small = Walk("root")
    small.next_folder()
    assert small.enter(1, 20)
    assert too_large(lambda: small.enter(2, 6))
    monkeypatch.setattr(walk_module, "MAX_NODES", 1)
    assert walk.path_of("a") == "a"
    assert too_large(lambda: walk.path_of("b"))
    monkeypatch.setattr(walk_module, "MAX_DEPTH", 1)
    deep = Walk("root")
    deep.next_folder()
    deep.add(Entry("a/b", 0, folder=True), "inner")
    deep.next_folder()
    assert too_large(lambda: deep.enter(1, 1))
