from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from altmount.db.links import LinkRepository, MadeLink
from altmount.db.nodes import ROOT_ID, TRASH_ID
from altmount.db.schema import nodes

ONE = MadeLink("1" * 36, "a/one.mkv")
TWO = MadeLink("2" * 36, "a/two.mkv", away=True)


@pytest.fixture
def kept(database):
    return LinkRepository(database)


async def test_a_link_is_known_by_its_file_and_replaced(kept):
    await kept.put([ONE, TWO])
    moved = MadeLink(ONE.node, "b/one.mkv", ("a/one.mkv", "ü"), away=True)
    await kept.put([moved])
    assert await kept.all() == {ONE.node: moved, TWO.node: TWO}


async def test_links_of_files_that_were_let_go_are_forgotten_and_others_stay(kept):
    await kept.put([ONE, TWO])
    await kept.tidy([])
    assert await kept.all() == {ONE.node: ONE}


async def test_folders_are_kept_once_and_forgotten(kept):
    await kept.add_folders(["a", "a/b"])
    await kept.add_folders(["a"])
    await kept.add_folders([])
    assert await kept.folders() == {"a", "a/b"}
    await kept.tidy({"a/b"})
    assert await kept.folders() == {"a"}


async def test_more_than_a_batch_is_put(kept):
    many = [MadeLink(f"{number:036}", f"{number}") for number in range(450)]
    await kept.put(many)
    await kept.put(many[::-1])
    assert len(await kept.all()) == 450


async def test_files_are_found_where_they_are_and_not_in_the_trash(kept, database):
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def row(name, parent, size):
        common = {"created": now, "modified": now}
        return {"id": name * 36, "parent": parent, "name": name, "size": size, **common}

    rows = [row("f", ROOT_ID, None), row("g", "f" * 36, None), row("x", "g" * 36, 1)]
    rows += [row("t", TRASH_ID, None), row("y", "t" * 36, 1), row("z", ROOT_ID, 1)]
    async with database.transaction() as session:
        for each in rows:
            await session.fetch(insert(nodes).values(each))
    await kept.put([MadeLink(each * 36, each) for each in "xyzw"])
    assert await kept.places() == {"x" * 36: "/f/g/x", "z" * 36: "/z"}
