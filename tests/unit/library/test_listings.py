from __future__ import annotations

import random

import pytest

from altmount.db.database import Database
from altmount.errors import NotFoundError
from altmount.library import listings as module
from altmount.library.actor import Actor
from altmount.library.library import Library
from altmount.library.nodes import Folder
from tests.support.releases import MapSource

ME = Actor("test")


@pytest.fixture
async def library(tmp_path):
    async with Database.open(tmp_path / "altmount.db") as database:
        library = await Library.open(database, tmp_path, MapSource)
        for number in range(9):
            await library.changes.make_folder(f"/{number}", ME)
            for name in ("a", "b", "c")[: number % 4]:
                await library.changes.make_folder(f"/{number}/{name}", ME)
        library.asked = asked(library)
        yield library


def asked(library):
    """Every look-up from now on."""
    fetch, found = library._files._fetch, []

    async def counted(*how):
        found.append(how)
        return await fetch(*how)

    library._files._fetch = counted
    return found


def names(number):
    return [f"/{number}/{name}" for name in ("a", "b", "c")[: number % 4]]


async def listed(library, path):
    return [node.path for node in await library.children(path)]


async def test_who_lists_one_folder_after_the_other_asks_few_times(library, monkeypatch):
    monkeypatch.setattr(module, "_AHEAD", 4)
    folders = await listed(library, "/")
    library.asked.clear()
    for number, folder in enumerate(folders):
        assert await listed(library, folder) == names(number)
    assert len(library.asked) == 2


async def test_who_lists_here_and_there_asks_for_just_that(library):
    await library.children("/")
    library.asked.clear()
    for number in (5, 3, 7, 2):
        assert await listed(library, f"/{number}") == names(number)
    assert len(library.asked) == 4
    assert library._memory.listing("/8") is None


async def test_large_folders_are_not_looked_up_ahead(library, monkeypatch):
    monkeypatch.setattr("altmount.db.files._PAGE", 2)
    for most in range(1, 14):
        monkeypatch.setattr(module, "_MOST", most)
        library._memory.forget()
        for number, folder in enumerate(await listed(library, "/")):
            assert await listed(library, folder) == names(number)
    monkeypatch.setattr(module, "_MOST", 1)
    library._memory.forget()
    await library.children("/")
    library.asked.clear()
    await library.children("/0")
    assert len(library.asked) <= 2


async def test_what_changes_meanwhile_is_seen(library):
    await library.children("/")
    await library.children("/0")
    assert library._memory.listing("/1") is not None
    await library.changes.make_folder("/1/new", ME)
    assert await listed(library, "/1") == ["/1/a", "/1/new"]


async def test_names_come_as_the_database_sorts_them_and_are_found_in_that_order(library):
    odd = ["Z", "a", "ß", "ä", "\uffee", "\U0001f600", "a!", "a b", "-", "~"]
    for name in odd:
        await library.changes.make_folder(f"/0/{name}", ME)
    paths = await listed(library, "/0")
    assert len(paths) == len(odd)
    assert paths == sorted(paths)
    library.asked.clear()
    for path in paths:
        assert (await library.find(path)).path == path
    for name in ("", "A", "zz", "\uffff", "\U0001f601"):
        with pytest.raises(NotFoundError):
            await library.find(f"/0/{name}x")
    assert library.asked == []


async def test_in_any_order_it_is_the_same(library):
    chance = random.Random(5)
    for _ in range(20):
        library._memory.forget()
        order = [*range(9), "/"]
        chance.shuffle(order)
        for each in order:
            if each == "/":
                assert all(isinstance(node, Folder) for node in await library.children("/"))
            else:
                assert await listed(library, f"/{each}") == names(each)
