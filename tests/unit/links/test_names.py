"""Names that Windows can have, too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.links.names import MAX_BYTES, fitted, windows_name

names = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)
awkward = names | st.text('ab:?*".<>|\\ \uff1a\uff0e\u201b\u2420con', min_size=1)


@given(awkward)
def test_windows_can_have_the_name(name):
    safe = windows_name(name)

    assert not set(safe) & set('"*:<>?\\|/')
    assert all(ord(letter) >= 0x20 for letter in safe)
    assert not safe.endswith((".", " "))


@given(awkward, awkward)
def test_two_names_stay_two(one, other):
    assert (windows_name(one) == windows_name(other)) == (one == other)


@pytest.mark.parametrize("name", ["Show.S01E01.mkv", "Año \u00fcber 漢字.mkv", "console.mkv"])
def test_a_name_that_windows_can_have_stays(name):
    assert windows_name(name) == name


@pytest.mark.parametrize("name", ["con", "CON.mkv", "nul .txt", "LPT1.srt", "com¹"])
def test_names_of_devices_are_other_names(name):
    assert windows_name(name) == f"\u201b{name}"


@given(names, st.sampled_from(["", ".strm"]))
def test_a_fitted_name_is_short_enough_and_has_its_ending(name, ending):
    made = fitted(name * 40, ending)

    assert len(made.encode()) <= MAX_BYTES
    assert made.endswith(ending)


def test_what_is_cut_stays_two_names():
    assert fitted("a" * 400) != fitted("a" * 401)


@pytest.mark.parametrize(
    ("one", "other"), [("a:b", "a\uff1ab"), ("a.", "a\uff0e"), ("con", "\u201bcon")]
)
def test_a_letter_that_looks_like_a_forbidden_one_stays_another(one, other):
    assert windows_name(one) != windows_name(other)
