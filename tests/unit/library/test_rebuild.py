from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from altmount.db.database import Database
from altmount.db.jobs import JobRepository
from altmount.library.actor import Actor
from altmount.library.errors import SidecarError, SidecarUnavailableError
from altmount.library.library import Library
from altmount.library.nodes import Folder
from altmount.library.rebuild import Bad, Moved
from altmount.library.sidecar import Sidecar
from tests.support.releases import POSTED, MapSource, make_draft, make_release, map_of, release_id
from tests.support.sweep import cancel_at_every_step


@pytest.fixture
async def database(tmp_path):
    async with Database.open(tmp_path / "altmount.db") as database:
        yield database


@pytest.fixture
async def library(database, tmp_path):
    return await Library.open(database, tmp_path, MapSource)


async def publish(database, library, seed, *names, **shape):
    jobs = JobRepository(database)
    await jobs.add(release_id(seed), f"Release {seed}", None)
    return await library.publish(await jobs.claim(), make_draft(seed, names or ("f",), **shape))


async def tree(library, path="/"):
    found = {path: await library.find(path)}
    for node in await library.children(path):
        found |= await tree(library, node.path) if isinstance(node, Folder) else {node.path: node}
    return found


async def test_a_lost_database_is_made_anew_with_all_that_was_in_it(tmp_path):
    async with Database.open(tmp_path / "altmount.db") as database:
        library = await Library.open(database, tmp_path, MapSource)
        await publish(database, library, 1, "a", "a", "sub/b")
        await publish(database, library, 2, "a", folder="/tv/Show/S01")
        await publish(database, library, 3, "a")
        before = await tree(library)
    (tmp_path / "altmount.db").unlink()
    async with Database.open(tmp_path / "altmount.db") as database:
        library = await Library.open(database, tmp_path, MapSource)
        assert await tree(library) == before
        report = await library.rebuild()
        assert await tree(library) == before
        ids = {node.id for node in before.values() if not isinstance(node, Folder)}
        assert len(ids) == report.files == 5
        assert (report.releases, report.bad, report.moved) == (3, (), ())
        assert (await library.rebuild()) == report
        assert await tree(library) == before


async def test_a_file_reads_the_same_after_it(database, library):
    await publish(database, library, 1, "a", "b")
    before = map_of(await library.source(await library.find("/movies/Film/b")))
    await library.rebuild()
    after = map_of(await library.source(await library.find("/movies/Film/b")))
    assert list(before.starts) == list(after.starts)
    assert before.extent(0) == after.extent(0)


async def test_of_two_releases_that_claim_one_path_the_older_wins(library):
    young = make_release(1, ("film.mkv", "sub/a"))
    old = replace(make_release(2), created=young.created - timedelta(seconds=1))
    within = replace(
        make_release(3, folder="/movies/Film/inside"), created=young.created + timedelta(days=1)
    )
    for release in (young, old, within):
        await library._shelf.write(release)
    sidecars = {path: path.read_bytes() for path in library._shelf.paths()}

    report = await library.rebuild()

    assert (await library.find("/movies/Film/film.mkv")).release == old.id
    assert (await library.find("/movies/Film_1/film.mkv")).release == young.id
    assert (await library.find("/movies/Film_1/sub/a")).release == young.id
    assert (await library.find("/movies/Film_2/inside/film.mkv")).release == within.id
    assert report.moved == (
        Moved(young.id, "/movies/Film", "/movies/Film_1"),
        Moved(within.id, "/movies/Film/inside", "/movies/Film_2/inside"),
    )
    assert {path: path.read_bytes() for path in library._shelf.paths()} == sidecars
    assert await library.rebuild() == replace(report, moved=())


async def test_sidecars_that_are_damaged_are_reported_and_left_alone(database, library):
    await publish(database, library, 1)
    good = set(library._shelf.paths())
    for seed in range(2, 7):
        await library._shelf.write(make_release(seed, folder=f"/movies/{seed}"))
    torn, flipped, foreign, empty, renamed = sorted(set(library._shelf.paths()) - good)
    torn.write_bytes(torn.read_bytes()[:-400])
    data = bytearray(flipped.read_bytes())
    data[30] ^= 1
    flipped.write_bytes(data)
    foreign.write_text("dear diary, " * 9)
    empty.write_bytes(b"")
    renamed.rename(renamed.with_name("0" * 32 + ".altmount"))
    renamed = renamed.with_name("0" * 32 + ".altmount")

    report = await library.rebuild()

    assert (report.releases, report.files) == (1, 1)
    reasons = {bad.path: bad.reason.split(";")[0] for bad in report.bad}
    assert reasons[empty] == f"{empty} is empty"
    assert reasons[flipped] == f"{flipped} has a damaged header"
    assert reasons[foreign] == f"{foreign} is not a sidecar of altmount"
    assert reasons[renamed] == f"{renamed} is named after another release than it holds"
    assert set(reasons) == {torn, flipped, foreign, empty, renamed}
    assert all(isinstance(bad, Bad) and bad.path.exists() for bad in report.bad)
    assert set(await tree(library)) == {
        "/",
        "/movies",
        "/movies/Film",
        "/movies/Film/f",
    }


async def test_a_disk_that_does_not_answer_leaves_the_index_as_it_was(
    database, library, monkeypatch
):
    await publish(database, library, 1)
    before = await tree(library)

    def fail(path):
        raise SidecarUnavailableError(f"cannot read {path}: Input/output error")

    monkeypatch.setattr(Sidecar, "open", fail)
    with pytest.raises(SidecarUnavailableError):
        await library.rebuild()
    assert await tree(library) == before


async def test_what_is_gone_from_the_disk_is_reported_and_stays_to_be_seen(database, library):
    await publish(database, library, 1)
    before = await tree(library)
    [path] = library._shelf.paths()
    path.unlink()
    library._shelf.forget(release_id(1))
    [bad] = (await library.rebuild()).bad
    assert bad.path == path
    assert bad.reason.startswith(f"{path} is gone; restore it")
    assert await tree(library) == before
    with pytest.raises(SidecarError, match="is gone"):
        await library.source(before["/movies/Film/f"])


async def test_what_a_sidecar_says_of_its_files_counts(database, library):
    await publish(database, library, 1, "f", "g")
    await library.changes.move("/movies/Film/f", "/f", Actor("test"))
    await library._shelf.write(make_release(1, ("f", "g"), segments=7))  # and a crash came
    await library.rebuild()
    for path in ("/f", "/movies/Film/g"):
        file = await library.find(path)
        assert (await library.source(file)).size == file.size


async def test_wherever_it_is_cancelled_the_index_is_whole(database, library):
    await publish(database, library, 1, "a", "b")
    whole = set(await tree(library))

    async def check():
        assert set(await tree(library)) == whole

    assert await cancel_at_every_step(library.rebuild, check, growing=True) > 5


async def test_thousands_of_files_are_no_matter(database, library):
    await publish(database, library, 1, *(f"{n}" for n in range(1200)), segments=1)
    before = await tree(library)
    assert (await library.rebuild()).files == 1200
    assert await tree(library) == before
    assert before["/movies/Film/7"].modified == POSTED + timedelta(minutes=7)
