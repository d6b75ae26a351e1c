from __future__ import annotations

import shutil

import pytest

from altmount.db.database import Database
from altmount.db.errors import DatabaseUnavailableError
from altmount.db.jobs import JobRepository
from altmount.library.actor import Actor
from altmount.library.errors import StorageUnavailableError
from altmount.library.library import Library
from tests.support.releases import MapSource, make_draft, release_id

ME = Actor("test")


async def tree(library):
    found = {"/": await library.find("/")}
    return found | {node.path: node async for nodes in library.walk("/") for node in nodes}


async def fill(database, library):
    jobs = JobRepository(database)
    for seed in range(3):
        await jobs.add(release_id(seed), f"{seed}", None)
        draft = make_draft(seed, ("f", "sub/g"), folder=f"/tv/{seed}", segments=1)
        await library.publish(await jobs.claim(), draft)
    await library.changes.make_folder("/mine", ME)
    await library.changes.move("/tv/0", "/mine/zero", ME)
    await library.changes.copy("/tv/1/f", "/mine/f", ME)
    await library.changes.remove("/tv/2", ME)


async def made(root):
    async with Database.open(root / "altmount.db") as database:
        library = await Library.open(database, root, MapSource)
        await fill(database, library)
        return await tree(library)


async def opened(root):
    async with Database.open(root / "altmount.db") as database:
        library = await Library.open(database, root, MapSource)
        found, history = await tree(library), await library.changes.history()
        number = next(entry.number for entry in history if entry.action == "remove")
        if "/tv/2" not in found:
            await library.changes.undo(number, ME)
            assert "/tv/2/sub/g" in await tree(library)
            await library.changes.remove("/tv/2", ME)
        return found


def without_times(found):
    return {path: getattr(node, "etag", node.id) for path, node in found.items()}


async def test_a_lost_index_is_made_anew_from_the_journal(tmp_path):
    before = await made(tmp_path)
    for file in tmp_path.glob("altmount.db*"):
        file.unlink()
    assert await opened(tmp_path) == before


async def test_a_lost_journal_is_begun_anew_from_the_index(tmp_path):
    before = await made(tmp_path)
    (tmp_path / "journal").unlink()
    assert await opened(tmp_path) == before
    for file in tmp_path.glob("altmount.db*"):
        file.unlink()
    assert without_times(await opened(tmp_path)) == without_times(before)


async def test_an_index_that_is_behind_is_brought_up_to_the_journal(tmp_path):
    root, old = tmp_path / "new", tmp_path / "old"
    async with Database.open(root / "altmount.db") as database:
        await Library.open(database, root, MapSource)
    shutil.copytree(root, old)
    before = await made(root)
    for file in root.glob("altmount.db*"):
        file.unlink()
    shutil.copy(old / "altmount.db", root / "altmount.db")
    assert await opened(root) == before


async def test_a_journal_that_is_behind_is_brought_up_to_the_index(tmp_path):
    async with Database.open(tmp_path / "altmount.db") as database:
        await Library.open(database, tmp_path, MapSource)
    old = (tmp_path / "journal").read_bytes()
    before = await made(tmp_path)
    (tmp_path / "journal").write_bytes(old)
    assert await opened(tmp_path) == before
    for file in tmp_path.glob("altmount.db*"):
        file.unlink()
    assert without_times(await opened(tmp_path)) == without_times(before)


