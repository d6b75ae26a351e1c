from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.nzb.encoding import as_utf8

XML = '<?xml version="1.0" encoding="{}"?>{}'


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("windows-1251", "Привет"),
        ("koi8-r", "Привет"),
        ("shift_jis", "映画です"),
        ("gb18030", "电影"),
        ("windows-1252", "\u201ccurly\u201d é"),
        ("iso-8859-15", "10 €"),
    ],
)
def test_a_declaration_that_fits_is_believed(declared, written):
    text = XML.format(declared, written)
    assert as_utf8(text.encode(declared)).decode() == text


def test_those_who_declare_latin_1_write_windows_1252():
    data = XML.format("ISO-8859-1", "\u201ccurly\u201d").encode("windows-1252")
    assert as_utf8(data).decode().endswith("\u201ccurly\u201d")


@pytest.mark.parametrize("declared", ["utf-8", "rot13", "idna", "punycode", "no-such", "zip", ""])
def test_bytes_that_are_no_utf_8_are_taken_one_by_one(declared):
    data = XML.format(declared, "").encode() + "é".encode() + "ü".encode("latin-1") + b"\x81"
    assert as_utf8(data).decode().endswith("éü\ufffd")


def test_what_is_longer_than_a_step_is_converted_whole():
    text = "é漢" * 700_000
    assert as_utf8(codecs.BOM_UTF16_LE + text.encode("utf-16-le")).decode() == text
    assert as_utf8(text.encode()) == text.encode()
    assert as_utf8(b"x" + text.encode() + b"\xff").decode() == f"x{text}ÿ"


@given(st.binary(max_size=60))
def test_what_comes_out_is_valid(data):
    as_utf8(data).decode("utf-8")


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_utf_8_is_left_alone(text):
    data = text.lstrip("\ufeff").encode()
    assert as_utf8(data) == data
    assert as_utf8(codecs.BOM_UTF8 + data) == data
