"""The share, in the clients that people use and against the suite that servers are tested with."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import shutil
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import ClientSession

import altmount
from altmount.newsserver.server import NewsServer
from tests.support.client import fetch
from tests.support.dav import Dav
from tests.support.program import KEY, PASSWORD, USER, free_port, posted, serving, synthetic

FILM = Path(altmount.__file__).parent / "demo" / "film.mp4"


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@asynccontextmanager
async def sharing(folder, news, **options):
    """The program, and a client of its share that is logged in."""
    async with (
        serving(folder, news, **options) as program,
        ClientSession(headers={"Authorization": basic(USER, PASSWORD)}) as session,
    ):
        yield program, Dav(session, program.port)


async def run(*command, stdin=None, cwd=None):
    """Run a program; its exit status and all that it said."""
    needed = "cadaver" if "cadaver" in command else command[0]
    if shutil.which(needed) is None:
        pytest.skip(f"{needed} is not installed")
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=cwd,
    )
    async with asyncio.timeout(60):
        output, _ = await process.communicate(stdin)
    return process.returncode, output


async def succeed(*command, **options):
    status, output = await run(*command, **options)
    assert status == 0, output.decode(errors="replace")
    return output


async def test_litmus_has_nothing_to_say(tmp_path, news):
    async with sharing(tmp_path, news) as (program, dav):
        assert (await dav("MKCOL", "/own")).status == 201
        url = f"http://127.0.0.1:{program.port}/webdav/own/"
        _, output = await run("litmus", "-k", url, USER, PASSWORD, cwd=tmp_path)
        said = output.decode(errors="replace")
        suites = re.findall(r"summary for `(\w+)': of (\d+) tests run: (\d+) passed", said)
        assert [name for name, _, _ in suites] == ["basic", "copymove", "props", "locks", "http"]
        assert all(ran == passed for _, ran, passed in suites), said
        assert "SKIPPED" not in said
        assert "WARNING" not in said
        assert sum(int(ran) for _, ran, _ in suites) >= 104


async def rclone_of(folder, port):
    obscured = (await succeed("rclone", "obscure", PASSWORD)).decode().strip()
    config = folder / "rclone.conf"
    config.write_text(
        f"[share]\ntype = webdav\nurl = http://127.0.0.1:{port}/webdav\n"
        f"vendor = other\nuser = {USER}\npass = {obscured}\n"
    )
    return ("rclone", "--config", str(config), "--retries", "1", "--low-level-retries", "1")


async def test_rclone_lists_reads_and_writes(tmp_path, news):
    async with sharing(tmp_path, news) as (program, dav):
        job = await program.bring(posted(news, [FILM], article_size=50_000), "My Film; 2026?")
        rclone = await rclone_of(tmp_path, program.port)
        film = FILM.read_bytes()
        listed = (await succeed(*rclone, "lsl", "share:complete")).decode()
        assert f"{len(film)} " in listed
        assert listed.rstrip().endswith(".mp4")
        path = f"share:{job.path}/{listed.rstrip().rpartition('/')[2]}"
        part = ("--offset", "1000000", "--count", "50000")
        assert await succeed(*rclone, "cat", *part, path) == film[1_000_000:1_050_000]
        subtitles = tmp_path / "My Film.srt"
        subtitles.write_text("words \N{UMBRELLA}")
        await succeed(*rclone, "copy", str(subtitles), f"share:{job.path}")
        await succeed(*rclone, "moveto", f"share:{job.path}/My Film.srt", "share:moved.srt")
        assert (await dav("GET", "/moved.srt")).text == "words \N{UMBRELLA}"
        nzb = tmp_path / "Another.nzb"
        nzb.write_bytes(synthetic(100_000, seed=9))
        await succeed(*rclone, "copy", str(nzb), "share:complete/Movies")
        [queued, *_] = await program.program.jobs.list(limit=1)
        assert (queued.name, queued.category) == ("Another", "Movies")
        await succeed(*rclone, "purge", f"share:{job.path}")
        assert (await dav("PROPFIND", quote(job.path), Depth="0")).status == 404


@pytest.mark.skipif(not Path("/dev/fuse").exists(), reason="there is no FUSE here")
async def test_ffprobe_reads_a_film_through_a_mount(tmp_path, news):
    async with sharing(tmp_path, news) as (program, _dav):
        job = await program.bring(posted(news, [FILM], article_size=50_000), "Film")
        rclone = await rclone_of(tmp_path, program.port)
        mount = tmp_path / "mount"
        mount.mkdir()
        if shutil.which("fusermount3") is None:
            pytest.skip("fuse3 is not installed")
        process = await asyncio.create_subprocess_exec(
            *rclone, "mount", "share:", str(mount), "--vfs-cache-mode", "off"
        )
        path = mount / job.path.lstrip("/") / "Film.mp4"
        try:
            async with asyncio.timeout(20):
                while not await asyncio.to_thread(path.exists):
                    assert process.returncode is None, "rclone could not mount"
                    await asyncio.sleep(0.02)
            said = await succeed("ffprobe", "-v", "error", "-of", "json", "-show_format", str(path))
            assert float(json.loads(said)["format"]["duration"]) == 60
            assert await asyncio.to_thread(path.read_bytes) == FILM.read_bytes()
        finally:
            process.terminate()
            await process.wait()


async def test_cadaver_and_curl_change_the_share(tmp_path, news):
    async with sharing(tmp_path, news) as (program, dav):
        home = tmp_path / "home"
        home.mkdir()
        (tmp_path / "a.srt").write_text("words")
        rc = home / "netrc"
        rc.write_text(f"machine 127.0.0.1 login {USER} password {PASSWORD}\n")
        commands = "mkcol own\ncd own\nput a.srt\ncopy a.srt b.srt\nmove a.srt c.srt\nlock b.srt\n"
        commands += "propset b.srt colour red\npropget b.srt colour\nunlock b.srt\nls\nquit\n"
        (home / ".netrc").write_text(rc.read_text())
        (home / ".netrc").chmod(0o600)
        url = f"http://127.0.0.1:{program.port}/webdav/"
        said = await succeed(
            "env", f"HOME={home}", "cadaver", url, stdin=commands.encode(), cwd=tmp_path
        )
        assert b"failed" not in said, said.decode()
        assert b"red" in said
        assert await dav.names("/own") == [
            *("/webdav/own/", "/webdav/own/b.srt", "/webdav/own/c.srt")
        ]
        curl = ("curl", "-sS", "-u", f"{USER}:{PASSWORD}", "-o", "/dev/null", "-w", "%{http_code}")
        assert await succeed(*curl, "-T", str(tmp_path / "a.srt"), f"{url}own/d.srt") == b"201"
        big = tmp_path / "big"
        big.write_bytes(bytes((16 << 20) + 1))
        assert await succeed(*curl, "-T", str(big), f"{url}own/big") == b"413"
        assert await succeed(*curl, "-X", "DELETE", f"{url}own") == b"204"
        assert await dav.names("/") == ["/webdav/", "/webdav/complete/"]


async def test_what_is_changed_can_be_taken_back(tmp_path, news):
    async with sharing(tmp_path, news) as (program, dav):
        job = await program.bring(posted(news, [FILM], article_size=50_000), "Film")
        await dav("DELETE", job.path)
        assert (await dav("GET", f"{job.path}/Film.mp4")).status == 404
        headers = [f"X-Api-Key: {KEY}"]
        history = await fetch(program.port, "/api/journal", headers=headers)
        [newest, *_] = json.loads(history.body)["data"]
        number = newest["id"] if "id" in newest else newest["number"]
        undo = await fetch(
            program.port, f"/api/journal/{number}/undo", headers=headers, method="POST"
        )
        assert undo.status == 200
        assert (await dav("GET", f"{job.path}/Film.mp4")).body == FILM.read_bytes()


async def test_the_share_is_closed_to_strangers_and_slow_for_who_guesses(tmp_path, news):
    async with sharing(tmp_path, news, auth={"login_required": False}) as (program, _):
        port = program.port
        assert (await fetch(port, "/webdav/", method="PROPFIND", login=False)).status == 401
        refused = await fetch(port, "/webdav/x", method="MKCOL", login=False)
        assert refused.status == 401
        assert refused.headers["www-authenticate"].startswith("Basic realm=")
    async with sharing(tmp_path, news) as (program, _):
        port = program.port
        for method in ("GET", "OPTIONS", "PROPFIND", "PUT", "DELETE", "LOCK"):
            assert (await fetch(port, "/webdav/", method=method, login=False)).status == 401
        for guess in range(10):
            wrong = basic(USER, f"guess {guess}")
            headers = [f"Authorization: {wrong}"]
            await fetch(port, "/webdav/", method="PROPFIND", login=False, headers=headers)
        slowed = await fetch(port, "/webdav/", method="PROPFIND", login=False, headers=headers)
        assert slowed.status == 429
        key = [f"X-Api-Key: {KEY}"]
        assert (await fetch(port, "/webdav/", method="GET", login=False, headers=key)).status == 200


async def test_a_port_of_its_own_serves_the_share_and_nothing_else(tmp_path, news):
    own = free_port()
    async with serving(tmp_path, news, webdav={"port": free_port(), "own_port": own}) as program:
        assert (
            b"<D:href>/complete/</D:href>"
            in (await fetch(own, "/", method="PROPFIND", headers=["Depth: 1"])).body
        )
        assert (await fetch(own, "/api/queue")).status == 404
        assert (await fetch(own, "/", method="PROPFIND", login=False)).status == 401
        assert (await fetch(program.port, "/webdav/")).status == 200
