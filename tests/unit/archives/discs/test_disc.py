from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.discs import disc as module
from altmount.archives.discs.disc import find_discs
from altmount.archives.parser import A_STEP
from tests.support.archives import Driver


def discs(*paths):
    return Driver([]).run(find_discs(paths))


def test_a_bluray_has_streams_and_playlists():
    [found] = discs(
        "x/film.nfo", "x/BDMV/STREAM/00001.m2ts", "x/BDMV/PLAYLIST/00800.mpls", "x/BDMV/index.bdmv"
    )
    assert (found.folder, found.extension) == ("x/", ".m2ts")
    assert (found.streams, found.guides) == ({"00001": 1}, {"00800": 2})


def test_a_dvd_has_titles_and_their_headers():
    [found] = discs("video_ts/vts_01_1.vob", "video_ts/vts_01_2.vob", "video_ts/vts_01_0.ifo")
    assert (found.folder, found.extension) == ("", ".vob")
    assert (found.streams, found.guides) == ({"01_1": 0, "01_2": 1}, {"01": 2})


def test_the_interleaved_streams_of_3d_count_only_where_there_are_no_others():
    paths = ["BDMV/STREAM/SSIF/00001.ssif", "BDMV/PLAYLIST/00001.mpls"]
    [found] = discs(*paths)
    assert (found.extension, found.streams) == (".ssif", {"00001": 0})
    [found] = discs(*paths, "BDMV/STREAM/00002.m2ts")
    assert (found.extension, found.streams) == (".m2ts", {"00002": 2})


def test_each_folder_is_a_disc_of_its_own():
    found = discs(
        "Film/Disc 2/BDMV/STREAM/00001.m2ts",
        "Film/Disc 1/BDMV/STREAM/00001.m2ts",
        "Große/VIDEO_TS/VTS_01_1.VOB",
    )
    assert [(one.folder, one.streams) for one in found] == [
        ("Film/Disc 1/", {"00001": 1}),
        ("Film/Disc 2/", {"00001": 0}),
        ("Große/", {"01_1": 2}),
    ]


@pytest.mark.parametrize(
    "path",
    [
        "film.mkv",
        "STREAM/00001.m2ts",
        "XBDMV/STREAM/00001.m2ts",
        "BDMV/STREAM/0001.m2ts",
        "BDMV/STREAM/00001.m2ts/x",
        "BDMV/STREAM/\u0660\u0660\u0660\u0660\u0661.m2ts",
        "BDMV/PLAYLIST/00001.mpls",
        "VIDEO_TS/VIDEO_TS.VOB",
        "VIDEO_TS/VTS_01_0.VOB",
    ],
)
def test_what_has_no_streams_is_no_disc(path):
    assert discs(path) == ()


def test_a_disc_has_what_is_in_its_own_folders():
    [one] = discs("Film/BDMV/STREAM/00001.m2ts")
    assert one.has("Film/BDMV/META/DL/bdmt_eng.xml")
    assert one.has("Film/certificate/id.bdmv")
    assert not any(map(one.has, ["Film/Film.nfo", "BDMV/index.bdmv", "Show/BDMV/index.bdmv"]))


def test_discs_are_bounded(monkeypatch):
    monkeypatch.setattr(module, "MAX_DISCS", 3)
    paths = [f"{number}/BDMV/STREAM/00001.m2ts" for number in range(4)]
    assert [found.folder for found in discs(*paths)] == ["0/", "1/", "2/"]


def test_it_pauses_so_that_streams_go_on_beside_it():
    driver = Driver([])
    driver.run(find_discs(["film.mkv"] * A_STEP * 4))
    assert driver.pauses == 4


@given(st.lists(st.text("BDMVSTREAM/0123456789.m2tsVIDEO_TS/VTS_01_1.VOB", max_size=40)))
def test_any_paths_have_an_answer(paths):
    for found in discs(*paths):
        assert all(0 <= index < len(paths) for index in found.streams.values())
