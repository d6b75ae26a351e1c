from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from altmount.db import batches
from altmount.db import files as module
from altmount.db.errors import ConflictError
from altmount.db.files import Files, apply
from altmount.db.nodes import ROOT_ID, TRASH_ID, Effects, NodeRow, Place, Shift
from altmount.db.schema import nodes

A, B = "a" * 32, "b" * 32
MORNING = datetime(2026, 1, 1, 8, tzinfo=UTC)
EVENING = MORNING + timedelta(hours=12, microseconds=1)


@pytest.fixture
def files(database):
    return Files(database)


def ident(number):
    return str(UUID(int=number))


def folder(number, parent, name, release=None):
    return NodeRow(ident(number), parent, name, MORNING, MORNING, release, None, None, None, None)


def film(number, parent, name, release=A, entry=0, size=10):
    return NodeRow(
        ident(number), parent, name, MORNING, EVENING, release, entry, None, size, f"{number:032}"
    )


def note(number, parent, name, size=3):
    return NodeRow(
        ident(number), parent, name, MORNING, EVENING, None, None, "c" * 64, size, "c" * 32
    )


async def do(database, **effects):
    async with database.transaction() as session:
        await apply(session, Effects(EVENING, **effects))


async def plant(database):
    """/tv/Show/1.mkv, /tv/Show/sub/en.srt and a note beside; a film in the trash."""
    await do(
        database,
        add=(
            folder(1, ROOT_ID, "tv"),
            folder(2, ident(1), "Show", A),
            film(3, ident(2), "1.mkv"),
            folder(4, ident(2), "sub", A),
            film(5, ident(4), "en.srt", entry=1, size=7),
            note(6, ident(2), "1.nfo"),
            film(7, TRASH_ID, "old", release=B, size=100),
        ),
    )


async def test_what_is_at_a_path_is_found(database, files):
    await plant(database)
    assert await files.find("/tv/Show/1.mkv") == film(3, ident(2), "1.mkv")
    assert await files.find("/tv/Show/sub/en.srt") == film(5, ident(4), "en.srt", entry=1, size=7)
    assert (await files.find("/tv")).is_folder
    assert (await files.find("/")).id == ROOT_ID
    for path in ("/TV", "/tv/show", "/tv/Show/1.mkv/x", "/tv/Sho", "/trash", "/old"):
        assert await files.find(path) is None


async def test_a_way_of_many_folders_is_followed(database, files):
    names = [str(number) for number in range(100)]
    rows = [folder(n + 1, ident(n) if n else ROOT_ID, name) for n, name in enumerate(names)]
    await do(database, add=tuple(rows))
    for length in (1, 7, 8, 9, 16, 17, 100):
        path = "/" + "/".join(names[:length])
        assert (await files.find(path)).id == ident(length)
        assert await files.path_of(ident(length)) == path
        assert await files.find(f"{path}/none") is None


async def test_a_path_is_known_only_of_what_can_be_seen(database, files):
    await plant(database)
    assert await files.path_of(ident(5)) == "/tv/Show/sub/en.srt"
    assert await files.path_of(ROOT_ID) == "/"
    assert await files.path_of(ident(7)) is None
    assert await files.path_of(ident(99)) is None
    assert (await files.get(ident(7))).parent == TRASH_ID
    assert await files.get(ident(99)) is None


async def test_children_come_by_name_and_in_pages(database, files, monkeypatch):
    monkeypatch.setattr(module, "_PAGE", 3)
    monkeypatch.setattr(batches, "_BATCH", 2)
    names = ["ä", "Z", "a", "10", "9", "b", "\U0001f600"]
    await do(database, add=tuple(folder(n + 1, ROOT_ID, name) for n, name in enumerate(names)))
    pages = [[row.name for row in page] async for page in files.children(ROOT_ID)]
    assert pages == [["10", "9", "Z"], ["a", "b", "ä"], ["\U0001f600"]]
    assert [page async for page in files.children(ident(1))] == []


@pytest.mark.parametrize("page", [1, 2, 500])
async def test_what_is_below_comes_each_after_its_folder(database, files, monkeypatch, page):
    monkeypatch.setattr(module, "_PAGE", page)
    monkeypatch.setattr(batches, "_BATCH", 2)
    await plant(database)
    names = [row.name async for rows in files.descend([ROOT_ID]) for row in rows]
    assert sorted(names) == ["1.mkv", "1.nfo", "Show", "en.srt", "sub", "tv"]
    seen = {ROOT_ID}
    async for rows in files.descend([ROOT_ID]):
        assert all(row.parent in seen for row in rows)
        seen |= {row.id for row in rows}
    for depth, count in enumerate((0, 1, 2, 5, 6, 6)):
        assert sum([len(rows) async for rows in files.descend([ROOT_ID], depth)]) == count


async def test_only_what_can_be_seen_is_counted(database, files):
    assert await files.usage() == (0, 0)
    await plant(database)
    assert await files.usage() == (3, 20)


