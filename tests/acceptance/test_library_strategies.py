"""What stands for imported files in a folder of its own, on the whole program."""

from __future__ import annotations

import asyncio
import os

import aiohttp
import pytest

from altmount.jobs import JobStatus
from altmount.library.actor import Actor
from altmount.library.paths import VirtualPath
from altmount.newsserver.server import NewsServer
from tests.support.program import KEY, serving, synthetic

US = Actor("webdav")


def options(tmp_path, strategy, **more):
    folder = tmp_path / "links"
    folder.mkdir(exist_ok=True)
    section = {"import_strategy": strategy, "import_dir": str(folder), **more}
    sabnzbd = {"enabled": True}
    return folder, {"import": section, "mount_path": f"{tmp_path}/mnt", "sabnzbd": sabnzbd}


def links_in(folder):
    return sorted(
        f"{at}/{name}".removeprefix(f"{folder}/")
        for at, _, names in os.walk(folder)
        for name in names
    )


def folders_in(folder):
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_dir())


async def until(is_so):
    async with asyncio.timeout(5):
        while not is_so():
            await asyncio.sleep(0.005)


async def history(ours):
    query = {"mode": "history", "apikey": KEY, "output": "json"}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{ours.port}/sabnzbd/api", params=query) as answer,
    ):
        return (await answer.json())["history"]["slots"]


async def test_a_symlink_leads_from_the_path_that_clients_are_told_into_the_mount(tmp_path):
    folder, settings = options(tmp_path, "SYMLINK")
    async with NewsServer() as server, serving(tmp_path, server, **settings) as ours:
        job = await ours.bring(synthetic(300_000), "Film.2024", "Movies")
        assert job.status is JobStatus.COMPLETED
        file = await ours.only_file(job.path)
        [slot] = await history(ours)
        [link] = links_in(folder)
        assert f"{folder}/{link}".startswith(f"{slot['storage']}/")
        assert str((folder / link).readlink()) == f"{tmp_path}/mnt{file.path}"


async def test_a_strm_file_plays_and_survives_other_keys_and_a_move(tmp_path):
    folder, settings = options(tmp_path, "STRM")
    async with NewsServer() as server:
        async with serving(tmp_path, server, **settings) as ours:
            job = await ours.bring(synthetic(300_000), "Film.2024", "Movies")
            [link] = links_in(folder)
            line = (folder / link).read_text().strip()
            assert KEY not in line
            file = await ours.only_file(job.path)
            await ours.program.library.changes.move(file.path, VirtualPath("/Other.mkv"), US)
        settings["api"] = {"key_override": KEY[::-1]}
        settings["auth"] = {"login_required": True}
        async with serving(tmp_path, server, **settings) as ours, aiohttp.ClientSession() as asking:
            query = line.partition("?")[2]
            url = f"http://127.0.0.1:{ours.port}/api/files/stream?{query}"
            async with asking.get(url) as answer:
                assert (answer.status, len(await answer.read())) == (200, 300_000)


@pytest.mark.parametrize("strategy", ["SYMLINK", "STRM"])
async def test_links_go_where_their_files_go_and_come_back_with_them(tmp_path, strategy):
    folder, settings = options(tmp_path, strategy)
    theirs = folder / "theirs.strm"
    theirs.write_text("http://elsewhere/\n")
    ending = ".strm" if strategy == "STRM" else ""
    async with NewsServer() as server, serving(tmp_path, server, **settings) as ours:
        library = ours.program.library
        job = await ours.bring(synthetic(300_000), "Film", "Movies")
        release = VirtualPath(job.path)
        file = await ours.only_file(release)
        first = [*links_in(folder)]
        await library.changes.move(release, VirtualPath("/Better"), US)
        leaf = file.path.rpartition("/")[2]
        await until(lambda: links_in(folder) == sorted([f"Better/{leaf}{ending}", "theirs.strm"]))
        await until(lambda: folders_in(folder) == ["Better"])
        await library.changes.remove(VirtualPath("/Better"), US)
        await until(lambda: links_in(folder) == ["theirs.strm"])
        [entry, *_] = await library.changes.history(limit=1)
        await library.changes.undo(entry.number, US)
        await until(lambda: len(links_in(folder)) == 2)
        assert len(first) == 2
        assert theirs.read_text() == "http://elsewhere/\n"


@pytest.mark.parametrize("strategy", ["SYMLINK", "STRM"])
async def test_links_that_are_not_wanted_any_more_still_follow_their_files(tmp_path, strategy):
    folder, settings = options(tmp_path, strategy)
    async with NewsServer() as server:
        async with serving(tmp_path, server, **settings) as ours:
            gone = await ours.bring(synthetic(300_000), "Gone", "Movies")
            moved = await ours.bring(synthetic(300_000, seed=9), "Moved", "Movies")
        settings["import"]["import_strategy"] = "NONE"
        async with serving(tmp_path, server, **settings) as ours:
            changes = ours.program.library.changes
            await changes.remove(VirtualPath(gone.path), US)
            await changes.move(VirtualPath(moved.path), VirtualPath("/M"), US)
            await until(lambda: [each[:2] for each in links_in(folder)] == ["M/"])
            await ours.bring(synthetic(300_000, seed=11), "New", "Movies")
            url = f"http://127.0.0.1:{ours.port}/api/links/regenerate?apikey={KEY}"
            async with aiohttp.ClientSession() as session, session.post(url, json={}) as answer:
                assert answer.status == 409
            assert [each[:2] for each in links_in(folder)] == ["M/"]


