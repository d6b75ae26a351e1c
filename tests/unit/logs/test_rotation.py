from __future__ import annotations

import gzip
import logging
from datetime import UTC, datetime, timedelta

import pytest

from altmount.logs.rotation import Retention, RotatingLog, backups_of, tidy

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def write(file, *texts, **retention):
    handler = RotatingLog(file, Retention(**retention))
    for text in texts:
        handler.handle(logging.LogRecord("a", logging.INFO, "", 0, text, (), None))
        if handler._tidying is not None:
            handler._tidying.join()
    handler.close()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "altmount.log"


def aside(file, days, text="x"):
    moment = NOW - timedelta(days=days)
    path = file.with_name(f"altmount-{moment:%Y-%m-%dT%H-%M-%S.%f}.log")
    path.write_text(text)
    return path


def read(path):
    return gzip.open(path, "rt").read() if path.suffix == ".gz" else path.read_text()


@pytest.mark.parametrize("compress", [False, True])
def test_a_large_file_is_moved_aside_and_nothing_is_lost(file, compress):
    lines = [f"line {n:03}" for n in range(20)]
    write(file, *lines, max_bytes=45, backups=100, compress=compress)
    old = [path for _, path in backups_of(file)]
    assert old
    assert all(path.suffix == (".gz" if compress else ".log") for path in old)
    pieces = [read(path) for path in reversed(old)] + [file.read_text()]
    assert "".join(pieces).split("\n")[:-1] == lines
    assert all(len(piece) <= 45 for piece in pieces)
    assert not list(file.parent.glob("*.part"))


def test_a_line_that_is_larger_than_a_file_may_be_is_written(file):
    write(file, "x" * 100, "y" * 100, max_bytes=10)
    assert file.read_text() == "y" * 100 + "\n"


def test_a_file_goes_on_after_a_restart_and_without_a_bound_forever(file):
    write(file, "one")
    write(file, "two" * 1000)
    assert file.read_text().startswith("one\ntwo")
    assert list(backups_of(file)) == []


def test_only_so_many_are_kept_the_newest(file):
    paths = [aside(file, days) for days in range(5)]
    tidy(file, Retention(backups=2), NOW)
    assert [path.exists() for path in paths] == [True, True, False, False, False]


def test_those_that_are_too_old_go(file):
    paths = [aside(file, days) for days in (1, 29, 31)]
    tidy(file, Retention(backups=10, max_days=30), NOW)
    assert [path.exists() for path in paths] == [True, True, False]


def test_files_of_others_are_left_alone(file):
    others = [
        file.with_name(name)
        for name in ("altmount-notes.log", "altmount-2020.txt", "other-2020-01-01T00-00-00.0.log")
    ]
    for other in others:
        other.write_text("mine")
    tidy(file, Retention(backups=0), NOW)
    assert all(other.exists() for other in others)


def test_what_was_left_uncompressed_by_a_crash_is_compressed_at_the_next_start(file):
    path = aside(file, 1, "before the crash")
    write(file, "again", backups=3, compress=True)
    assert not path.exists()
    assert read(path.with_name(f"{path.name}.gz")) == "before the crash"