async def test_files_that_can_be_seen_are_counted_by_how_they_are(database, files):
    assert await files.statuses() == {}
    await plant(database)
    rows = (
        film(10, ident(2), "2.mkv")._replace(status="healthy"),
        film(11, ident(2), "3.mkv")._replace(status="damaged"),
        film(12, TRASH_ID, "gone", release=B)._replace(status="damaged"),
        film(13, TRASH_ID, "gone too", release=B)._replace(status="degraded"),
    )
    await do(database, add=rows)
    assert await files.statuses() == {None: 3, "healthy": 1, "damaged": 1}


async def test_names_are_taken_by_what_is_in_the_way(database, files):
    await do(
        database,
        add=(
            folder(1, ROOT_ID, "tv"),
            folder(2, ident(1), "Show_%", A),
            film(3, ident(2), "Show.mkv"),
            note(4, ident(1), "Show.nfo"),
        ),
    )

    async def taken(path, like, release=A, *, shared=False):
        return await files.names_taken(path, like, release, shared=shared)

    assert await taken("/tv", "Show", B) == {"Show_%", "Show.nfo"}
    assert await taken("/tv", "Show", A) == {"Show.nfo"}
    assert await taken("/tv", "Show", B, shared=True) == {"Show_%", "Show.nfo"}
    assert await taken("/tv", "Sxow", B) == set()
    assert await taken("/tv", "Show%", B) == set()
    assert await taken("/", "tv", A) == {"tv"}
    assert await taken("/", "tv", B, shared=True) == set()
    assert await taken("/tv/Show_%", "Show.mkv", B, shared=True) == {"Show.mkv"}
    assert await taken("/tv", "Show" * 60, B) == set()
    assert await taken("/nowhere", "Show", B) == set()


async def test_a_node_that_moves_takes_along_what_is_in_it(database, files):
    await plant(database)
    shift = Shift(ident(2), Place(ident(1), "Show"), Place(ROOT_ID, "New"))
    await do(database, shifts=(shift,), touch=(ROOT_ID, ident(1)))
    assert (await files.find("/New/sub/en.srt")).id == ident(5)
    assert await files.find("/tv/Show") is None
    assert (await files.find("/tv")).modified == EVENING
    assert (await files.find("/New")).modified == MORNING


async def test_no_two_are_at_one_place(database, files):
    await plant(database)
    with pytest.raises(ConflictError):
        await do(database, add=(film(8, ident(2), "1.mkv"),))
    shift = Shift(ident(6), Place(ident(2), "1.nfo"), Place(ident(2), "1.mkv"))
    with pytest.raises(ConflictError):
        await do(database, shifts=(shift,))
    with pytest.raises(ConflictError):
        await do(database, add=(film(8, ident(99), "x"),))
    assert (await files.find("/tv/Show/1.nfo")).id == ident(6)


async def test_what_is_dropped_goes_with_all_that_is_in_it(database, files):
    await plant(database)
    await do(database, drop=(ident(2), ident(7)))
    assert [row.name async for rows in files.descend([ROOT_ID]) for row in rows] == ["tv"]
    assert [row async for rows in files.descend([TRASH_ID]) for row in rows] == []


async def test_releases_and_contents_are_known_by_what_names_them(database, files):
    await plant(database)
    assert await files.releases() == {A, B}
    assert await files.locals() == {"c" * 64}
    assert {row.id for row in await files.of_release(A)} == {ident(n) for n in (2, 3, 4, 5)}
    assert await files.only_within([ident(2), ident(7)]) == {A, B}
    assert await files.only_within([ident(4)]) == set()
    await do(database, drop=(ident(3), ident(5)))
    assert await files.releases() == {B}


async def test_the_longest_way_below_a_folder_is_measured_in_bytes(database, files):
    await plant(database)
    await do(database, add=(note(8, ident(2), "ä" * 20),))
    assert await files.longest_below(ident(1)) == len("/Show/") + 40
    assert await files.longest_below(ident(3)) == 0


async def test_the_trash_is_looked_through_by_name(database, files):
    names = ["000000000100.1.x", "000000000099.7.x", "000000000101.2.x"]
    await do(database, add=tuple(note(n + 1, TRASH_ID, name) for n, name in enumerate(names)))
    found = [row.name for row in await files.trashed_before("000000000101", 9)]
    assert found == ["000000000099.7.x", "000000000100.1.x"]
    assert len(await files.trashed_before("000000000101", 1)) == 1


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_every_dialect_can_look_through_the_tree(dialect):
    for statement in (module._way(8), module._UPWARD, module._LONGEST, module._MORE_CHILDREN):
        assert "nodes" in str(statement.compile(dialect=dialect))
    within = module._within(ident(1), ident(2))
    statement = delete(nodes).where(nodes.c.id.in_(select(within.c.id)))
    assert "RECURSIVE" in str(statement.compile(dialect=dialect))
