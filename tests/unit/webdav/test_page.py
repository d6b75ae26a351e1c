from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.library.nodes import File, Folder
from altmount.library.paths import ROOT, VirtualPath
from altmount.webdav.page import CONTENT_SECURITY_POLICY, page, readable

THEN = datetime(2026, 11, 20, 21, 14, tzinfo=UTC)
PAIRED = {"html", "head", "title", "style", "body", "main", "h1", "table", "thead", "tbody"}
PAIRED |= {"tr", "th", "td", "a", "span", "time", "footer"}


class Reader(HTMLParser):
    """Takes a page apart, and sees that every element ends where it should."""

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert tag in PAIRED | {"meta"}, tag
        if tag != "meta":
            self.open.append(tag)
        self.links += [value for name, value in attributes if name == "href"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "a":
            self.texts.append(data)


def folder(path):
    return Folder(VirtualPath(path), THEN, "", THEN)


def file(path, size=1):
    return File(VirtualPath(path), size, THEN, "tag", "id", THEN)


def read(path, *nodes, prefix="/webdav"):
    return Reader("".join(page(prefix, VirtualPath(path), nodes)))


def test_folders_come_first_and_films_can_be_played():
    text = "".join(
        page("/webdav", VirtualPath("/a"), [file("/a/b.mkv", 1_500_000_000), folder("/a/c")])
    )
    reader = Reader(text)
    assert reader.texts == ["altmount", "..", "c", "b.mkv", "play", "download"]
    assert reader.links == ["/webdav/", "/webdav/", "/webdav/a/c/", *["/webdav/a/b.mkv"] * 3]
    assert "1.5 GB" in text
    assert "2026-11-20 21:14" in text
    assert "1 folder, 1 file, 1.5 GB" in text


def test_other_files_can_only_be_downloaded_and_the_root_has_nothing_above():
    reader = read(ROOT, file("/b.srt"), prefix="")
    assert reader.texts == ["b.srt", "download"]
    assert reader.links == ["/b.srt", "/b.srt"]


def test_every_folder_on_the_way_is_a_link():
    assert read("/a/b & c/d").links[:3] == ["/webdav/", "/webdav/a/", "/webdav/a/b%20%26%20c/"]


def test_an_empty_folder_says_so():
    assert "Nothing is in here yet" in "".join(page("/webdav", ROOT, []))


@given(st.text(st.characters(codec="utf-8", exclude_characters="/"), min_size=1))
def test_a_name_is_shown_and_never_obeyed(name):
    reader = read(f"/{name}", folder(f"/{name}/<script>"), file(f"/{name}/{name}"))
    assert "<script>" in reader.texts
    # Carriage returns and NULs are not told apart in HTML.
    if name.isprintable():
        assert name in reader.texts
    assert all(link.startswith("/webdav/") for link in reader.links)


def test_nothing_but_the_page_s_own_style_is_let_in():
    text = "".join(page("/webdav", ROOT, []))
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "<script" not in text
    assert "style=" not in text
    assert "prefers-color-scheme:dark" in style


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KB"),
        (99_949, "99.9 KB"),
        (99_951, "100 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (15_432_000_000, "15.4 GB"),
        (10**18, "1000 PB"),
    ],
)
def test_a_size_is_said_as_people_say_it(size, text):
    assert readable(size) == text
