from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.importer.obfuscation import obfuscated


@pytest.mark.parametrize(
    "name",
    [
        "b082fa0beaa644d3aa01045d5b8d0b36.mkv",
        "B082FA0BEAA644D3AA01045D5B8D0B36.mkv",
        "0675e29e9abfd2.f7d069dab0b853283cc1b069a25f82.6547.mkv",
        "[BlaBla] Some Thing [More] 5937bc5e32146ebef89a622e4a23f07b0d3757ad5e8a.mkv",
        "abc.xyz.a4c567edbcbf27.BLA.mkv",
        "kjhasdkjhasd.mkv",
        "a3f1c2d4-1b2c-4d5e-8f90-a1b2c3d4e5f6.mkv",
        "5KzdcWdGVGUG9NBKpF2rIJlVbmSyKcC6.mkv",
        "dir.with.many.dots/b082fa0beaa644d3aa01045d5b8d0b36.mkv",
        "Dir\\b082fa0beaa644d3aa01045d5b8d0b36.mkv",
        "inception.mkv",
        "8f3e",
        ".mkv",
        "12345678.mkv",
        "é1a2b3.mkv",
    ],
)
def test_names_that_say_nothing_are_obfuscated(name):
    assert obfuscated(name)


@pytest.mark.parametrize(
    "name",
    [
        "Great Distro.iso",
        "my_show_s01e02_720p.mkv",
        "this is a download.mkv",
        "Beast 2020.mkv",
        "Catullus.mkv",
        "Movie.2024.mkv",
        "movie.2024",
        "Movie.2024",
        "Great-Movie-Title.mkv",
        "b082fa0beaa644d3aa01045d5b8d0b36.part01.rar",
        "b082fa0beaa644d3aa01045d5b8d0b36.r00",
        "b082fa0beaa644d3aa01045d5b8d0b36.mkv.001",
        "東京物語.mkv",
        "Москва.mkv",
        "",
    ],
)
def test_names_that_people_give_are_clear(name):
    assert not obfuscated(name)


@given(st.text("0123456789abcdef", min_size=32, max_size=32), st.sampled_from(["", ".mkv", ".x"]))
def test_a_hash_is_obfuscated(name, extension):
    assert obfuscated(name + extension)


@given(st.text())
def test_any_text_is_judged(name):
    assert isinstance(obfuscated(name), bool)
