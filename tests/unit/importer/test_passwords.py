from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.importer.passwords import candidates, with_passwords, without_password
from altmount.nzb.parse import parse_nzb


@pytest.mark.parametrize(
    ("name", "title", "password"),
    [
        ("Some.Film{{s3cret}}", "Some.Film", "s3cret"),
        ("Some.Film {{a b}c}}", "Some.Film", "a b}c"),
        ("Some Film password=s3cret", "Some Film", "s3cret"),
        ("Some.Film.Password = s3cret word ", "Some.Film", "s3cret word"),
        ("Some.Film.2024", "Some.Film.2024", None),
        ("{{s3cret}}", "{{s3cret}}", None),
        ("password=s3cret", "password=s3cret", None),
        ("Some Film mypassword=x", "Some Film mypassword=x", None),
        ("Some Film {{}}", "Some Film {{}}", None),
        ("The.Password.2024", "The.Password.2024", None),
    ],
)
def test_a_password_in_a_name_is_found(name, title, password):
    assert without_password(name) == (title, password)


def test_what_is_given_comes_first_and_nothing_comes_twice():
    metas = {"password": "of the nzb", "title": "x"}
    assert candidates(["new", "old"], metas, ["always", "old", ""]) == (
        "new",
        "old",
        "of the nzb",
        "always",
    )
    assert candidates([], {}, []) == ()


FILE = (
    '<file poster="p" date="1" subject="Fílm"><groups><group>a.b</group></groups>'
    '<segments><segment bytes="7" number="1">a@b</segment></segments></file>'
)


LETTERS = st.sampled_from("a<>&;\"'{ ") | st.characters(exclude_categories=["C"])


@given(
    st.lists(st.text(LETTERS, min_size=1, max_size=9), min_size=1),
    st.sampled_from(["", ' xmlns="http://www.newzbin.com/DTD/2003/nzb"', "\n\t"]),
    st.sampled_from(
        ["", '<head><meta type="password">old</meta><meta type="title">T</meta></head>']
    ),
    st.sampled_from(["utf-8", "iso-8859-1"]),
)
def test_passwords_are_read_back_from_an_nzb_that_is_else_the_same(secrets, space, head, encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n<nzb{space}>{head}{FILE}</nzb>'
    before = parse_nzb(text.encode(encoding))
    given_back = with_passwords(text.encode(encoding), secrets)
    metas = [one.text for one in ET.fromstring(given_back).iter() if one.get("type") == "password"]
    assert metas[: len(secrets)] == secrets
    after = parse_nzb(given_back)
    assert after.files == before.files
    [told, *_] = [*(s for each in secrets if (s := each.strip())), before.metas.get("password")]
    assert after.metas.get("password") == told
    assert after.metas.get("title") == before.metas.get("title")


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe<\0n\0z\0b\0>\0", b"<nzb/>", b"<nzb a='b'/>", b"x" * 99, b"<nzbs>"]
)
def test_what_is_no_nzb_comes_back_as_it_is(data):
    assert with_passwords(data, ["s3cret"]) == data
    assert with_passwords(b"<nzb></nzb>", []) == b"<nzb></nzb>"


def test_an_nzb_is_known_by_its_beginning():
    late = b" " * 70_000 + b"<nzb></nzb>"
    assert with_passwords(late, ["s3cret"]) == late
