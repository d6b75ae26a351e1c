from __future__ import annotations

import pytest

from altmount.archives.discs import film as film_module
from altmount.archives.discs.disc import find_discs
from altmount.archives.discs.film import find_film
from altmount.archives.model import Volume
from tests.support.archives import Driver
from tests.support.isos import playlist, title_set


def the_film(files):
    """The film of the only disc among files, with its parts by name."""
    driver = Driver(list(files.values()))
    names = list(files)
    [one] = driver.run(find_discs(names))
    volumes = [Volume(name, len(data)) for name, data in files.items()]
    film = driver.run(find_film(volumes, one))
    return film, [names[part].rpartition("/")[2] for part in film.parts]


def disc(clips, playlists):
    files = {f"BDMV/STREAM/{clip}.m2ts": bytes(size) for clip, size in clips.items()}
    for number, items in playlists.items():
        files[f"BDMV/PLAYLIST/{number}.mpls"] = playlist(*items)
    return files


def test_the_film_is_the_playlist_with_the_most_time():
    clips = {"00001": 50, "00002": 60, "00003": 900}
    playlists = {
        "00000": [("00003", 0, 30)],
        "00100": [("00002", 0, 3000), ("00001", 100, 4100)],
        "00200": [("00001", 0, 4000)],
    }
    film, parts = the_film(disc(clips, playlists))
    assert parts == ["00002.m2ts", "00001.m2ts"]
    assert film.seconds == 7000


def test_time_that_is_played_again_does_not_count():
    clips = {"00001": 50, "00002": 60}
    playlists = {"00001": [("00001", 0, 60)] * 200, "00002": [("00002", 0, 3000)]}
    film, parts = the_film(disc(clips, playlists))
    assert parts == ["00002.m2ts"]
    overlapping = {"00001": [("00001", 0, 60), ("00001", 30, 90), ("00001", 10, 20)]}
    film, parts = the_film(disc(clips, overlapping))
    assert (film.seconds, parts) == (90, ["00001.m2ts"])


def test_a_playlist_whose_clips_are_not_there_is_none():
    clips = {"00001": 50}
    playlists = {"00001": [("00001", 0, 60)], "00002": [("00002", 0, 3000)], "00003": []}
    _, parts = the_film(disc(clips, playlists))
    assert parts == ["00001.m2ts"]


def test_without_a_playlist_it_is_the_largest_stream():
    files = disc({"00001": 50, "00002": 70}, {})
    files["BDMV/PLAYLIST/00001.mpls"] = b"damaged"
    film, parts = the_film(files)
    assert (parts, film.seconds) == (["00002.m2ts"], 0)


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
    film, parts = the_film(files)
    assert parts == ["VTS_02_1.VOB", "VTS_02_2.VOB"]
    assert film.seconds == 6000


def test_a_dvd_whose_headers_cannot_be_read_plays_the_most_bytes():
    files = {
        "video_ts/vts_01_1.vob": bytes(50),
        "video_ts/vts_02_0.ifo": b"damaged",
        "video_ts/vts_02_1.vob": bytes(60),
    }
    film, parts = the_film(files)
    assert (parts, film.seconds) == (["vts_02_1.vob"], 0)


@pytest.mark.parametrize("name", ["MAX_PLAYLISTS", "MAX_PLAYLIST_BYTES"])
def test_playlists_are_bounded(monkeypatch, name):
    monkeypatch.setattr(film_module, name, 1)
    clips = {"00001": 50, "00002": 60}
    playlists = {"00001": [("00001", 0, 60)], "00002": [("00002", 0, 3000)]}
    film, _ = the_film(disc(clips, playlists))
    assert film.seconds == (60 if name == "MAX_PLAYLISTS" else 0)


def test_what_cannot_be_read_of_a_playlist_or_a_header_is_left_out():
    files = disc({"00001": 50, "00002": 60}, {"00001": [("00001", 0, 60)]})
    files["BDMV/PLAYLIST/00000.mpls"] = playlist(("00002", 0, 3000))
    names = list(files)
    [one] = Driver([]).run(find_discs(names))
    # as if it were encrypted: it has a size, and no bytes that can be had
    readable = [b"" if name.endswith("0.mpls") else data for name, data in files.items()]
    volumes = [Volume(name, len(data)) for name, data in files.items()]
    film = Driver(readable).run(find_film(volumes, one))
    assert [names[part] for part in film.parts] == ["BDMV/STREAM/00001.m2ts"]
