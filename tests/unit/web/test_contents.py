from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.web.contents import attached_disposition, inline_disposition, presentation_of


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("film.mkv", "video/x-matroska"),
        ("FILM.MKV", "video/x-matroska"),
        ("a.b.mp4", "video/mp4"),
        ("00001.m2ts", "video/mp2t"),
        ("song.flac", "audio/flac"),
        ("film.en.srt", "application/x-subrip"),
        ("readme.nfo", "text/plain"),
        ("film", "application/octet-stream"),
        ("film.", "application/octet-stream"),
        ("film.what", "application/octet-stream"),
        (".mkv", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_a_file_is_what_its_extension_says(name, content_type):
    assert presentation_of(name).content_type == content_type
    assert not presentation_of(name).sandboxed


@pytest.mark.parametrize("extension", ["html", "HTM", "svg", "js", "xhtml", "xml", "mhtml", "xsl"])
def test_what_a_browser_would_run_is_sent_as_text_without_rights(extension):
    presentation = presentation_of(f"a.{extension}")
    assert presentation.content_type.startswith("text/plain")
    assert presentation.sandboxed


@given(st.text(max_size=30))
def test_any_name_fits_into_the_header_and_comes_back(name):
    header = inline_disposition(name)
    assert re.fullmatch(r"inline; filename\*=UTF-8''[\x21-\x7e]*", header)
    value = header.partition("''")[2]
    assert not set(value) & set("\"'();,\\ ")
    assert unquote(value) == name


def test_what_is_to_be_saved_has_its_name_told_likewise():
    told = inline_disposition("Fílm.nzb").partition(";")[2]
    assert attached_disposition("Fílm.nzb") == f"attachment;{told}"
