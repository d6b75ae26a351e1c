"""The whole program on PostgreSQL, and what `altmount db` does with databases."""

from __future__ import annotations

import asyncio

import pytest

from altmount.db.address import PostgresAddress
from altmount.db.database import Database
from altmount.jobs import JobStatus
from altmount.newsserver.server import NewsServer
from tests.acceptance.test_commands import run
from tests.support.client import asking, fetch, head_of, target_of
from tests.support.postgresql import server as a_server
from tests.support.program import KEY, serving, synthetic, write_settings

SIZE = 300_000_000
PART = 716_800

pytestmark = pytest.mark.asyncio(loop_factories=["uvloop"])


@pytest.fixture
async def news():
    async with NewsServer() as server:
        yield server


@pytest.fixture(scope="module")
def own():
    """A server that a test may kill."""
    with a_server() as server:
        yield server


async def test_films_go_on_while_the_database_is_dead_and_imports_wait(tmp_path, news, own):
    database = {"url": own.database()}
    async with serving(tmp_path, news, database=database) as program:
        job = await program.bring(synthetic(SIZE), "First")
        [file] = await program.program.library.children(job.path)
        target = target_of(file.path)
        whole = 0
        async with asking(program.port, target) as reader:
            head = await head_of(reader)
            assert head.length == SIZE
            whole += len(await reader.readexactly(PART))
            own.kill()
            try:
                # What was looked up before is found without the database.
                again = await fetch(program.port, target, headers=["Range: bytes=0-99"])
                assert again.status == 206
                refused = await fetch(program.port, target_of("/never/looked/up"))
                assert refused.status == 503
                assert refused.headers["retry-after"]
                queue = await fetch(program.port, "/api/queue", headers=[f"X-Api-Key: {KEY}"])
                assert queue.status == 503
                assert "SECRET" not in queue.body.decode()
                while whole < SIZE // 2:
                    whole += len(await reader.readexactly(PART))
            finally:
                own.start()
            while whole < SIZE:
                whole += len(await reader.read(1 << 20))
        second = await program.bring(synthetic(SIZE, seed=2), "Second")
        assert second.status is JobStatus.COMPLETED
        assert (await fetch(program.port, target, headers=["Range: bytes=5-9"])).status == 206


async def test_an_import_that_loses_its_database_in_the_middle_is_done_once_it_is_back(
    tmp_path, news, own
):
    dsn = own.database()
    async with serving(tmp_path, news, database={"url": dsn}) as program:
        # Slow enough to be in the middle: nothing is answered until the server is dead.
        program.program.worker._sleep = lambda seconds: asyncio.sleep(0.05)
        job = await program.program.queue.add(synthetic(SIZE), "Film.nzb", None)
        own.kill()
        await asyncio.sleep(0.2)
        own.start()
        async with asyncio.timeout(20):
            while (await program.program.jobs.get(job.id)).status is not JobStatus.COMPLETED:
                await asyncio.sleep(0.02)
    async with serving(tmp_path, news, database={"url": dsn}) as program:
        path = (await program.program.jobs.get(job.id)).path
        assert len(await program.program.library.children(path)) == 1


async def test_a_database_is_upgraded_by_command(tmp_path, news, own):
    config = write_settings(tmp_path, [news], database={"url": own.database()})
    code, said = await run("db", "upgrade", "--config", config)
    assert (code, "from nothing" in said) == (0, True), said
    code, said = await run("db", "upgrade", "--config", config)
    assert (code, "is at its newest revision" in said) == (0, True), said


async def test_whoever_finds_the_database_in_use_says_by_whom(tmp_path, news, own):
    dsn = own.database()
    config = write_settings(tmp_path, [news], database={"url": dsn})
    async with Database.open(PostgresAddress(dsn)):
        code, said = await run("db", "upgrade", "--config", config)
        assert code == 1
        assert "in use by altmount" in said
        code, said = await run("rebuild", "--config", config)
        assert (code, "stop the server first" in said) == (1, True), said


async def test_a_library_moves_to_a_server_and_back(tmp_path, news, own):
    server = own.database()
    async with serving(tmp_path, news) as program:
        job = await program.bring(synthetic(SIZE), "Film")
        [file] = await program.program.library.children(job.path)
    config = write_settings(tmp_path, [news])
    code, said = await run("db", "copy", server, "--config", config)
    assert (code, "have database.url name that one" in said) == (0, True), said
    async with serving(tmp_path, news, database={"url": server}) as program:
        assert await program.program.jobs.get(job.id) == job
        assert [file] == list(await program.program.library.children(job.path))
        part = await fetch(program.port, target_of(file.path), headers=["Range: bytes=7-99"])
        assert part.status == 206
        second = await program.bring(synthetic(SIZE, seed=2), "Second")
        assert second.id == job.id + 1
        # It can be checked meanwhile.
        config = write_settings(tmp_path, [news], database={"url": server})
        code, said = await run("db", "check", "--config", config)
        assert (code, "is sound" in said) == (0, True), said
    code, said = await run("db", "copy", tmp_path / "back.db", "--config", config)
    assert code == 0, said
    database = {"path": str(tmp_path / "back.db")}
    async with serving(tmp_path, news, database=database) as program:
        assert await program.program.jobs.get(second.id) == second
        assert [file] == list(await program.program.library.children(job.path))