async def test_what_was_taken_stays_taken_and_what_moved_while_nobody_looked_is_followed(tmp_path):
    folder, settings = options(tmp_path, "SYMLINK")
    async with NewsServer() as server:
        async with serving(tmp_path, server, **settings) as ours:
            taken = await ours.bring(synthetic(300_000), "Taken", "Movies")
            kept = await ours.bring(synthetic(300_000, seed=9), "Kept", "Movies")
            [link] = [each for each in links_in(folder) if "Taken" in each]
            (folder / link).rename(tmp_path / "in Sonarr's folder")
        bare = {**settings, "import": {}}
        async with serving(tmp_path, server, **bare) as ours:
            library = ours.program.library
            await library.changes.move(VirtualPath(taken.path), VirtualPath("/T"), US)
            await library.changes.move(VirtualPath(kept.path), VirtualPath("/K"), US)
        async with serving(tmp_path, server, **settings) as ours:
            await until(lambda: [each[:2] for each in links_in(folder)] == ["K/"])
            assert await ours.program.keeper.make(VirtualPath("/")) == 2
            assert [each[:2] for each in links_in(folder)] == ["K/", "T/"]


async def test_a_job_whose_links_cannot_be_made_fails_and_succeeds_when_they_can(tmp_path):
    folder, settings = options(tmp_path, "STRM")
    folder.rmdir()
    async with NewsServer() as server, serving(tmp_path, server, **settings) as ours:
        job = await ours.bring(synthetic(300_000), "Film", "Movies")
        assert job.status is JobStatus.FAILED
        assert "import.import_dir" in job.message
        folder.mkdir()
        async with asyncio.timeout(5):
            again = await ours.ended(await ours.program.queue.retry(job.id))
        assert again.status is JobStatus.COMPLETED
        assert len(links_in(folder)) == 1


@pytest.mark.parametrize("strategy", ["SYMLINK", "STRM"])
async def test_links_are_regenerated_by_request_and_follow_the_settings(tmp_path, strategy):
    folder, settings = options(tmp_path, strategy)
    async with NewsServer() as server:
        async with serving(tmp_path, server, **settings) as ours:
            await ours.bring(synthetic(300_000), "Film", "Movies")
            [link] = links_in(folder)
            (folder / link).unlink()
            url = f"http://127.0.0.1:{ours.port}/api/links/regenerate?apikey={KEY}"
            async with aiohttp.ClientSession() as session:
                async with session.post(url, json={"path": "/complete"}) as answer:
                    data = (await answer.json())["data"]
                async with session.post(url, json={"path": "/elsewhere"}) as answer:
                    assert answer.status == 404
            assert data == {"links": 1, "taken": 0, "obstacles": []}
            assert links_in(folder) == [link]
        settings["mount_path"] = "/media/other"
        settings["webdav"] = {"host": "box.lan"}
        async with serving(tmp_path, server, **settings) as ours:
            place = folder / link
            text = (lambda: str(place.readlink())) if strategy == "SYMLINK" else place.read_text
            await until(lambda: text().startswith(("/media/other/", "http://box.lan:")))
            assert links_in(folder) == [link]


async def test_regenerate_says_that_there_are_to_be_no_links(tmp_path):
    async with NewsServer() as server, serving(tmp_path, server) as ours:
        url = f"http://127.0.0.1:{ours.port}/api/links/regenerate?apikey={KEY}"
        async with aiohttp.ClientSession() as session, session.post(url, json={}) as answer:
            error = (await answer.json())["error"]
    assert answer.status == 409
    assert "set it to SYMLINK or STRM" in error["message"]


async def test_a_strm_file_opens_what_is_at_its_path_if_its_file_is_gone(tmp_path):
    folder, settings = options(tmp_path, "STRM")
    async with NewsServer() as server, serving(tmp_path, server, **settings) as ours:
        changes = ours.program.library.changes
        first = await ours.bring(synthetic(300_000), "First", "Movies")
        second = await ours.bring(synthetic(400_000, seed=9), "Second", "Movies")
        [link] = [each for each in links_in(folder) if "First" in each]
        query = (folder / link).read_text().strip().partition("?")[2]
        url = f"http://127.0.0.1:{ours.port}/api/files/stream?{query}"
        place = (await ours.only_file(first.path)).path
        other = (await ours.only_file(second.path)).path
        async with aiohttp.ClientSession() as session:
            await changes.remove(place, US)
            async with session.get(url) as answer:
                assert answer.status == 404
            await changes.move(other, place, US)
            async with session.get(url) as answer:
                assert (answer.status, len(await answer.read())) == (200, 400_000)
