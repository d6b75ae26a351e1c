"""What holds for every test: both event loops, both kinds of database, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import shutil

import hypothesis
import pytest
import uvloop

from altmount.db.address import PostgresAddress
from altmount.db.database import Database
from tests.support.postgresql import server as postgresql_server

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.register_profile("nightly", deadline=None, max_examples=2000)
hypothesis.settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev")
)


def pytest_asyncio_loop_factories(config, item):
    """Every coroutine test runs on uvloop and on plain asyncio."""
    return {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.SelectorEventLoop}


@pytest.fixture(autouse=True)
async def _no_task_outlives_its_test():
    """Whatever a test starts must have ended by its end."""
    before = asyncio.all_tasks()
    yield
    for _ in range(50):
        left = asyncio.all_tasks() - before - {asyncio.current_task()}
        if not left:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"still running: {left}")


@pytest.fixture(scope="session")
def postgresql():
    """A PostgreSQL server for the databases of tests."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_address(request, tmp_path):
    """Where a database can be made, of each kind."""
    if request.param == "sqlite":
        yield tmp_path / "altmount.db"
        return
    server = request.getfixturevalue("postgresql")
    dsn = server.database()
    yield PostgresAddress(dsn)
    server.drop(dsn)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A file to copy, which is quicker than migrating anew."""
    path = tmp_path_factory.mktemp("template") / "altmount.db"
    asyncio.run(_make(path))
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql):
    dsn = postgresql.database()
    asyncio.run(_make(PostgresAddress(dsn)))
    return dsn.partition("?")[0].rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path):
    """Where a database is that is at the newest revision."""
    if request.param == "sqlite":
        path = tmp_path / "altmount.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield path
        return
    server = request.getfixturevalue("postgresql")
    dsn = server.database(request.getfixturevalue("postgresql_template"))
    yield PostgresAddress(dsn)
    server.drop(dsn)


@pytest.fixture
async def database(address):
    async with Database.open(address) as database:
        yield database


async def _make(address):
    async with Database.open(address):
        pass
