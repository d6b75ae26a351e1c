from __future__ import annotations

from datetime import UTC, datetime

import pytest

from altmount.library import memory as module
from altmount.library.memory import Memory
from altmount.library.nodes import Folder

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(module, "_NODES", 4)
    monkeypatch.setattr(module, "_LISTED", 6)


@pytest.fixture
def memory():
    return Memory()


def folders(count, under=""):
    return [Folder(f"{under}/{number}", NOW, f"{number}", NOW) for number in range(count)]


def test_what_is_not_there_is_remembered_too(memory):
    assert not memory.knows("/x")
    memory.keep("/x", None, memory.age)
    assert memory.knows("/x")
    assert memory.node("/x") is None


def test_what_was_used_longest_ago_goes_first(memory):
    for folder in folders(4):
        memory.keep(folder.path, folder, memory.age)
    memory.node("/0")
    memory.keep("/new", None, memory.age)
    assert [memory.knows(f"/{number}") for number in range(4)] == [True, False, True, True]


def test_what_was_looked_up_before_a_change_is_not_kept(memory):
    age = memory.age
    memory.forget()
    memory.keep("/x", None, age)
    memory.keep_listing("/", folders(1), age)
    assert not memory.knows("/x")
    assert memory.listing("/") is None


def test_a_change_makes_it_forget_everything(memory):
    memory.keep("/x", None, memory.age)
    memory.keep_listing("/", folders(2), memory.age)
    memory.forget()
    assert not memory.knows("/x")
    assert not memory.knows("/0")
    assert memory.listing("/") is None


def test_a_listing_brings_its_nodes(memory):
    nodes = folders(2)
    memory.keep_listing("/", nodes, memory.age)
    assert memory.listing("/") == nodes
    assert memory.node("/1") == nodes[1]
    assert memory.knows("/2")
    assert memory.node("/2") is None
    assert not memory.knows("/")
    assert not memory.knows("/1/x")


def test_listings_are_bounded_by_all_their_nodes(memory):
    for name in ("/a", "/b", "/c"):
        memory.keep_listing(name, folders(2, name), memory.age)
    memory.listing("/a")
    memory.keep_listing("/d", folders(3, "/d"), memory.age)
    listed = {name for name in ("/a", "/b", "/c", "/d") if memory.listing(name)}
    assert listed == {"/a", "/d"}


def test_a_listing_that_is_too_large_is_not_kept(memory):
    memory.keep_listing("/a", folders(2, "/a"), memory.age)
    memory.keep_listing("/b", folders(7, "/b"), memory.age)
    assert memory.listing("/b") is None
    assert memory.listing("/a") is not None


def test_a_large_listing_leaves_room_for_other_nodes(memory):
    memory.keep("/x", None, memory.age)
    memory.keep_listing("/", folders(6), memory.age)
    assert memory.knows("/x")


def test_a_listing_kept_twice_counts_once(memory):
    for _ in range(9):
        memory.keep_listing("/a", folders(3, "/a"), memory.age)
    memory.keep_listing("/b", folders(3, "/b"), memory.age)
    assert memory.listing("/a") is not None


def test_places_are_bounded_and_forgotten_too(memory):
    for number in range(6):
        memory.keep_place(f"{number}", f"/{number}", memory.age)
    assert [memory.place(f"{number}") for number in (0, 1, 2, 5)] == [None, None, "/2", "/5"]
    age = memory.age
    memory.forget()
    assert memory.place("5") is None
    memory.keep_place("5", "/5", age)
    assert memory.place("5") is None
