from __future__ import annotations

import asyncio

import pytest

from altmount.db.database import Database
from altmount.db.jobs import JobRepository
from altmount.errors import InvalidRequestError, NotFoundError
from altmount.library.actor import Actor
from altmount.library.errors import (
    NoFolderError,
    NoRoomError,
    ProtectedError,
    TakenError,
    TooLargeError,
    UndoError,
)
from altmount.library.library import Library
from altmount.library.locals import Limits
from altmount.library.nodes import Folder
from altmount.reader.source import read
from altmount.spans import Span
from tests.support.releases import MapSource, make_draft, release_id
from tests.support.sweep import cancel_at_every_step

ME = Actor("webdav", "me", "a client")


@pytest.fixture
async def database(tmp_path):
    async with Database.open(tmp_path / "altmount.db") as database:
        yield database


@pytest.fixture
async def library(database, tmp_path):
    return await Library.open(
        database, tmp_path, MapSource, protected=("/complete/tv",), limits=Limits(1000, 2500)
    )


@pytest.fixture
def changes(library):
    return library.changes


async def publish(database, library, seed, *names, folder="/complete/tv/Show"):
    jobs = JobRepository(database)
    await jobs.add(release_id(seed), f"Release {seed}", None)
    draft = make_draft(seed, names or ("f.mkv",), folder=folder, segments=1)
    return await library.publish(await jobs.claim(), draft)


async def paths(library):
    return {node.path: node async for nodes in library.walk("/") for node in nodes}


async def chunks(*pieces):
    for piece in pieces:
        await asyncio.sleep(0)
        yield piece


async def content(library, path):
    source = await library.source(await library.find(path))
    return await read(source, Span(0, source.size))


async def test_the_folders_of_categories_are_there_from_the_start(library):
    assert set(await paths(library)) == {"/complete", "/complete/tv"}


async def test_a_folder_is_made(library, changes):
    made = await changes.make_folder("/films", ME)
    assert await library.find("/films") == made
    assert isinstance(made, Folder)
    assert await library.children("/films") == []
    assert (await library.find("/")).modified == made.created


async def test_a_folder_is_not_made_where_it_cannot_be(database, library, changes):
    await publish(database, library, 1)
    for path in ("/", "/complete/tv", "/complete/tv/Show/f.mkv"):
        with pytest.raises(TakenError):
            await changes.make_folder(path, ME)
    for path in ("/none/x", "/complete/tv/Show/f.mkv/x"):
        with pytest.raises(NoFolderError):
            await changes.make_folder(path, ME)


async def test_what_moves_keeps_its_id_its_times_and_its_bytes(database, library, changes):
    await publish(database, library, 1, "f.mkv", "sub/e.srt")
    before = await paths(library)
    assert await changes.move("/complete/tv/Show", "/Film (2026)", ME) is False
    after = await paths(library)
    assert set(after) == {"/complete", "/complete/tv"} | {
        f"/Film (2026){path.removeprefix('/complete/tv/Show')}"
        for path in before
        if path.startswith("/complete/tv/Show")
    }
    old, new = before["/complete/tv/Show/sub/e.srt"], after["/Film (2026)/sub/e.srt"]
    assert (new.id, new.etag, new.size) == (old.id, old.etag, old.size)
    assert (new.created, new.modified) == (old.created, old.modified)
    assert (await library.by_id(old.id)).path == new.path
    assert (await library.source(new)).size == old.size


async def test_an_id_is_followed_wherever_it_goes_and_in_any_spelling(database, library, changes):
    await publish(database, library, 1)
    wanted = (await library.find("/complete/tv/Show/f.mkv")).id
    for spelling in (wanted, wanted.upper(), wanted.replace("-", ""), f"{{{wanted}}}"):
        assert (await library.by_id(spelling)).path == "/complete/tv/Show/f.mkv"
    await changes.move("/complete/tv/Show", "/Other", ME)
    for _ in range(2):
        assert (await library.by_id(wanted)).path == "/Other/f.mkv"
    for nonsense in ("", "x", "1" * 31, "1" * 32, "f" * 8 + "-" + "f" * 24, "ff" * 16, "9" * 10**6):
        with pytest.raises(NotFoundError):
            await library.by_id(nonsense)
    assert (await library.by_id("0" * 32)).path == "/"