async def test_the_index_of_another_library_is_not_believed(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    before = await made(one)
    async with Database.open(two / "altmount.db") as database:
        library = await Library.open(database, two, MapSource)
        for number in range(8):  # as many changes as in the other
            await library.changes.make_folder(f"/{number}", ME)
    shutil.copy(two / "altmount.db", one / "altmount.db")
    for name in ("altmount.db-wal", "altmount.db-shm"):
        (one / name).unlink(missing_ok=True)
    assert await opened(one) == before


async def test_a_damaged_line_is_mended_from_the_index(tmp_path):
    before = await made(tmp_path)
    journal = tmp_path / "journal"
    journal.write_bytes(journal.read_bytes().replace(b'"make-folder"', b'"make-fXlder"'))
    assert await opened(tmp_path) == before
    for file in tmp_path.glob("altmount.db*"):
        file.unlink()
    assert without_times(await opened(tmp_path)) == without_times(before)


async def test_the_journal_is_begun_anew_when_it_has_outgrown_what_it_says(tmp_path, monkeypatch):
    monkeypatch.setattr("altmount.library.journal._ROOM", 1000)
    before = await made(tmp_path)
    async with Database.open(tmp_path / "altmount.db") as database:
        library = await Library.open(database, tmp_path, MapSource)
        for _ in range(30):
            await library.changes.move("/mine", "/yours", ME)
            await library.changes.move("/yours", "/mine", ME)
        entries = await library.changes.history()
    old = (tmp_path / "journal").read_bytes()
    assert without_times(await opened(tmp_path)) == without_times(before)
    new = (tmp_path / "journal").read_bytes()
    assert old.count(b" E ") > 50
    assert new.count(b" E ") == 2
    async with Database.open(tmp_path / "altmount.db") as database:
        library = await Library.open(database, tmp_path, MapSource)
        assert (await library.changes.history())[2:] == entries


@pytest.mark.parametrize("lost", [False, True])
async def test_with_the_database_damaged_and_lines_lost_no_file_is(tmp_path, lost):
    before = await made(tmp_path)
    for file in tmp_path.glob("altmount.db*"):
        file.unlink()
    journal = tmp_path / "journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    for number in range(1, len(lines) - 1):
        if lost:
            (tmp_path / "altmount.db").unlink(missing_ok=True)
        damaged = [line if n != number else b"x" + line for n, line in enumerate(lines)]
        journal.write_bytes(b"".join(damaged))
        async with Database.open(tmp_path / f"{number}.db") as database:
            library = await Library.open(database, tmp_path, MapSource)
            found = await tree(library)
            etags = {node.etag for node in found.values() if hasattr(node, "etag")}
            assert {node.etag for node in before.values() if hasattr(node, "etag")} <= etags
            for node in found.values():
                if hasattr(node, "etag"):
                    await library.source(node)


async def test_a_library_whose_disk_is_not_there_is_not_begun_anew(tmp_path):
    before = await made(tmp_path)
    away = tmp_path / "away"
    away.mkdir()
    for name in ("journal", "releases", "local"):
        (tmp_path / name).rename(away / name)
    with pytest.raises(StorageUnavailableError, match=r"holds nothing.*is the disk mounted"):
        await opened(tmp_path)
    assert not (tmp_path / "journal").exists()
    shutil.rmtree(tmp_path / "releases")
    shutil.rmtree(tmp_path / "local")
    for name in ("journal", "releases", "local"):
        (away / name).rename(tmp_path / name)
    assert await opened(tmp_path) == before


async def test_a_file_where_a_category_s_folder_should_be_does_not_end_the_start(tmp_path, caplog):
    async def data():
        yield b"x"

    async with Database.open(tmp_path / "altmount.db") as database:
        library = await Library.open(database, tmp_path, MapSource)
        await library.changes.put_local("/tv", data(), ME)
        library = await Library.open(database, tmp_path, MapSource, protected=("/tv/uhd", "/films"))
        assert set(await tree(library)) == {"/", "/films", "/tv"}
    assert "/tv is not a folder" in caplog.text


async def test_a_store_that_fails_is_an_error_and_no_empty_listing(tmp_path, monkeypatch):
    await made(tmp_path)
    async with Database.open(tmp_path / "altmount.db") as database:
        library = await Library.open(database, tmp_path, MapSource)
        library._memory.forget()

        async def fail(*_):
            raise DatabaseUnavailableError("the database fails: disk I/O error")

        root = await library.find("/")
        monkeypatch.setattr(library._files, "_fetch", fail)
        for ask in (
            lambda: library.children("/"),
            lambda: library.find("/mine"),
            lambda: anext(library.walk("/")),
            lambda: library.by_id("1" * 32),
            library.usage,
        ):
            with pytest.raises(DatabaseUnavailableError):
                await ask()
        monkeypatch.undo()
        assert root == await library.find("/")
        assert [node.path for node in await library.children("/")] == ["/mine", "/tv"]
