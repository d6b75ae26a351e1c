from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.importer.rules import Rules, extension_of, leaf_of
from altmount.library.paths import parse_virtual_path

RULES = Rules(
    frozenset({".mkv"}), complete_dir="/complete", categories={"Movies": "films/new", "TV": "TV"}
)


@pytest.mark.parametrize(
    ("title", "category", "folder"),
    [
        ("Some.Film.2024", "Movies", "/complete/films/new/Some.Film.2024"),
        ("Some.Film.2024", None, "/complete/Some.Film.2024"),
        ("Some.Film.2024", "Gone", "/complete/Gone/Some.Film.2024"),
        ("Some.Film.2024.mkv", None, "/complete/Some.Film.2024"),
        ("A/B", None, "/complete/A_B"),
        ("..", None, "/complete/unnamed"),
        (" ", None, "/complete/unnamed"),
    ],
)
def test_a_release_lies_in_the_folder_of_its_category_under_its_title(title, category, folder):
    assert RULES.folder(title, category) == folder


@given(st.text(), st.none() | st.text(), st.text(max_size=20))
def test_no_title_category_or_setting_leads_out_of_the_library(title, category, complete):
    rules = Rules(complete_dir=complete, categories={"a": "../.."})
    for chosen in (category, "a"):
        folder = rules.folder(title, chosen)
        if len(folder) < 1000:
            assert parse_virtual_path(folder) == folder != "/"


def test_what_is_allowed_goes_by_the_extension():
    assert RULES.allows("Film.MKV")
    assert not RULES.allows("film.mkv.exe")
    assert not RULES.allows("mkv")
    assert Rules().allows("whatever")


@pytest.mark.parametrize(
    ("name", "leaf"),
    [("a/b.mkv", "b.mkv"), ("a\\b.mkv", "b.mkv"), ("a/", "a"), ("b.mkv", "b.mkv"), ("", "")],
)
def test_a_leaf_is_what_comes_after_the_folders(name, leaf):
    assert leaf_of(name) == leaf


def test_an_extension_is_lower_case_and_has_its_dot():
    assert extension_of("a/b.MKV") == ".mkv"
    assert extension_of("a.b/c") == ""
