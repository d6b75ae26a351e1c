"""Accounts that change, are used up and come back, through the program as it is served."""

from __future__ import annotations

import asyncio
import signal

import yaml

from altmount.accounts import accounts_of
from altmount.app import serve
from altmount.config.load import load_settings
from altmount.newsserver.knobs import Fault, FaultKind, Knobs
from altmount.newsserver.server import NewsServer
from tests.acceptance.test_commands import ready, start, stop
from tests.support.client import fetch
from tests.support.film import Film
from tests.support.program import serving, write_settings

FILM = Film(60 * 50_000 + 777, 50_000)


def forget(program):
    """Let the store forget what it keeps."""
    for entry in list(program.program.store._kept):
        program.program.store._evict(entry)


async def test_a_provider_is_replaced_while_a_film_plays(tmp_path):
    async with NewsServer() as old, NewsServer() as new, serving(tmp_path, old) as program:
        await program.bring(FILM.nzb)
        await program.calm()
        forget(program)
        old.knobs = Knobs(faults=(Fault(FaultKind.HOLD, FILM.article(30)),))
        playing = asyncio.create_task(fetch(program.port, FILM.target))
        while not old.counters.now.held:
            await asyncio.sleep(0.001)
        (tmp_path / "new").mkdir()
        path = write_settings(tmp_path / "new", [new])
        settings = load_settings(path, {}).settings
        changes = program.program.providers.apply(accounts_of(settings.providers))
        assert changes.changed == ("p0",)  # the same account, on another port
        old.gates.release("gate")
        assert (await playing).body == FILM.bytes(0, FILM.size)
        async with asyncio.timeout(5):
            while old.counters.now.connections:
                await asyncio.sleep(0.01)
        assert new.counters.now.body_requests
        forget(program)
        before = old.counters.now.body_requests.total()
        assert (await fetch(program.port, FILM.target)).body == FILM.bytes(0, FILM.size)
        assert old.counters.now.body_requests.total() == before


async def test_a_quota_that_is_used_up_stays_so_over_a_restart(tmp_path):
    async with NewsServer() as news:
        quota = {"quota_bytes": 2_000_000, "quota_period_hours": 24}
        async with serving(tmp_path, news, provider=quota) as program:
            await program.bring(FILM.nzb)
            reply = await fetch(program.port, FILM.target)
            assert len(reply.body) < FILM.size
            [pool] = program.program.providers.pools
            assert pool.state.account == "quota used up"
            used = pool.state.quota.used
            assert 2_000_000 <= used < 2_000_000 + 40 * 55_000
        news.counters.reset()
        async with serving(tmp_path, news, provider=quota) as program:
            [pool] = program.program.providers.pools
            assert pool.state.quota.used == used
            reply = await fetch(program.port, FILM.target)
            assert reply.status == 503
            assert not news.counters.now.body_requests
            assert pool.state.quota.resets_at is not None


async def test_settings_are_read_again_on_a_signal(tmp_path):
    async with NewsServer() as news, NewsServer() as other:
        path = write_settings(tmp_path, [news])
        document = yaml.safe_load(path.read_text())
        port = document["webdav"]["port"]
        process = await start("serve", "--config", path)
        await ready(process, port)
        [provider] = document["providers"]
        document["providers"].append({**provider, "id": "second", "port": other.port})
        document["webdav"]["local_file_bytes"] = 1000
        path.write_text(yaml.safe_dump(document))
        process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(20):
            said = await said_until(process, "read again")
        path.write_text("providers: 5\n")
        process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(20):
            await said_until(process, "stay as they were")
        await stop(process)
        assert "second" in said
        assert "webdav.local_file_bytes" in said


async def said_until(process, words):
    """What a process says until these words come."""
    said = ""
    while words not in said:
        line = await process.stdout.readline()
        assert line, f"it has ended: {said}"
        said += line.decode()
    return said


async def test_a_signal_during_the_start_is_acted_on_after_it(tmp_path):
    async with NewsServer() as news:
        path = write_settings(tmp_path, [news])
        settings = load_settings(path, {}).settings
        read_again = asyncio.Event()

        class File:
            def read(self):
                read_again.set()
                return load_settings(path, {})

        serving_it = asyncio.create_task(serve(settings, File()))
        await asyncio.sleep(0)
        signal.raise_signal(signal.SIGHUP)
        async with asyncio.timeout(20):
            await read_again.wait()
        serving_it.cancel()
        await asyncio.wait([serving_it])
