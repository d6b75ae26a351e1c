from __future__ import annotations

import pytest

from altmount.library.paths import VirtualPath
from altmount.webdav.receipts import Receipts, is_litter

A, B = VirtualPath("/x/a.nzb"), VirtualPath("/x/b.nzb")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_what_was_taken_in_is_known_for_ten_minutes():
    clock = Clock()
    receipts = Receipts(clock)
    receipts.add(A, 6, "tag")
    clock.now = 300
    receipts.add(B, 7, "gat")
    assert [one.path for one in receipts.inside(VirtualPath("/x"))] == [A, B]
    assert receipts.inside(VirtualPath("/")) == []
    found = receipts.find(A)
    assert (found.size, found.etag) == (6, "tag")
    clock.now = 601
    assert receipts.find(A) is None
    assert [one.path for one in receipts.inside(VirtualPath("/x"))] == [B]


def test_what_is_taken_in_again_is_known_as_it_is_now_and_for_longer():
    clock = Clock()
    receipts = Receipts(clock)
    receipts.add(A, 0, "empty")
    clock.now = 500
    receipts.add(A, 6, "full")
    clock.now = 1000
    assert receipts.find(A).etag == "full"
    receipts.forget(A)
    receipts.forget(B)
    assert receipts.find(A) is None


def test_there_are_never_more_than_a_thousand():
    receipts = Receipts(Clock())
    for number in range(1500):
        receipts.add(VirtualPath(f"/x/{number:04}"), 1, "t")
    inside = receipts.inside(VirtualPath("/x"))
    assert [inside[0].path, len(inside)] == ["/x/0500", 1000]


@pytest.mark.parametrize("name", ["._a.mkv", ".DS_Store", ".ds_store", "Thumbs.db", "DESKTOP.INI"])
def test_litter_is_told_by_its_name(name):
    assert is_litter(name)


@pytest.mark.parametrize("name", ["a.mkv", ".a", "_a", "Thumbs.db.mkv", "desktop.init", ".nfo"])
def test_nothing_else_is_litter(name):
    assert not is_litter(name)
