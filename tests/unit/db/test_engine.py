from __future__ import annotations

import subprocess
import sys

import pytest

from altmount.db.address import PostgresAddress
from altmount.db.engine import engine_at
from altmount.db.postgresql import PostgresServer
from altmount.db.sqlite import SqliteFile


async def test_an_address_has_an_engine_of_its_kind_and_nothing_is_opened(tmp_path):
    for address, kind in (
        (tmp_path / "a.db", SqliteFile),
        (PostgresAddress("host=nowhere.invalid"), PostgresServer),
    ):
        engine = engine_at(address)
        assert type(engine) is kind
        await engine.close()
    assert list(tmp_path.iterdir()) == []


def test_who_has_a_file_needs_no_driver_for_servers():
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "sys.modules['psycopg'] = None\n"
        "from altmount.db.address import PostgresAddress\n"
        "from altmount.db.engine import engine_at\n"
        "engine_at(Path('a.db'))\n"
        "try:\n"
        "    engine_at(PostgresAddress('host=x'))\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert run.stdout.startswith("DriverMissingError PostgreSQL cannot be used")
    assert "pip install 'altmount[postgresql]'" in run.stdout


@pytest.mark.parametrize("attribute", ["name", "backup_suffix"])
def test_messages_can_call_it_by_a_name(tmp_path, attribute):
    assert getattr(engine_at(tmp_path / "a.db"), attribute).endswith(".db")