async def test_a_file_is_renamed_over_another_which_can_come_back(database, library, changes):
    await publish(database, library, 1, "a.mkv", "b.mkv")
    a, b = [(await library.find(f"/complete/tv/Show/{name}.mkv")).id for name in "ab"]
    with pytest.raises(TakenError):
        await changes.move("/complete/tv/Show/a.mkv", "/complete/tv/Show/b.mkv", ME)
    move = changes.move("/complete/tv/Show/a.mkv", "/complete/tv/Show/b.mkv", ME, overwrite=True)
    assert await move is True
    assert (await library.find("/complete/tv/Show/b.mkv")).id == a
    with pytest.raises(NotFoundError):
        await library.by_id(b)
    [latest, *_] = await changes.history()
    await changes.undo(latest.number, ME)
    assert (await library.find("/complete/tv/Show/a.mkv")).id == a
    assert (await library.find("/complete/tv/Show/b.mkv")).id == b


@pytest.mark.parametrize(
    ("source", "target", "error"),
    [
        ("/none", "/x", NotFoundError),
        ("/complete/tv/Show", "/none/x", NoFolderError),
        ("/complete/tv/Show", "/complete/tv/Show/f.mkv/x", ProtectedError),
        ("/complete/tv/Show", "/complete/tv/Show", ProtectedError),
        ("/complete/tv/Show", "/complete/tv/Show/in", ProtectedError),
        ("/complete/tv/Show/f.mkv", "/complete/tv/Show", ProtectedError),
        ("/complete/tv", "/tv", ProtectedError),
        ("/complete", "/tv", ProtectedError),
        ("/", "/tv", ProtectedError),
        ("/complete/tv/Show", "/", ProtectedError),
        ("/mine", "/complete/tv", ProtectedError),
        ("/mine", "/complete", ProtectedError),
    ],
)
async def test_what_may_not_be_moved_is_not(database, library, changes, source, target, error):
    await publish(database, library, 1)
    await changes.make_folder("/mine", ME)
    before, entries = await paths(library), await changes.history()
    with pytest.raises(error):
        await changes.move(source, target, ME, overwrite=True)
    assert await paths(library) == before
    assert await changes.history() == entries


async def test_a_move_that_would_make_a_path_too_long_is_refused(database, library, changes):
    await publish(database, library, 1, f"{'n' * 200}.mkv")
    deep = ""
    for _ in range(16):
        deep += f"/{'d' * 245}"
        await changes.make_folder(deep, ME)
    with pytest.raises(InvalidRequestError, match="longer than"):
        await changes.move("/complete/tv/Show", f"{deep}/Show", ME)
    with pytest.raises(InvalidRequestError, match="longer than"):
        await changes.copy("/complete/tv/Show", f"{deep}/Show", ME)
    await changes.move("/complete/tv/Show", f"{deep[:-246]}/Show", ME)


async def test_a_copy_is_a_second_name_of_the_same_bytes(database, library, changes):
    await publish(database, library, 1, "f.mkv", "sub/e.srt")
    await changes.copy("/complete/tv/Show", "/Again", ME)
    await changes.copy("/complete/tv/Show/f.mkv", "/f.mkv", ME)
    files = await paths(library)
    one, two, three = (
        files[path] for path in ("/complete/tv/Show/f.mkv", "/Again/f.mkv", "/f.mkv")
    )
    assert one.etag == two.etag == three.etag
    assert len({one.id, two.id, three.id}) == 3
    assert (await library.source(two)).size == one.size
    assert "/Again/sub/e.srt" in files
    await changes.remove("/complete/tv/Show", ME)
    assert (await library.source(await library.find("/Again/f.mkv"))).size == one.size


async def test_a_shallow_copy_of_a_folder_is_empty(database, library, changes):
    await publish(database, library, 1)
    await changes.copy("/complete/tv/Show", "/Again", ME, deep=False)
    assert await library.children("/Again") == []


async def test_what_is_removed_is_gone_and_comes_back(database, library, changes):
    await publish(database, library, 1, "f.mkv", "sub/e.srt")
    before = await paths(library)
    await changes.remove("/complete/tv/Show", ME)
    assert set(await paths(library)) == {"/complete", "/complete/tv"}
    for path in ("/complete/tv/Show", "/complete/tv/Show/f.mkv"):
        with pytest.raises(NotFoundError):
            await library.find(path)
        with pytest.raises(NotFoundError):
            await library.by_id(before[path].id)
    [removal, *_] = await changes.history()
    assert (removal.action, removal.source) == ("remove", "/complete/tv/Show")
    assert (removal.door, removal.user, removal.client) == ("webdav", "me", "a client")
    await changes.undo(removal.number, ME)
    after = await paths(library)
    assert {path: node.id for path, node in after.items()} == {
        path: node.id for path, node in before.items()
    }


