from __future__ import annotations

from sqlalchemy import insert

from altmount.db import properties as properties_module
from altmount.db.properties import PropertyRepository
from altmount.db.schema import properties


async def everything(kept):
    return [row async for rows in kept.all() for row in rows]


async def test_the_last_value_counts_and_others_are_left_alone(database):
    kept = PropertyRepository(database)
    await kept.set("node", "{urn:x}a", "1")
    await kept.set("node", "{urn:x}b", "2")
    await kept.set("other", "{urn:x}a", "3")
    await kept.set("node", "{urn:x}a", "<x/>")
    assert await everything(kept) == [
        ("node", "{urn:x}a", "<x/>"),
        ("node", "{urn:x}b", "2"),
        ("other", "{urn:x}a", "3"),
    ]


async def test_one_or_all_of_a_node_are_taken_away(database):
    kept = PropertyRepository(database)
    for node in ("one", "two"):
        for name in ("a", "b"):
            await kept.set(node, name, "")
    await kept.remove("one", "a")
    await kept.remove("one", "was never there")
    await kept.forget("two")
    assert await everything(kept) == [("one", "b", "")]


async def test_many_come_some_at_a_time_each_once(database, monkeypatch):
    monkeypatch.setattr(properties_module, "_PAGE", 3)
    rows = [(f"node {node}", f"name {name}", "v") for node in range(4) for name in range(5)]
    async with database.transaction() as session:
        columns = ("node", "name", "value")
        await session.fetch(
            insert(properties), [dict(zip(columns, row, strict=True)) for row in rows]
        )
    assert await everything(PropertyRepository(database)) == rows


async def test_those_of_nodes_that_are_gone_are_orphans(database):
    kept = PropertyRepository(database)
    await kept.set("gone", "a", "")
    await kept.set("gone", "b", "")
    assert await kept.orphans() == ["gone"]
