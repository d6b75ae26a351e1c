from __future__ import annotations

from dataclasses import replace

from altmount.library.notes import note_of
from altmount.library.status import FileStatus
from altmount.reader.transform import Padded
from altmount.spans import Span
from tests.support.releases import make_release

FIRST, SECOND = make_release(1, ("a.mkv", "b.mkv")).entries


def test_nothing_is_said_of_files_that_are_as_they_should_be():
    assert note_of([FIRST, replace(SECOND, status=FileStatus.UNVERIFIED)]) == ""


def test_holes_are_counted_and_damage_is_named():
    holes = Padded((Span(0, 1_000), Span(2_000, 2_500)))
    degraded = replace(FIRST, transform=holes, status=FileStatus.DEGRADED)
    said = note_of([degraded, replace(SECOND, status=FileStatus.DAMAGED)])
    assert f"'a.mkv' is degraded: 1,500 of its {FIRST.size:,} bytes" in said
    assert "'b.mkv' is damaged" in said
    assert "degraded" not in note_of([replace(degraded, status=FileStatus.DAMAGED)])


def test_of_many_files_some_are_named():
    said = note_of([replace(FIRST, status=FileStatus.DAMAGED)] * 5_000)
    assert said.count("'a.mkv'") == 10
    assert said.endswith("so are 4990 more of its files")
