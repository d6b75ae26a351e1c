from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.importer.kinds import Kind, kind_of

RAR, SEVEN_ZIP, ZIP, MKV = (
    b"Rar!\x1a\x07\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"PK\x03\x04",
    b"\x1a\x45\xdf\xa3",
)
MPEG, PAR2 = b"\x00\x00\x01\xba", b"PAR2\0PKT"
ISO = bytes(32_769) + b"CD001"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("film.mkv", Kind.MEDIA),
        ("FILM.MKV", Kind.MEDIA),
        ("dir.rar/film.mp4", Kind.MEDIA),
        ("song.flac", Kind.MEDIA),
        ("film.srt", Kind.SUBTITLE_OR_SIDECAR),
        ("film.nfo", Kind.SUBTITLE_OR_SIDECAR),
        ("poster.jpg", Kind.SUBTITLE_OR_SIDECAR),
        ("film.par2", Kind.PAR2),
        ("film.mkv.vol03+04.PAR2", Kind.PAR2),
        ("film.rar", Kind.RAR),
        ("film.part01.rar", Kind.RAR),
        ("film.r00", Kind.RAR),
        ("film.R00", Kind.RAR),
        ("film.r100", Kind.RAR),
        ("film.s00", Kind.RAR),
        ("Show.S01", Kind.OTHER),
        ("film.7z", Kind.SEVEN_ZIP),
        ("film.7z.001", Kind.SEVEN_ZIP),
        ("film.zip", Kind.ZIP),
        ("film.z01", Kind.ZIP),
        ("film.zip.002", Kind.ZIP),
        ("film.mkv.001", Kind.SPLIT),
        ("film.001", Kind.SPLIT),
        ("film.iso", Kind.ISO),
        ("film.img", Kind.ISO),
        ("other.nzb", Kind.NZB),
        ("other.nzb.gz", Kind.NZB),
        ("book.epub", Kind.OTHER),
        ("film.2024", Kind.OTHER),
        ("film", Kind.OTHER),
        ("mkv", Kind.OTHER),
        ("", Kind.OTHER),
    ],
)
def test_names_tell_the_kind(name, kind):
    assert kind_of(name) is kind


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("8f3e", MKV, Kind.MEDIA),
        ("film.mkv", RAR, Kind.RAR),
        ("film.rar", MKV, Kind.MEDIA),
        ("film.txt", MKV, Kind.MEDIA),
        ("film.rar", b"unknown!", Kind.RAR),
        ("8f3e.001", RAR, Kind.RAR),
        ("8f3e.001", SEVEN_ZIP, Kind.SEVEN_ZIP),
        ("8f3e.001", MKV, Kind.SPLIT),
        ("film.iso.001", ISO, Kind.SPLIT),
        ("8f3e", ISO, Kind.ISO),
        ("8f3e", PAR2, Kind.PAR2),
        ("8f3e", b"<nzb>", Kind.NZB),
        ("8f3e", ZIP, Kind.ZIP),
        ("book.epub", ZIP, Kind.OTHER),
        ("comic.cbr", RAR, Kind.OTHER),
        ("film.sub", MPEG, Kind.SUBTITLE_OR_SIDECAR),
        ("film.sub", RAR, Kind.RAR),
        ("film.vob", MPEG, Kind.MEDIA),
        ("film.mkv", b"garbage", Kind.MEDIA),
    ],
)
def test_first_bytes_count_for_more(name, head, kind):
    assert kind_of(name, head) is kind


@given(st.text(), st.binary())
def test_everything_is_of_some_kind(name, head):
    assert kind_of(name, head) in Kind
