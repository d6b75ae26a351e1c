from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.rar.names import plain_name, unicode_name
from tests.support.rars import unicode4

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)


@given(texts)
def test_a_name_with_its_unicode_part_is_read(name):
    assert unicode_name(unicode4(name)) == name


@pytest.mark.parametrize(
    "name", ["film.mkv", "Фильм 2024.mkv", "映画/第一話.mkv", "Amélie naïve.mkv", "a😀b"]
)
def test_names_of_all_scripts_are_read(name):
    assert unicode_name(unicode4(name)) == name


def test_a_run_may_be_moved_and_given_the_common_top_half():
    # "abcd" moved by one, in block 4; then "xy" as they are.
    assert unicode_name(b"abcdxy\0\x04" + bytes((0b11110000, 0x82, 1, 0))) == "ѢѣѤѥxy"


def test_without_a_unicode_part_it_is_utf_8():
    assert unicode_name("Amélie.mkv".encode()) == "Amélie.mkv"


def test_a_plain_name_is_utf_8_or_else_of_windows():
    assert plain_name("Amélie.mkv".encode()) == "Amélie.mkv"
    assert plain_name("Amélie.mkv".encode("windows-1252")) == "Amélie.mkv"
    assert plain_name(b"\x81\x8d") == "\ufffd\ufffd"


@given(st.binary(max_size=60))
def test_garbage_gives_some_name_of_bounded_length(raw):
    assert len(plain_name(raw)) <= 60
    assert len(unicode_name(raw)) <= 60 * 130


def test_a_name_cannot_be_blown_up():
    runs = b"\0" + (b"\xff" + b"\xff\0" * 4) * 7000
    assert len(unicode_name(b"a" * 4000 + b"\0" + runs)) <= 0x8000 + 130
