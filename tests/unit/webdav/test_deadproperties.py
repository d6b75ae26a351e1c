from __future__ import annotations

import pytest

from altmount.webdav import deadproperties
from altmount.webdav.deadproperties import MOST_BYTES_EACH, DeadProperties
from altmount.webdav.errors import TooManyPropertiesError
from tests.support.davlibrary import DavProperties


@pytest.fixture
def repository():
    return DavProperties()


@pytest.fixture
def dead(repository):
    return DeadProperties(repository)


async def test_what_is_set_is_there_and_over_restarts(dead, repository):
    assert not dead
    await dead.set("n", "{x:}a", "<a/>")
    await dead.set("n", "{x:}a", "<a>2</a>")
    await dead.set("m", "{x:}b", "<b/>")
    assert dead
    again = DeadProperties(repository)
    await again.load()
    for one in (dead, again):
        assert one.of("n") == {"{x:}a": "<a>2</a>"}
        assert one.of("m") == {"{x:}b": "<b/>"}
        assert one.of("o") == {}


async def test_what_is_removed_is_gone(dead, repository):
    await dead.set("n", "{x:}a", "<a/>")
    await dead.remove("n", "{x:}a")
    await dead.remove("n", "{x:}a")
    assert not dead
    assert repository.rows == {}


async def test_a_copy_has_what_the_original_has_and_nothing_else(dead):
    await dead.set("n", "a", "<a/>")
    await dead.set("m", "b", "<b/>")
    await dead.copy("n", "m")
    assert dead.of("m") == dead.of("n") == {"a": "<a/>"}


async def test_one_resource_has_so_much_and_no_more(dead, repository):
    await dead.set("n", "a", "x" * (MOST_BYTES_EACH - 1000))
    with pytest.raises(TooManyPropertiesError):
        dead.check("n", "b", "x" * 1000)
    with pytest.raises(TooManyPropertiesError):
        await dead.set("n", "b", "x" * 1000)
    assert set(repository.rows) == {("n", "a")}
    await dead.remove("n", "a")
    await dead.set("n", "b", "x" * 1000)


async def test_when_there_is_no_more_room_those_of_what_is_gone_make_way(
    dead, repository, monkeypatch
):
    monkeypatch.setattr(deadproperties, "MOST_BYTES", 100_000)
    await dead.set("gone", "a", "x" * 60_000)
    with pytest.raises(TooManyPropertiesError):
        await dead.set("n", "a", "x" * 60_000)
    repository.gone = ["gone"]
    await dead.set("n", "a", "x" * 60_000)
    assert dead.of("gone") == {}
    assert set(repository.rows) == {("n", "a")}


async def test_small_ones_count_for_what_they_cost(dead, monkeypatch):
    monkeypatch.setattr(deadproperties, "MOST_BYTES", 10_000)
    with pytest.raises(TooManyPropertiesError):
        for number in range(100):
            await dead.set(str(number), "a", "")


async def test_what_cannot_be_kept_is_not_there(dead, repository, monkeypatch):
    async def fail(*_):
        raise OSError

    monkeypatch.setattr(repository, "set", fail)
    with pytest.raises(OSError):
        await dead.set("n", "a", "<a/>")
    assert not dead
