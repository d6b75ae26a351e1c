from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.signing import SignedPath, Signer

SIGNER = Signer(b"s" * 32)
NOW = datetime(2026, 11, 25, tzinfo=UTC)
SOON = NOW + timedelta(hours=1)
paths = st.text(st.characters(codec="utf-8"))


@given(paths)
def test_a_link_opens_its_file_until_it_ends(path):
    signed = SIGNER.sign(path, SOON)
    assert SIGNER.opens(signed, NOW)
    assert SIGNER.opens(signed, SOON - timedelta(seconds=1))
    assert not SIGNER.opens(signed, SOON)


@given(paths)
def test_a_link_comes_through_a_url(path):
    signed = SIGNER.sign(path, SOON)
    fields = parse_qs(signed.query, keep_blank_values=True)
    assert {name: text for name, [text] in fields.items()} == {
        "path": path,
        "expires": signed.expires,
        "signature": signed.signature,
    }


@given(paths, paths)
def test_it_opens_no_other(path, other):
    signed = SIGNER.sign(path, SOON)
    assert SIGNER.opens(replace(signed, path=other), NOW) is (path == other)
    assert not SIGNER.opens(replace(signed, expires=f"{int(signed.expires) + 1}"), NOW)
    assert not Signer(b"t" * 32).opens(signed, NOW)


def test_no_other_pair_has_the_same_signature():
    signed = SIGNER.sign("b", SOON)
    moved = SignedPath("a\nb", signed.expires, signed.signature)
    assert not SIGNER.opens(moved, NOW)


@pytest.mark.parametrize("expires", ["", "x", "-1", "1e9", "٣", "9" * 13])
def test_an_end_that_is_none_opens_nothing_even_if_it_was_signed(expires):
    shown = SignedPath("/a", expires, SIGNER._signature("/a", expires))
    assert not SIGNER.opens(shown, NOW)


@given(st.text(), st.text(), st.text())
def test_no_link_makes_it_fail(path, expires, signature):
    assert not SIGNER.opens(SignedPath(path, expires, signature), NOW)


def test_a_signature_is_not_shown():
    signed = SIGNER.sign("/a", SOON)
    assert signed.signature not in repr(signed)


ids = st.uuids().map(str)


@given(paths, ids, ids)
def test_a_lasting_link_opens_its_file_for_good_and_no_other(path, file_id, other):
    signed = SIGNER.sign_lasting(path, file_id)

    assert SIGNER.opens(signed, datetime(9999, 1, 1, tzinfo=UTC))
    assert SIGNER.opens(replace(signed, id=other), NOW) is (file_id == other)
    assert not SIGNER.opens(replace(signed, path=f"{path}x"), NOW)
    assert not SIGNER.opens(replace(signed, id=""), NOW)
    assert not SIGNER.opens(replace(signed, expires="99999999999"), NOW)


@given(paths, ids)
def test_a_lasting_link_comes_through_a_url(path, file_id):
    fields = parse_qs(SIGNER.sign_lasting(path, file_id).query, keep_blank_values=True)

    assert {name: text for name, [text] in fields.items() if name != "signature"} == {
        "path": path,
        "id": file_id,
    }


def test_a_link_that_ends_is_not_made_lasting_nor_leads_elsewhere_by_an_id():
    signed = SIGNER.sign("/a", SOON)

    assert not SIGNER.opens(replace(signed, id="x"), NOW)
    assert not SIGNER.opens(replace(signed, id="x", expires=""), NOW)
    assert not SIGNER.opens(SignedPath("/a", "id x", SIGNER.sign_lasting("/a", "x").signature), NOW)


def test_an_id_of_two_lines_is_not_a_path_and_an_id():
    signed = SIGNER.sign_lasting("b\n/c", "a")

    assert not SIGNER.opens(replace(signed, path="/c", id="a\nb"), NOW)
