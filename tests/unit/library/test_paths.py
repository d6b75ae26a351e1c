from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from altmount.errors import InvalidRequestError
from altmount.library.paths import (
    MAX_NAME_BYTES,
    MAX_PATH_BYTES,
    ROOT,
    join,
    name_of,
    numbered,
    parent_of,
    parse_virtual_path,
    parts_of,
    safe_name,
    split_extension,
)

anything = st.text(st.characters(exclude_categories=()))
nasty = st.text(st.sampled_from("./\\ \t\0\x1f\x85\u00a0\u2028\u202eaé\u0301日\U0001f600\ud800"))
hostile = st.one_of(anything, nasty, st.builds(str.__mul__, nasty, st.integers(1, 400)))


def decomposed(text):
    return unicodedata.normalize("NFD", text)


@given(hostile)
@example("a\u00a0.")
@example("." * 300 + "mkv")
@example("x" * 300 + ".mkv")
@example("\u1e9b\u0323" * 10_000)
def test_a_safe_name_can_be_part_of_a_path_whatever_it_was(text):
    name = safe_name(text)
    assert 1 <= len(name.encode()) <= MAX_NAME_BYTES
    assert parse_virtual_path(f"/{name}") == f"/{name}"
    assert parts_of(parse_virtual_path(f"/{name}")) == [name]
    assert "\\" not in name
    assert not any(unicodedata.category(letter) == "Cc" for letter in name)
    assert name == name.strip()
    assert not name.endswith(".")
    assert safe_name(name) == name


@given(hostile, st.integers(1, 10**6), st.booleans())
def test_a_numbered_name_is_another_one_and_as_safe(text, n, folder):
    name = safe_name(text)
    other = numbered(name, n, folder=folder)
    assert other != name
    assert len(other.encode()) <= MAX_NAME_BYTES
    assert parse_virtual_path(f"/{other}") == f"/{other}"
    extension = split_extension(name)[1]
    if extension and not folder:
        assert split_extension(other)[1] == extension


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("film.mkv", "film.mkv"),
        ("a/b\\c.mkv", "a_b_c.mkv"),
        ("  film.mkv . .", "film.mkv"),
        ("..", "unnamed"),
        ("\0\x07", "unnamed"),
        (".hidden", ".hidden"),
        ("\u202egnp.exe", "gnp.exe"),
        (decomposed("é.mkv"), "é.mkv"),
        ("x" * 300 + ".mkv", "x" * 246 + ".mkv"),
        ("é" * 300 + ".mkv", "é" * 123 + ".mkv"),
        ("x" * 5000 + ".part01.rar", "x" * 246 + ".rar"),
    ],
)
def test_safe_names(text, name):
    assert safe_name(text) == name


@pytest.mark.parametrize(
    ("name", "n", "folder", "other"),
    [
        ("film.mkv", 1, False, "film_1.mkv"),
        ("film", 12, False, "film_12"),
        (".hidden", 1, False, ".hidden_1"),
        ("Show.S01", 1, True, "Show.S01_1"),
        ("x" * 250, 7, True, "x" * 248 + "_7"),
    ],
)
def test_numbered_names(name, n, folder, other):
    assert numbered(name, n, folder=folder) == other


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("film.mkv", ("film", ".mkv")),
        ("a.tar.gz", ("a.tar", ".gz")),
        ("film", ("film", "")),
        (".hidden", (".hidden", "")),
        ("..x", ("..x", "")),
        ("film.", ("film.", "")),
        ("Dr. No", ("Dr. No", "")),
        ("a." + "x" * 20, ("a", "." + "x" * 20)),
        ("a." + "x" * 21, ("a." + "x" * 21, "")),
    ],
)
def test_extensions(name, parts):
    assert split_extension(name) == parts


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/", "/"),
        ("/a", "/a"),
        ("/a/b/", "/a/b"),
        ("/ a /…", "/ a /…"),
        ("/...", "/..."),
        (decomposed("/é/ü"), "/é/ü"),
        ("/" + "x" * 250, "/" + "x" * 250),
    ],
)
def test_paths_from_outside(text, path):
    assert parse_virtual_path(text) == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a/b",
        "//",
        "//a",
        "/a//b",
        "/a//",
        "/.",
        "/..",
        "/a/../b",
        "/a/./",
        "/a\0",
        "/\ud800",
        "/" + "x" * 251,
        "/" + "é" * 126,
        "/x" * 2049,
        "/x" * 1_000_000,
    ],
)
def test_what_is_no_path_is_refused(text):
    with pytest.raises(InvalidRequestError):
        parse_virtual_path(text)


@given(hostile)
def test_a_path_is_parsed_or_refused_and_stays_the_same(text):
    try:
        path = parse_virtual_path(f"/{text}")
    except InvalidRequestError:
        return
    assert parse_virtual_path(path) == path
    assert unicodedata.is_normalized("NFC", path)
    assert len(path.encode()) <= MAX_PATH_BYTES
    assert "/" + "/".join(parts_of(path)) == path


@given(st.lists(hostile.map(safe_name), min_size=1, max_size=5))
def test_paths_come_apart_as_they_were_put_together(names):
    path = ROOT
    for name in names:
        folder, path = path, join(path, name)
        assert (parent_of(path), name_of(path)) == (folder, name)
    assert parts_of(path) == names


def test_the_root_is_in_itself():
    assert parent_of(ROOT) == ROOT
    assert name_of(ROOT) == ""
    assert parts_of(ROOT) == []
