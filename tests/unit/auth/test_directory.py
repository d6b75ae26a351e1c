from __future__ import annotations

import asyncio
import logging

import pytest

from altmount.auth.directory import FRESH_SECONDS, Directory
from altmount.db.errors import DatabaseUnavailableError
from altmount.db.users import Everyone
from tests.support.clock import on_a_jumping_clock
from tests.support.people import Town


class Repository:
    """Everyone, as of now; may fail, or take its time."""

    def __init__(self):
        self.town, self.asked, self.error, self.gate = Town(), 0, None, None

    async def everyone(self, now):
        self.asked += 1
        everyone, gate = Everyone(list(self.town.users), (), ()), self.gate
        if gate is not None:
            await gate.wait()
        if self.error is not None:
            raise self.error
        return everyone


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def repository():
    return Repository()


@pytest.fixture
def clock():
    return Clock()


def names(directory):
    return [user.name for user in directory.people.users.values()]


async def test_what_another_program_changes_is_seen_after_a_while(repository, clock):
    async with Directory(repository, clock=clock) as directory:
        repository.town.add("me")
        clock.now += FRESH_SECONDS - 0.1
        await directory.freshen()
        assert (names(directory), repository.asked) == ([], 1)
        clock.now += 0.1
        await directory.freshen()
        assert (names(directory), repository.asked) == (["me"], 2)


async def test_what_is_changed_here_is_seen_at_once(repository, clock):
    async with Directory(repository, clock=clock) as directory:
        repository.town.add("me")
        await directory.refresh()
        assert names(directory) == ["me"]


async def test_all_who_come_meanwhile_share_one_reading(repository, clock):
    async with Directory(repository, clock=clock) as directory:
        clock.now += FRESH_SECONDS
        repository.gate = asyncio.Event()
        waiting = [asyncio.create_task(directory.freshen()) for _ in range(5)]
        await asyncio.sleep(0)
        repository.gate.set()
        await asyncio.gather(*waiting)
        assert repository.asked == 2


async def test_a_reading_that_began_before_a_change_does_not_undo_it(repository, clock):
    async with Directory(repository, clock=clock) as directory:
        clock.now += FRESH_SECONDS
        repository.gate = slow = asyncio.Event()
        before = asyncio.create_task(directory.freshen())
        while repository.asked < 2:
            await asyncio.sleep(0)
        repository.gate = None
        repository.town.add("me")
        change = asyncio.create_task(directory.refresh())
        for _ in range(5):
            await asyncio.sleep(0)
        slow.set()
        await asyncio.gather(before, change)
        assert names(directory) == ["me"]


async def test_a_database_that_fails_leaves_in_who_was_in_and_is_asked_seldom(
    repository, clock, caplog
):
    repository.town.add("me")
    async with Directory(repository, clock=clock) as directory:
        repository.error = DatabaseUnavailableError("the database fails")
        clock.now += FRESH_SECONDS
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                await directory.freshen()
        assert (names(directory), repository.asked) == (["me"], 2)
        assert len(caplog.messages) == 1
        repository.error = None
        clock.now += FRESH_SECONDS
        await directory.freshen()
        assert repository.asked == 3


async def test_a_database_that_fails_at_the_start_is_told_of(repository, clock):
    repository.error = DatabaseUnavailableError("the database fails")
    with pytest.raises(DatabaseUnavailableError):
        async with Directory(repository, clock=clock):
            pass


@on_a_jumping_clock
async def test_nobody_waits_for_long_for_a_database_that_hangs():
    repository, loop = Repository(), asyncio.get_running_loop()
    async with Directory(repository, clock=loop.time) as directory:
        await asyncio.sleep(FRESH_SECONDS)
        repository.gate = asyncio.Event()
        began = loop.time()
        await directory.freshen()
        assert loop.time() - began == pytest.approx(2, abs=0.1)
