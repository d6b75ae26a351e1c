from __future__ import annotations

from dataclasses import replace

import pytest

from altmount.archives.model import Lead
from altmount.library.amending import amended, damaged
from altmount.library.paths import VirtualPath
from altmount.library.release import Draft
from altmount.library.status import FileStatus
from altmount.reader.inference import Inference, Reliance
from altmount.reader.transform import Padded
from altmount.spans import Span
from tests.support.releases import make_release, make_table

RELEASE = make_release(1, ("a.mkv", "b.srt"))


def draft(folder="/movies/Film", **changes):
    entries = tuple(
        replace(entry, path=VirtualPath(entry.path.replace("/movies/Film", folder)))
        for entry in RELEASE.entries
    )
    made = Draft(VirtualPath(folder), RELEASE.nzb, RELEASE.table, entries)
    return replace(made, **changes)


def test_what_says_the_same_changes_nothing():
    assert amended(RELEASE, draft()) is None
    assert amended(RELEASE, draft("/elsewhere/X")) is None


def test_other_maps_take_the_place_of_the_old_ones_and_paths_stay():
    table = make_table(RELEASE.nzb, last=99)
    entries = tuple(
        replace(entry, map=replace(entry.map, table=table)) for entry in RELEASE.entries
    )
    new = amended(RELEASE, draft(table=table, entries=entries))
    assert new.table is table
    assert [entry.path for entry in new.entries] == [entry.path for entry in RELEASE.entries]


def test_another_transform_is_a_difference():
    first, second = RELEASE.entries
    entries = (replace(first, transform=Padded((Span(0, 5),))), second)
    assert amended(RELEASE, draft(entries=entries)).entries == entries


def test_how_files_are_and_what_they_rely_on_is_a_difference():
    first, second = RELEASE.entries
    lead = Lead("rar5", 1, "a.mkv", Span(0, 5))
    relied = (Reliance(Span(0, 5), Inference(lead, first.map)),)
    doubtful = replace(first, reliances=relied, status=FileStatus.UNVERIFIED)
    old = replace(RELEASE, entries=(doubtful, second))
    assert amended(old, draft()).entries == RELEASE.entries
    assert amended(old, draft(entries=old.entries)) is None
    assert amended(old, draft(entries=(replace(doubtful, reliances=()), second))) is not None
    assert amended(RELEASE, draft(entries=(replace(first, status=FileStatus.DEGRADED), second)))


def test_what_a_read_found_damaged_stays_so_where_the_maps_are_the_same():
    first, second = RELEASE.entries
    broken = replace(RELEASE, entries=(replace(first, status=FileStatus.DAMAGED), second))
    assert amended(broken, draft()) is None
    table = make_table(RELEASE.nzb, last=99)
    entries = tuple(replace(one, map=replace(one.map, table=table)) for one in RELEASE.entries)
    mended = amended(broken, draft(table=table, entries=entries))
    assert [one.status for one in mended.entries] == [FileStatus.HEALTHY] * 2


def test_one_file_is_said_to_be_damaged_or_all_that_are_in_doubt():
    first, second = RELEASE.entries
    doubtful = replace(first, status=FileStatus.UNVERIFIED)
    old = replace(RELEASE, entries=(doubtful, second))
    whole, broken = FileStatus.HEALTHY, FileStatus.DAMAGED
    assert [one.status for one in damaged(old, None).entries] == [broken, whole]
    told = damaged(old, 1)
    assert [one.status for one in told.entries] == [FileStatus.UNVERIFIED, broken]
    assert damaged(told, 1) is None
    assert damaged(RELEASE, None) is None


@pytest.mark.parametrize("entries", [RELEASE.entries[:1], RELEASE.entries[::-1], ()])
def test_a_draft_of_other_files_is_refused(entries):
    with pytest.raises(ValueError, match="other files"):
        amended(RELEASE, draft(entries=entries))
