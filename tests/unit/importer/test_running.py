from __future__ import annotations

import asyncio

from altmount.importer.progress import Progress, Stage
from altmount.importer.running import Running


def begin(running, number, log):
    async def import_():
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            log.append(number)

    task = asyncio.create_task(import_())
    running.begin(number, task)
    return task


async def test_who_stops_an_import_waits_until_it_has_ended():
    running, log = Running(), []
    tasks = [begin(running, number, log) for number in range(3)]
    await asyncio.sleep(0)
    await running.stop([0, 2, 9])
    assert sorted(log) == [0, 2]
    assert not tasks[1].done()
    await running.stop([1])


async def test_the_next_import_of_a_job_waits_for_the_first():
    running, log = Running(), []
    first = begin(running, 1, log)
    await asyncio.sleep(0)
    waiting = asyncio.create_task(running.over(1))
    await asyncio.sleep(0)
    assert not waiting.done()
    first.cancel()
    await waiting
    assert log == [1]
    await running.over(1)


async def test_a_later_import_is_not_forgotten_with_an_earlier_one():
    running, log = Running(), []
    first = begin(running, 1, log)
    await asyncio.sleep(0)
    second = begin(running, 1, log)
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    await running.stop([1])
    assert second.done()


async def test_how_far_an_import_is_is_known_as_long_as_it_runs():
    running = Running()
    checking = Progress(Stage.CHECKING, 0.5)
    running.tell(1, checking)
    assert running.progress(1) is None
    task = begin(running, 1, [])
    assert running.progress(1) == Progress(Stage.PARSING, 0.0)
    assert running.share(1) == 0.0
    running.tell(1, checking)
    running.tell(1, Progress(Stage.PARSING, 1.0))
    assert (running.progress(1), running.share(1)) == (checking, 0.27)
    await asyncio.sleep(0)
    again = begin(running, 1, [])
    assert running.progress(1) == Progress()
    for each in (task, again):
        each.cancel()
        await asyncio.wait([each])
    assert (running.progress(1), running.share(1)) == (None, None)
