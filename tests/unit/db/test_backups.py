from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from altmount.db import backups
from altmount.db.backups import MOST, back_up
from altmount.db.database import Database
from altmount.db.engine import engine_at
from altmount.db.errors import BackupError


class At:
    """Moments, a second after each other."""

    def __init__(self, real):
        self._real, self._second = real, 0

    def now(self, zone):
        self._second += 1
        return self._real(2026, 11, 25, 6, 0, self._second, tzinfo=zone)


async def test_a_few_backups_are_kept_the_oldest_goes(tmp_path, monkeypatch):
    monkeypatch.setattr(backups, "datetime", At(backups.datetime))
    path, folder = tmp_path / "altmount.db", tmp_path / "deep" / "backups"
    async with Database.open(path):
        pass
    engine = engine_at(path)
    made = [await back_up(engine, "0005", folder) for _ in range(MOST + 2)]
    folder.joinpath("altmount-mine.db").write_text("another's")
    made.append(await back_up(engine, "0005", folder))
    await engine.close()
    left = {file.name for file in folder.iterdir()}
    assert left == {"altmount-mine.db", *(copy.name for copy in made[-MOST:])}
    assert made[0].name == "altmount-20261125T060001-0005.db"
    with closing(sqlite3.connect(made[-1])) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def test_a_backup_that_fails_lets_no_older_one_go(tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    for number in range(MOST + 1):
        folder.joinpath(f"altmount-2026010{number}T000000-0005.db").write_text("old")
    path = tmp_path / "damaged.db"
    path.write_bytes(b"SQLite format 3\0" + bytes(5000))
    engine = engine_at(path)
    with pytest.raises(BackupError, match="cannot keep a copy"):
        await back_up(engine, "0005", folder)
    assert len(list(folder.iterdir())) == MOST + 1
