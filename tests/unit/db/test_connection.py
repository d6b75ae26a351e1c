from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import exc, insert, select, text

from altmount.db.engine import engine_at
from altmount.db.schema import properties, queue_state

STATE = select(queue_state.c.paused)


@pytest.fixture
async def engine(address):
    engine = engine_at(address)
    yield engine
    await engine.close()


@asynccontextmanager
async def opened(connection):
    try:
        await connection.open()
        yield connection
    finally:
        await connection.close()


def property_row(number):
    return {"node": "n", "name": f"{number:04}", "value": "v"}


async def test_what_is_committed_can_be_read_and_what_is_not_is_undone(engine):
    named = select(properties.c.name)
    for number, kept in ((1, True), (2, False)):
        async with opened(engine.writing()) as writing:
            await writing.fetch(insert(properties), [property_row(number)])
            if kept:
                await writing.commit()
    assert [row[0] for row in await engine.read(named)] == ["0001"]


async def test_a_reader_changes_nothing(engine):
    async with opened(engine.reading()) as reading:
        with pytest.raises(exc.DBAPIError):
            await reading.fetch(insert(properties), [property_row(1)])


async def test_rows_come_in_pages(engine):
    async with opened(engine.writing()) as writing:
        await writing.fetch(insert(properties), [property_row(number) for number in range(25)])
        await writing.commit()
    wanted = select(properties.c.name).order_by(properties.c.name)
    sizes, names = [], []
    async with opened(engine.reading()) as reading:
        await reading.fetch(text(engine.snapshot))
        async with reading.pages(wanted, 10) as pages:
            async for rows in pages:
                sizes.append(len(rows))
                names += [row[0] for row in rows]
    assert sizes == [10, 10, 5]
    assert names == [f"{number:04}" for number in range(25)]


async def test_who_leaves_in_the_middle_of_pages_leaves_nothing_behind(engine):
    async with opened(engine.writing()) as writing:
        await writing.fetch(insert(properties), [property_row(number) for number in range(25)])
        async with writing.pages(select(properties), 10) as pages:
            await anext(pages)
        await writing.commit()
    assert len(await engine.read(select(properties))) == 25


async def test_what_was_never_opened_can_be_closed(engine):
    await engine.writing().close()
    await engine.reading().close()


async def test_a_statement_that_makes_no_sense_leaves_the_connection_to_the_next(engine):
    for _ in range(8):
        with pytest.raises(exc.DBAPIError):
            await engine.read(text("SELECT nothing FROM nowhere"))
    assert await engine.read(STATE)


async def test_many_read_at_once_and_nobody_waits_on_the_loop(engine):
    rows = await asyncio.gather(*(engine.read(STATE) for _ in range(40)))
    assert len({len(each) for each in rows}) == 1


async def test_a_file_is_waited_for_elsewhere(engine):
    async with opened(engine.reading()) as reading:
        where = await reading.run(lambda _connection: threading.current_thread().name)
    assert (where != threading.current_thread().name) is (engine.backup_suffix == ".db")
