"""Databases of each kind, at the newest revision and empty."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from altmount.db.address import PostgresAddress
from altmount.db.database import Database


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


@pytest.fixture(params=["sqlite", "postgresql"])
def other_address(request, tmp_path):
    """Where a second database can be made, of each kind."""
    if request.param == "sqlite":
        yield tmp_path / "other.db"
        return
    server = request.getfixturevalue("postgresql")
    dsn = server.database()
    yield PostgresAddress(dsn)
    server.drop(dsn)


@pytest.fixture
async def database(address):
    async with Database.open(address) as database:
        yield database


async def _make(address):
    async with Database.open(address):
        pass
