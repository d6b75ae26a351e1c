from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.auth.keys import Seal, digest_of, digest_of_download_key, download_key_of, new_key


def test_a_key_is_as_the_ancestors():
    key = new_key()
    assert len(key) == 32
    assert len(base64.urlsafe_b64decode(key)) == 24
    assert new_key() != key


@given(st.text())
def test_key_and_download_key_are_found_by_one_digest_and_neither_is_it(key):
    download = download_key_of(key)
    assert download == hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()
    assert digest_of_download_key(download) == digest_of(key)
    assert digest_of(key) not in {key, download}
    assert digest_of_download_key(key) != digest_of(key)


@given(st.text(st.characters(codec="utf-8")))
def test_a_sealed_key_comes_back_with_the_same_secret_only(key):
    sealed = Seal(b"s" * 32).close(key)
    assert Seal(b"s" * 32).open(sealed) == key
    assert Seal(b"t" * 32).open(sealed) is None
    assert len(key) < 4 or key not in sealed


@pytest.mark.parametrize("text", ["", "x", "====", "AAAA", "\u20ac"])
def test_what_was_not_sealed_opens_as_nothing(text):
    assert Seal(b"s" * 32).open(text) is None
