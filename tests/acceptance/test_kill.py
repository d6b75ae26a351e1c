"""Killed at any moment: nothing is lost, nothing is half there."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys

import pytest
from aiohttp import web

from altmount.config.load import load_settings
from altmount.newsserver.knobs import Knobs
from altmount.newsserver.server import NewsServer
from altmount.newsserver.synthetic import payload
from altmount.program import running
from tests.support.client import fetch, target_of
from tests.support.program import KEY, free_port, serving, synthetic, write_settings
from tests.support.serving import serving as serve_app

KILLS = 50
QUEUED = 30
ARTICLE = 20_000
SIZE = 12 * ARTICLE + 321


@pytest.mark.asyncio(loop_factories=["uvloop"])  # the program runs in its own process
async def test_killed_fifty_times_over_a_queue_every_job_ends_and_every_file_reads_right(tmp_path):
    chance = random.Random(int.from_bytes(os.urandom(4), "big"))
    watched = tmp_path / "watched"
    watched.mkdir()
    indexer = web.Application()
    indexer.add_routes([web.get("/{number}", _nzb_of)])
    async with (
        NewsServer(Knobs(latency=0.01, jitter=0.02)) as news,
        serve_app(indexer) as indexer_port,
    ):
        options = {
            "import": {"watch_dir": str(watched), "watch_interval_seconds": 1},
            "sabnzbd": {"enabled": True, "private_hosts": ["127.0.0.1"]},
        }
        port = free_port()
        config = write_settings(tmp_path, [news], port=port, **options)
        handed_in = 0
        for life in range(KILLS):
            process = await _start(config)
            try:
                await _until_ready(port, process)
                for _ in range(chance.randrange(3) if life else QUEUED):
                    handed_in += 1
                    if handed_in % 3:
                        nzb = synthetic(SIZE, seed=handed_in, article_size=ARTICLE)
                        await _hand_in(port, nzb, f"Film {handed_in}")
                    else:
                        await _hand_in_url(port, f"http://127.0.0.1:{indexer_port}/{handed_in}")
                await asyncio.sleep(chance.uniform(0, 0.15))
            finally:
                process.send_signal(signal.SIGKILL)
                await process.wait()
            await _check_what_is_visible(tmp_path, news, handed_in)
        async with serving(tmp_path, news, port=port, **options) as program:
            jobs = program.program.jobs
            # One whose try failed for now in some life may be left alone for a minute.
            until = asyncio.get_running_loop().time() + 150
            while left := [j for j in await jobs.list(limit=500) if j.status.value != "completed"]:
                assert asyncio.get_running_loop().time() < until, left
                await asyncio.sleep(0.05)
            assert len(await jobs.list(limit=500)) == handed_in
            for number in range(1, handed_in + 1):
                await _read(program.port, number)


async def _start(config):
    environ = {name: value for name, value in os.environ.items() if name != "PORT"}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "altmount", "serve", "--config", str(config)),
        env={**environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


async def _until_ready(port, process):
    async with asyncio.timeout(30):
        while True:
            assert process.returncode is None
            try:
                if (await fetch(port, "/ready")).status == 200:
                    return
            except (OSError, asyncio.IncompleteReadError):
                pass
            await asyncio.sleep(0.02)


async def _hand_in(port, nzb, title):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="%b.nzb"\r\n\r\n'
        % title.encode()
        + nzb
        + b"\r\n--x--\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /api/queue/upload HTTP/1.0\r\nAuthorization: Basic dXNlbmV0OnVzZW5ldA==\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: %d\r\n\r\n"
        % len(body)
        + body
    )
    assert b" 201 " in await reader.readline()
    writer.close()


async def _nzb_of(request):
    number = int(request.match_info["number"])
    headers = {"Content-Disposition": f'attachment; filename="Film {number}.nzb"'}
    body = synthetic(SIZE, seed=number, article_size=ARTICLE)
    return web.Response(body=body, headers=headers)


async def _hand_in_url(port, url):
    target = f"/sabnzbd/api?mode=addurl&apikey={KEY}&name={url}"
    reply = await fetch(port, target, login=False)
    assert b'"status": true' in reply.body, reply.body


async def _check_what_is_visible(folder, news, handed_in):
    """Between two lives: no job is in a state of its own, no file is half there."""
    environ = {name: value for name, value in os.environ.items() if name != "PORT"}
    settings = load_settings(folder / "config.yaml", environ).settings
    async with running(settings) as program:
        jobs = await program.jobs.list(limit=500)
        assert len(jobs) == handed_in
        for job in jobs:
            assert job.status.value in {"queued", "running", "completed"}
            if job.status.value == "completed":
                [file] = await program.library.children(job.path)
                assert file.size == SIZE
                await program.library.source(file)


async def _read(port, number):
    title = f"Film {number}"
    reply = await fetch(port, target_of(f"/complete/{title}/{title}.mkv"))
    assert reply.body == payload(number, 0, SIZE, article_size=ARTICLE)
