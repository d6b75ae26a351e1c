from __future__ import annotations

import pytest

from altmount.archives.discs import film as film_module
from altmount.archives.discs.film import Film, find_films
from altmount.archives.model import Volume
from tests.support.archives import Driver
from tests.support.isos import playlist, title_set


def films(files):
    """The films among files, with their parts by name."""
    driver = Driver(list(files.values()))
    names = list(files)
    volumes = tuple(Volume(name, len(data)) for name, data in files.items())
    found = driver.run(find_films(volumes))
    return [(one, [names[part].rpartition("/")[2] for part in one.parts]) for one in found]


def disc(clips, playlists, top=""):
    files = {f"{top}BDMV/STREAM/{clip}.m2ts": bytes(size) for clip, size in clips.items()}
    for number, items in playlists.items():
        files[f"{top}BDMV/PLAYLIST/{number}.mpls"] = playlist(*items)
    return files


def test_the_film_is_the_playlist_with_the_most_time():
    clips = {"00001": 50, "00002": 60, "00003": 900}
    playlists = {
        "00000": [("00003", 0, 30)],
        "00100": [("00002", 0, 3000), ("00001", 100, 4100)],
        "00200": [("00001", 0, 4000)],
    }
    [(film, parts)] = films(disc(clips, playlists))
    assert parts == ["00002.m2ts", "00001.m2ts"]
    assert (film.folder, film.extension, film.seconds) == ("", ".m2ts", 7000)


def test_time_that_is_played_again_does_not_count():
    clips = {"00001": 50, "00002": 60}
    playlists = {"00001": [("00001", 0, 60)] * 200, "00002": [("00002", 0, 3000)]}
    [(film, parts)] = films(disc(clips, playlists))
    assert parts == ["00002.m2ts"]
    overlapping = {"00001": [("00001", 0, 60), ("00001", 30, 90), ("00001", 10, 20)]}
    [(film, parts)] = films(disc(clips, overlapping))
    assert (film.seconds, parts) == (90, ["00001.m2ts"])


def test_a_playlist_whose_clips_are_not_there_is_none():
    clips = {"00001": 50}
    playlists = {"00001": [("00001", 0, 60)], "00002": [("00002", 0, 3000)], "00003": []}
    [(_, parts)] = films(disc(clips, playlists))
    assert parts == ["00001.m2ts"]


def test_without_a_playlist_it_is_the_largest_stream():
    files = disc({"00001": 50, "00002": 70}, {})
    files["BDMV/PLAYLIST/00001.mpls"] = b"damaged"
    [(film, parts)] = films(files)
    assert (parts, film.seconds) == (["00002.m2ts"], 0)


def test_a_disc_in_3d_plays_its_interleaved_streams():
    files = {
        "BDMV/STREAM/SSIF/00001.ssif": bytes(9),
        "BDMV/PLAYLIST/00001.mpls": playlist(("00001", 0, 60)),
    }
    [(film, parts)] = films(files)
    assert (film.extension, parts) == (".ssif", ["00001.ssif"])
    [(film, _)] = films({**files, "BDMV/STREAM/00001.m2ts": bytes(5)})
    assert film.extension == ".m2ts"


def test_each_disc_has_its_own_film():
    first = disc({"00001": 50}, {"00001": [("00001", 0, 60)]}, "Film/Disc 1/")
    second = disc({"00001": 70}, {"00001": [("00001", 0, 90)]}, "Film/Disc 2/")
    found = films({**first, **second})
    assert [(film.folder, film.seconds) for film, _ in found] == [
        ("Film/Disc 1/", 60),
        ("Film/Disc 2/", 90),
    ]
    assert found[0][0].parts != found[1][0].parts


def test_a_dvd_plays_the_title_set_with_the_longest_title():
    files = {
        "VIDEO_TS/VTS_01_0.IFO": title_set(120),
        "VIDEO_TS/VTS_01_1.VOB": bytes(900),
        "VIDEO_TS/VTS_02_0.IFO": title_set(60, 6000),
        "VIDEO_TS/VTS_02_0.VOB": bytes(500),
        "VIDEO_TS/VTS_02_2.VOB": bytes(300),
        "VIDEO_TS/VTS_02_1.VOB": bytes(300),
        "VIDEO_TS/VIDEO_TS.VOB": bytes(5000),
    }
    [(film, parts)] = films(files)
    assert parts == ["VTS_02_1.VOB", "VTS_02_2.VOB"]
    assert (film.extension, film.seconds) == (".vob", 6000)


def test_a_dvd_whose_headers_cannot_be_read_plays_the_most_bytes():
    files = {
        "video_ts/vts_01_1.vob": bytes(50),
        "video_ts/vts_02_0.ifo": b"damaged",
        "video_ts/vts_02_1.vob": bytes(60),
    }
    [(film, parts)] = films(files)
    assert (parts, film.seconds) == (["vts_02_1.vob"], 0)


def test_what_is_no_disc_has_no_film():
    assert films({"film.mkv": b"x", "STREAM/00001.m2ts": b"x", "XBDMV/STREAM/1.m2ts": b""}) == []


@pytest.mark.parametrize("name", ["MAX_PLAYLISTS", "MAX_PLAYLIST_BYTES"])
def test_playlists_are_bounded(monkeypatch, name):
    monkeypatch.setattr(film_module, name, 1)
    clips = {"00001": 50, "00002": 60}
    playlists = {"00001": [("00001", 0, 60)], "00002": [("00002", 0, 3000)]}
    [(film, _)] = films(disc(clips, playlists))
    assert film.seconds == (60 if name == "MAX_PLAYLISTS" else 0)
    assert isinstance(film, Film)


def test_discs_are_bounded(monkeypatch):
    monkeypatch.setattr(film_module, "MAX_DISCS", 2)
    files = {}
    for number in range(4):
        files |= disc({"00001": 50}, {"00001": [("00001", 0, 60)]}, f"{number}/")
        files[f"{number}/VIDEO_TS/VTS_01_1.VOB"] = b"x"
    assert [film.folder for film, _ in films(files)] == ["0/", "1/", "0/", "1/"]