async def test_what_must_stay_is_not_removed(library, changes):
    for path in ("/", "/complete", "/complete/tv"):
        with pytest.raises(ProtectedError):
            await changes.remove(path, ME)
    with pytest.raises(NotFoundError):
        await changes.remove("/none", ME)


async def test_a_small_file_is_kept_and_read(library, changes):
    put = await changes.put_local("/complete/tv/a.nfo", chunks(b"<movie", b"/>"), ME)
    file, replaced = put
    assert not replaced
    assert await library.find("/complete/tv/a.nfo") == file
    assert await library.children("/complete/tv") == [file]
    assert await content(library, "/complete/tv/a.nfo") == b"<movie/>"
    assert (file.size, file.release) == (8, None)


async def test_a_small_file_that_is_written_anew_has_new_bytes_and_can_come_back(library, changes):
    one, _ = await changes.put_local("/a.nfo", chunks(b"one"), ME)
    two, replaced = await changes.put_local("/a.nfo", chunks(b"two"), ME)
    assert replaced
    assert one.etag != two.etag
    assert await content(library, "/a.nfo") == b"two"
    [latest, *_] = await changes.history()
    await changes.undo(latest.number, ME)
    assert await content(library, "/a.nfo") == b"one"


async def test_the_same_bytes_put_again_change_nothing(library, changes):
    one, _ = await changes.put_local("/a.nfo", chunks(b"one"), ME)
    entries = await changes.history()
    assert await changes.put_local("/a.nfo", chunks(b"one"), ME) == (one, True)
    assert await changes.history() == entries


async def test_what_is_too_large_is_refused_before_any_of_it_is_read(library, changes):
    async def never():
        raise AssertionError("it was read")
        yield b""

    for size in (1001, 10**12):
        with pytest.raises(TooLargeError, match="at most 1000"):
            await changes.put_local("/a", never(), ME, size=size)
    for number in range(2):
        await changes.put_local(f"/{number}", chunks(bytes([number]) * 1000), ME)
    with pytest.raises(NoRoomError, match="no room for 501"):
        await changes.put_local("/a", never(), ME, size=501)
    with pytest.raises(NoFolderError):
        await changes.put_local("/none/a", never(), ME, size=1)
    assert (await library.usage()).room == 500


async def test_what_grows_too_large_on_its_way_in_is_refused(library, changes, tmp_path):
    with pytest.raises(TooLargeError):
        await changes.put_local("/a", chunks(*[b"x" * 300] * 4), ME)
    for number in range(2):
        await changes.put_local(f"/{number}", chunks(bytes([number]) * 1000), ME)
    with pytest.raises(NoRoomError):
        await changes.put_local("/a", chunks(*[b"x" * 300] * 3), ME)
    usage = await library.usage()
    assert (usage.local, usage.room) == (2000, 500)
    assert len([path for path in (tmp_path / "local").rglob("*") if path.is_file()]) == 2


async def test_a_release_s_bytes_and_folders_are_not_overwritten(database, library, changes):
    await publish(database, library, 1)
    with pytest.raises(ProtectedError, match="file of a release"):
        await changes.put_local("/complete/tv/Show/f.mkv", chunks(b"x"), ME)
    for path in ("/", "/complete/tv/Show"):
        with pytest.raises(TakenError):
            await changes.put_local(path, chunks(b"x"), ME)


async def test_wherever_a_change_is_cancelled_it_is_made_whole_or_not_at_all(
    database, library, changes
):
    await publish(database, library, 1)
    seen = set()

    async def check():
        there = "/Moved" in await paths(library)
        assert there != ("/complete/tv/Show" in await paths(library))
        seen.add(there)
        if there:
            await changes.move("/Moved", "/complete/tv/Show", ME)

    def move():
        return changes.move("/complete/tv/Show", "/Moved", ME)

    assert await cancel_at_every_step(move, check, growing=True) > 5
    assert seen == {True, False}


