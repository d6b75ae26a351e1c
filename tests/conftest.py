"""What holds for every test: both event loops, and nothing left behind."""

from __future__ import annotations

import asyncio
import os

import hypothesis
import pytest
import uvloop

from altmount.db.address import PostgresAddress
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
