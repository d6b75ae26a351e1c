from __future__ import annotations

import os
import subprocess
import sys

import pytest

from altmount.db.database import Database
from altmount.db.errors import DatabaseInUseError, DatabaseUnavailableError
from altmount.db.lock import exclusive

HOLDER = (
    "import sys; from pathlib import Path; from altmount.db.lock import exclusive\n"
    "with exclusive(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "altmount.db.lock"


def test_a_second_holder_is_told_who_the_first_is(path):
    with exclusive(path), pytest.raises(DatabaseInUseError) as refusal, exclusive(path):
        pass
    assert str(refusal.value) == (
        f"{path.with_suffix('')} is in use by process {os.getpid()}; stop that first"
    )


def test_another_may_have_it_afterwards_even_after_an_error(path):
    with pytest.raises(ZeroDivisionError), exclusive(path):
        raise ZeroDivisionError
    with exclusive(path):
        pass


@pytest.mark.parametrize("text", ["", "not a number", "12x\n", "\xff\n"])
def test_a_holder_that_did_not_say_its_number_still_holds_it(path, text):
    with exclusive(path):
        path.write_text(text, encoding="latin-1")
        with pytest.raises(DatabaseInUseError, match="another process"), exclusive(path):
            pass


def test_a_process_that_is_killed_holds_nothing_any_more(path):
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "held\n"
            who = f"process {process.pid};"
            with pytest.raises(DatabaseInUseError, match=who), exclusive(path):
                pass
        finally:
            process.kill()
            process.wait()
    with exclusive(path):
        pass


def test_what_cannot_be_locked_is_said_so(path, tmp_path, monkeypatch):
    def unable(*_):
        raise OSError(95, "Operation not supported")

    nowhere = tmp_path / "nowhere" / "lock"
    with pytest.raises(DatabaseUnavailableError, match="cannot open"), exclusive(nowhere):
        pass
    monkeypatch.setattr("fcntl.flock", unable)
    with pytest.raises(DatabaseUnavailableError, match="network file system"), exclusive(path):
        pass


async def test_a_library_is_opened_by_one_program_at_a_time(tmp_path):
    path = tmp_path / "altmount.db"
    async with Database.open(path):
        with pytest.raises(DatabaseInUseError, match=f"process {os.getpid()}"):
            async with Database.open(path):
                pass
    async with Database.open(path):
        pass