async def test_many_changes_at_once_are_made_one_after_the_other(library, changes):
    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(changes.make_folder(f"/{number}", ME))
    numbers = [entry.number for entry in await changes.history()]
    assert numbers == list(range(22, 0, -1))
    assert [entry.number for entry in await changes.history(limit=3, before=10)] == [9, 8, 7]


async def test_a_folder_that_was_made_goes_only_while_it_is_empty(library, changes):
    await changes.make_folder("/mine", ME)
    [made, *_] = await changes.history()
    await changes.put_local("/mine/a", chunks(b"a"), ME)
    with pytest.raises(UndoError, match="holds 'a'"):
        await changes.undo(made.number, ME)
    await changes.remove("/mine/a", ME)
    await changes.undo(made.number, ME)
    assert "/mine" not in await paths(library)


async def test_undoing_says_what_is_in_the_way(database, library, changes):
    await publish(database, library, 1)
    await changes.make_folder("/x", ME)
    await changes.move("/complete/tv/Show", "/x/Show", ME)
    move = (await changes.history())[0].number

    await changes.make_folder("/complete/tv/Show", ME)
    with pytest.raises(UndoError, match="something else is at /complete/tv/Show by now"):
        await changes.undo(move, ME)
    await changes.remove("/complete/tv/Show", ME)

    await changes.move("/x/Show", "/x/Other", ME)
    with pytest.raises(UndoError, match="is at /x/Other now; take that back first"):
        await changes.undo(move, ME)
    await changes.undo((await changes.history())[0].number, ME)

    await changes.remove("/x", ME)
    removal = (await changes.history())[0].number
    with pytest.raises(UndoError, match="was removed since; take that back first"):
        await changes.undo(move, ME)
    await changes.undo(removal, ME)

    await changes.undo(move, ME)
    assert "/complete/tv/Show/f.mkv" in await paths(library)
    with pytest.raises(UndoError, match="was taken back by entry"):
        await changes.undo(move, ME)
    with pytest.raises(NotFoundError, match="no entry 999"):
        await changes.undo(999, ME)


async def test_a_removal_from_a_folder_that_is_gone_waits_for_the_folder(library, changes):
    await changes.make_folder("/x", ME)
    await changes.put_local("/x/a", chunks(b"a"), ME)
    await changes.remove("/x/a", ME)
    inner = (await changes.history())[0].number
    await changes.remove("/x", ME)
    outer = (await changes.history())[0].number
    with pytest.raises(UndoError, match="the folder that it was in was removed since"):
        await changes.undo(inner, ME)
    await changes.undo(outer, ME)
    await changes.undo(inner, ME)
    assert await content(library, "/x/a") == b"a"


async def test_a_folder_never_comes_back_into_itself(library, changes):
    await changes.make_folder("/x", ME)
    await changes.make_folder("/x/a", ME)
    await changes.move("/x/a", "/a", ME)
    move = (await changes.history())[0].number
    await changes.move("/x", "/a/x", ME)
    with pytest.raises(UndoError, match="which is inside it"):
        await changes.undo(move, ME)


async def test_what_was_taken_back_can_be_done_again_and_taken_back_again(library, changes):
    await changes.put_local("/a", chunks(b"a"), ME)
    await changes.remove("/a", ME)
    removal = (await changes.history())[0].number
    for _ in range(3):
        undo = await changes.undo(removal, ME)
        assert undo.undoes == removal
        assert await content(library, "/a") == b"a"
        assert (await changes.entry(removal)).undone_by == undo.number
        await changes.undo(undo.number, ME)
        assert "/a" not in await paths(library)
        assert (await changes.entry(removal)).undone_by is None


async def test_an_import_is_taken_back(database, library, changes):
    await publish(database, library, 1)
    [came, *_] = await changes.history()
    assert (came.action, came.source, came.door) == ("import", "/complete/tv/Show", "import")
    assert came.reason == "Release 1"
    undo = await changes.undo(came.number, ME)
    assert set(await paths(library)) == {"/complete", "/complete/tv"}
    await changes.undo(undo.number, ME)
    assert "/complete/tv/Show/f.mkv" in await paths(library)


async def test_the_program_s_own_folders_are_not_taken_back(changes):
    for entry in await changes.history():
        with pytest.raises(ProtectedError):
            await changes.undo(entry.number, ME)
