from __future__ import annotations

import itertools
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.doctor import journal as module
from altmount.doctor.finding import Grade
from altmount.doctor.journal import JournalLook
from altmount.library.journal import Journal


async def looked(path, **options):
    findings = []
    await JournalLook(path, **options).look(findings.append)
    [finding] = findings
    return finding


def line(said):
    return b"%08x %s\n" % (zlib.crc32(said), said)


@pytest.fixture
def path(tmp_path):
    journal = Journal(tmp_path)
    journal.begin(7, [], [], [])
    for number in range(8, 12):
        with journal.path.open("ab") as file:
            file.write(line(b'E %d {"a": 1}' % number))
    return journal.path


async def test_one_that_is_whole_is_left_as_it_is(path):
    before = path.read_bytes()
    assert (await looked(path)).grade is Grade.OK
    assert path.read_bytes() == before


async def test_a_torn_end_is_nothing_and_a_damaged_middle_is_a_loss(path):
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    assert (await looked(path)).grade is Grade.NOTE
    at = whole.index(b"E 9")
    damaged = whole[:at] + b"e" + whole[at + 1 :]
    path.write_bytes(damaged)
    finding = await looked(path)
    assert finding.grade is Grade.ERROR
    assert "1 damaged" in finding.text
    assert "backup" in finding.fix
    assert path.read_bytes() == damaged


@pytest.mark.parametrize(
    "data", [b"", b"my diary\n", line(b"E 1 {}"), line(b"J 1 []"), line(b"J x y")]
)
async def test_what_is_no_journal_is_told_and_not_moved(path, data):
    path.write_bytes(data)
    finding = await looked(path)
    assert finding.grade is Grade.ERROR
    assert finding.fix
    assert list(path.parent.iterdir()) == [path]


async def test_one_of_a_later_version_says_what_it_takes(path):
    path.write_bytes(line(b'J 1 {"altmount": "journal", "version": 99}'))
    finding = await looked(path)
    assert finding.grade is Grade.ERROR
    assert "version" in finding.fix


async def test_none_and_a_folder_in_its_place(tmp_path):
    assert (await looked(tmp_path / "journal")).grade is Grade.NOTE
    assert (await looked(tmp_path)).grade is Grade.ERROR


async def test_of_a_long_one_the_beginning_is_read(path, monkeypatch):
    ticks = itertools.count()
    monkeypatch.setattr(module, "monotonic", lambda: next(ticks))
    findings = []
    await JournalLook(path, seconds=1).look(findings.append)
    assert [finding.grade for finding in findings] == [Grade.NOTE, Grade.OK]


@given(st.lists(st.binary(max_size=40), max_size=6))
async def test_whatever_stands_in_it_becomes_a_finding(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("journal") / "journal"
    path.write_bytes(
        line(b'J 1 {"altmount": "journal", "version": 1}') + b"".join(map(line, lines))
    )
    assert (await looked(path)).check == "journal"
