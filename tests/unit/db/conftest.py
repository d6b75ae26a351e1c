"""A second database beside the first."""

from __future__ import annotations

import pytest

from altmount.db.address import PostgresAddress


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
