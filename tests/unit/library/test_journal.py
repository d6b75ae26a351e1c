from __future__ import annotations

import logging
import os
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from altmount.db.nodes import ROOT_ID, Effects, NodeRow, Record
from altmount.library import journal as module
from altmount.library.errors import JournalError, StorageUnavailableError
from altmount.library.journal import Journal
from altmount.library.records import Deed

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROOT = NodeRow(ROOT_ID, None, "", NOW, NOW, None, None, None, None, None)


def deed(number, **more):
    record = Record(number, NOW, "test", "door", "", "", f"/{number}")
    return Deed(record, Effects(NOW, touch=(ROOT_ID,)), **more)


def begun(root, *deeds, gone=()):
    journal = Journal(root)
    journal.begin(0, [ROOT], [], gone)
    for each in deeds:
        journal.append(each)
    return journal


def test_there_is_none_at_first(tmp_path):
    journal = Journal(tmp_path)
    assert (journal.id, journal.last, list(journal.lines())) == ("", 0, [])


def test_what_was_written_is_read(tmp_path):
    begun(tmp_path, deed(1), deed(2, release="a", gone=("b",)), gone=["c"])
    journal = Journal(tmp_path)
    assert (journal.base, journal.last, journal.damaged, journal.gone) == (0, 2, 0, {"c"})
    assert list(journal.deeds(0)) == [deed(1), deed(2, release="a", gone=("b",))]
    assert [each.record.number for each in journal.deeds(1)] == [2]
    journal.append(deed(3))
    assert [each.record.number for each in Journal(tmp_path).deeds(0)] == [1, 2, 3]


def test_it_is_begun_anew_with_what_there_is(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_NODES_A_LINE", 2)
    journal = begun(tmp_path, deed(1), deed(2))
    old = journal.id
    nodes = [ROOT._replace(name=f"{number}") for number in range(5)]
    journal.begin(2, nodes, [deed(2).record], {"a"})
    for each in (journal, Journal(tmp_path)):
        assert each.id != old
        assert (each.base, each.last, each.gone) == (2, 2, {"a"})
        lines = list(each.lines())
        assert [line.kind for line in lines] == ["J", "N", "N", "N", "P"]
        assert [row for line in lines[1:4] for row in each.nodes(line)] == nodes
        assert each.record(lines[4]) == deed(2).record
        assert list(each.deeds(0)) == []
    assert [path.name for path in tmp_path.iterdir()] == ["journal"]


@settings(max_examples=60)
@given(st.data())
def test_a_deed_that_a_crash_has_torn_is_cut_off(tmp_path_factory, data):
    root = tmp_path_factory.mktemp("journal")
    journal = begun(root, deed(1))
    whole = journal.path.stat().st_size
    journal.append(deed(2))
    cut = data.draw(st.integers(whole, journal.path.stat().st_size - 1))
    data_on_disk = journal.path.read_bytes()
    torn = data_on_disk[:cut] + data.draw(st.binary(max_size=40))
    assume(not torn.startswith(data_on_disk))
    journal.path.write_bytes(torn)
    found = Journal(root)
    assert [each.record.number for each in found.deeds(0)] == [1]
    assert (found.last, found.path.stat().st_size) == (1, whole)
    found.append(deed(2))
    assert [each.record.number for each in Journal(root).deeds(0)] == [1, 2]


def test_a_damaged_line_in_the_middle_costs_that_line(tmp_path):
    journal = begun(tmp_path, deed(1), deed(2), deed(3))
    data = journal.path.read_bytes()
    at = data.index(b'"/2"')
    journal.path.write_bytes(data[:at] + b"'" + data[at + 1 :])
    found = Journal(tmp_path)
    assert found.damaged == 1
    assert [each.record.number for each in found.deeds(0)] == [1, 3]


@pytest.mark.parametrize("data", [b"", b"dear diary\n", b"\0" * 500, b"00000000 J 0 {}\n"])
def test_a_file_that_is_something_else_is_moved_aside(tmp_path, caplog, data):
    (tmp_path / "journal").write_bytes(data)
    with caplog.at_level(logging.ERROR):
        assert Journal(tmp_path).id == ""
    [kept] = tmp_path.iterdir()
    assert kept.read_bytes() == data
    assert kept.name in caplog.text


def test_a_journal_of_a_later_version_is_refused_and_not_touched(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(module, "VERSION", 2)
        begun(tmp_path, deed(1))
    before = (tmp_path / "journal").read_bytes()
    with pytest.raises(JournalError, match="version 2, of a later altmount"):
        Journal(tmp_path)
    assert (tmp_path / "journal").read_bytes() == before


def test_a_line_that_makes_no_sense_is_an_error(tmp_path):
    journal = begun(tmp_path)
    with journal.path.open("ab") as file:
        file.write(module._line("E", 1, b'{"number": "x"}'))
    with pytest.raises(JournalError, match="makes no sense"):
        list(Journal(tmp_path).deeds(0))


@pytest.mark.parametrize("failing", ["fsync", "write"])
def test_a_deed_that_could_not_be_written_is_not_there(tmp_path, monkeypatch, failing):
    journal = begun(tmp_path, deed(1))

    def fail(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, failing, fail)
        with pytest.raises(StorageUnavailableError, match="No space left"):
            journal.append(deed(2))
    assert journal.last == Journal(tmp_path).last == 1
    journal.append(deed(2))
    assert [each.record.number for each in Journal(tmp_path).deeds(0)] == [1, 2]


def test_what_an_attempt_has_left_is_taken_off_by_the_next(tmp_path, monkeypatch):
    journal = begun(tmp_path, deed(1))
    cut, cuts = os.ftruncate, []

    def fail(*_):
        raise OSError(5, "Input/output error")

    def once(handle, size):
        cuts.append(size)
        return cut(handle, size) if len(cuts) == 1 else fail()

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        patch.setattr(os, "ftruncate", once)
        with pytest.raises(StorageUnavailableError):
            journal.append(deed(2))
    assert len(cuts) == 2
    journal.append(deed(3))
    assert [each.record.number for each in Journal(tmp_path).deeds(0)] == [1, 3]


def test_a_journal_that_went_away_is_not_begun_by_chance(tmp_path):
    journal = begun(tmp_path)
    journal.path.unlink()
    with pytest.raises(StorageUnavailableError):
        journal.append(deed(1))
    assert not journal.path.exists()


def test_it_has_outgrown_what_it_says_when_deeds_are_most_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_ROOM", 1000)
    journal = begun(tmp_path)
    assert not journal.outgrown
    number = 0
    while not journal.outgrown:
        number += 1
        journal.append(deed(number))
    assert number > 3
    assert Journal(tmp_path).outgrown
    journal.begin(number, [ROOT], [], ())
    assert not journal.outgrown
