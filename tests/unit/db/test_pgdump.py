from __future__ import annotations

import pytest

from altmount.db import pgdump
from altmount.db.errors import BackupError
from altmount.db.pgdump import dump, pg_dump


@pytest.fixture
def none_there(monkeypatch, tmp_path):
    monkeypatch.setattr(pgdump, "_DEBIAN", str(tmp_path / "nothing"))
    monkeypatch.setenv("PATH", str(tmp_path))


async def test_without_pg_dump_it_is_said_what_to_do(none_there, tmp_path):
    assert pg_dump() is None
    with pytest.raises(BackupError, match=r"install postgresql-client.*--no-backup"):
        await dump("host=x", None, "public", tmp_path / "a.dump")


async def test_what_goes_wrong_is_told_and_no_file_is_left(postgresql, tmp_path):
    dsn = postgresql.dsn("nothing")
    with pytest.raises(BackupError, match='"nothing" does not exist'):
        await dump(dsn, None, "public", tmp_path / "a.dump")
    with pytest.raises(BackupError, match="no matching schemas"):
        await dump(postgresql.dsn("postgres"), None, 'odd "one"', tmp_path / "a.dump")
    assert list(tmp_path.iterdir()) == []


async def test_the_password_is_not_in_the_list_of_processes(none_there, tmp_path):
    (tmp_path / "pg_dump").write_text(
        '#!/bin/sh\nfor word; do case "$word" in --file=*) file="${word#--file=}";; esac; done\n'
        'echo "$* and $PGPASSWORD" > "$file"\n'
    )
    (tmp_path / "pg_dump").chmod(0o755)
    await dump("host=x", "SECRET", "public", tmp_path / "a.dump")
    words, _, secret = (tmp_path / "a.dump").read_text().rpartition(" and ")
    assert secret == "SECRET\n"
    assert "--dbname=host=x" in words
    assert "SECRET" not in words


def test_the_newest_of_debians_is_used(monkeypatch, tmp_path):
    for version in ("9.6", "13", "15"):
        program = tmp_path / version / "bin" / "pg_dump"
        program.parent.mkdir(parents=True)
        program.touch()
    monkeypatch.setattr(pgdump, "_DEBIAN", str(tmp_path))
    assert pg_dump() == str(tmp_path / "15" / "bin" / "pg_dump")


async def test_one_that_hangs_is_given_up(none_there, tmp_path, monkeypatch):
    (tmp_path / "pg_dump").write_text("#!/bin/sh\nread never < /dev/zero\n")
    (tmp_path / "pg_dump").chmod(0o755)
    monkeypatch.setattr(pgdump, "_SECONDS", 0.05)
    with pytest.raises(BackupError, match="timed out"):
        await dump("host=x", None, "public", tmp_path / "a.dump")
