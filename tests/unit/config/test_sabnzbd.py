from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from altmount.config.sabnzbd import CategorySettings, SabnzbdSettings


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("", "/"),
        ("/", "/"),
        ("complete", "/complete"),
        ("//a//b/", "/a/b"),
        ("/complete", "/complete"),
    ],
)
def test_the_folder_of_all_imports_is_absolute_without_a_slash_at_its_end(text, folder):
    assert SabnzbdSettings(complete_dir=text).complete_dir == folder


@given(st.text(max_size=20))
def test_a_folder_never_leads_out(text):
    try:
        folder = SabnzbdSettings(complete_dir=text).complete_dir
        below = CategorySettings(name="x", dir=text).folder
    except ValidationError:
        return
    assert folder.startswith("/")
    assert not below.startswith("/")
    for part in (*folder.split("/"), *below.split("/")):
        assert part not in {".", ".."}
        assert not set(part) & set("\\\0\r\n")


@pytest.mark.parametrize("text", ["..", "a/../b", "/.", "a\\b", "a\0"])
def test_what_is_not_a_folder(text):
    with pytest.raises(ValidationError):
        SabnzbdSettings(complete_dir=text)


def test_a_category_without_a_folder_has_one_of_its_name():
    assert CategorySettings(name="TV").folder == "TV"
    assert CategorySettings(name="TV", dir="/tv/hd/").folder == "tv/hd"


@pytest.mark.parametrize("categories", [[{"name": "a"}, {"name": "a"}], [{"name": " "}], [{}]])
def test_categories_have_names_of_their_own(categories):
    with pytest.raises(ValidationError):
        SabnzbdSettings(categories=categories)


def test_the_default_categories():
    names = [category.name for category in SabnzbdSettings().categories]
    assert names == ["Movies", "TV", "Music", "Books", "Adult"]
