from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.errors import InvalidRequestError
from altmount.library.paths import parse_virtual_path
from altmount.web.targets import path_below, path_in_query

names = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20
)
paths = st.lists(names.filter(lambda name: name not in {".", ".."}), min_size=1, max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)


@given(paths)
def test_any_path_comes_through_a_url(path):
    expected = parse_virtual_path(path)
    assert path_below("/files", quote(f"/files{path}")) == expected
    assert path_in_query(f"download_key=x&path={quote(path)}") == expected
    assert path_in_query(f"path={quote(path, safe='')}") == expected


@pytest.mark.parametrize("raw", ["/files", "/files/"])
def test_the_root_can_be_named(raw):
    assert path_below("/files", raw) == "/"


def test_a_path_is_decoded_exactly_once():
    assert path_below("/files", "/files/100%2525.mkv") == "/100%25.mkv"
    assert path_in_query("path=/100%2525.mkv") == "/100%25.mkv"


def test_a_plus_is_a_blank_in_a_query_and_itself_in_a_path():
    assert path_below("/files", "/files/a+b.mkv") == "/a+b.mkv"
    assert path_in_query("path=/a+b%2Bc.mkv") == "/a b+c.mkv"


def test_undecoded_utf_8_is_taken_as_it_is():
    raw = "/films/été.mkv".encode().decode("ascii", "surrogateescape")
    assert path_below("/files", f"/files{raw}") == "/films/été.mkv"
    assert path_in_query(f"path={raw}") == "/films/été.mkv"


def test_the_first_slash_in_a_query_may_be_left_out():
    assert path_in_query("path=films/a.mkv") == "/films/a.mkv"


@pytest.mark.parametrize(
    "raw",
    [
        "/films%2Fa.mkv",
        "/films%2fa.mkv",
        "/a%00.mkv",
        "/../a.mkv",
        "/films/%2e%2E/a.mkv",
        "/./a.mkv",
        "//a.mkv",
        "/films//a.mkv",
        "/%ff.mkv",
        "/%ed%a0%80.mkv",
        "/\udcff.mkv",
        "/" + "a" * 300,
        "/aaa" * 3000,
    ],
)
def test_what_is_no_path_in_the_library_is_refused(raw):
    with pytest.raises(InvalidRequestError):
        path_below("/files", f"/files{raw}")
    if "%2" not in raw.lower() and not raw.startswith("//"):
        with pytest.raises(InvalidRequestError):
            path_in_query(f"path={raw}")


@pytest.mark.parametrize("raw", ["", "path", "path=", "Path=/a", "x=/a", "download_key=path"])
def test_a_query_without_a_path_is_refused(raw):
    with pytest.raises(InvalidRequestError, match="path="):
        path_in_query(raw)
