from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.nzb.subject import declared_segments, has_known_extension, name_in


@pytest.mark.parametrize(
    ("subject", "count"),
    [
        ('[01/50] - "a.mkv" yEnc (1/140)', 140),
        ('(01/50) "a.mkv" yEnc (1/140)', 140),
        ('"a.mkv" yEnc (001/140) 102400000', 140),
        ('"a.mkv" yEnc (1 of 140)', 140),
        ('"a.mkv" yEnc ( 1 / 140 )', 140),
        ('[1/5] - "a.mkv" yEnc', None),
        ('"a.mkv" (9/5)', None),
        ('"a.mkv" (0/0)', None),
        ("(1/99999999)", None),
        ("(1/999999999999)", None),
        ("(٣/٤)", 4),
        ("", None),
    ],
)
def test_the_last_count_in_parentheses_is_that_of_segments(subject, count):
    assert declared_segments(subject) == count


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ('[03/21] - "film.part02.rar" yEnc (1/140)', "film.part02.rar"),
        ('"A Film (2024).mkv" yEnc (1/9)', "A Film (2024).mkv"),
        ('A release "Some Show" [1/5] - "show.s01e01.mkv" yEnc (1/9)', "show.s01e01.mkv"),
        ('"release.nzb" "movie.r00" yEnc (1/9)', "movie.r00"),
        ('"film.mkv" by "somebody" (1/9)', "film.mkv"),
        ('"film.xyz" "8f3e" (1/9)', "film.xyz"),
        ('"some title" "8f3e2a" yEnc (1/9)', "8f3e2a"),
        ('""film.mkv"" yEnc (1/9)', "film.mkv"),
        ("\"'film.mkv'\" yEnc (1/9)", "film.mkv"),
        ("\" ' 'film.mkv' ' \" yEnc (1/9)", "film.mkv"),
        ('"Schindler\'s List.mkv" yEnc (1/9)', "Schindler's List.mkv"),
        ('"dir/film.mkv" (1/9)', "dir/film.mkv"),
        ("&quot;Tom &amp; Jerry.mkv&quot; yEnc (1/9)", "Tom & Jerry.mkv"),
        ('"film.mkv yEnc (1/9)', "film.mkv"),
        ("[1/5] - film.part1.rar yEnc (1/9)", "film.part1.rar"),
        ("some words film.nfo film.vol00+01.par2 (1/9)", "film.vol00+01.par2"),
        ('[PRiVATE]-[Group]-[film.mkv]-[1/5] - "" yEnc (1/9)', "film.mkv"),
        ("[1/5] [A Film Of 2024] yEnc (1/9)", "A Film Of 2024"),
        ("[1/5] - 8f3e2a yEnc (1/9) 10.5 MB", "8f3e2a"),
        ("[1/5] - A Film yEnc (1/9)", "A Film"),
        ("8f3e2a", "8f3e2a"),
        ("Show.S01 yEnc (1/9)", "Show.S01"),
        ('[1/5] - "" yEnc (1/9)', ""),
        ("", ""),
    ],
)
def test_the_name_is_found(subject, name):
    assert name_in(subject) == name


@given(st.text(st.sampled_from("\"'[]()<>/.- yEnc0149mkvrar&quot;\\")))
def test_a_name_comes_from_its_subject(subject):
    name = name_in(subject)
    assert name == name.strip()
    assert not name.startswith('"')


@given(st.text(st.characters(exclude_characters="\"'`&"), min_size=1).map(str.strip).filter(bool))
def test_a_quoted_name_is_found_whatever_it_is(name):
    assert name_in(f'[1/2] "{name}" yEnc') == name


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("a.mkv", True),
        ("a.R00", True),
        ("a.r00", True),
        ("Show.S01", False),
        ("a.001", True),
        ("a.vol1+2.PAR2", True),
        ("a.2024", False),
        ("a.x264", False),
        ("a", False),
    ],
)
def test_known_extensions_are_told_from_others(name, known):
    assert has_known_extension(name) is known
