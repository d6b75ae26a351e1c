from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.nzb.text import fit


@pytest.mark.parametrize(
    ("text", "fitted"),
    [
        ("  a  b ", "a  b"),
        ("a\r\n\tb", "a   b"),
        ("a\x1b[31mb\x07\x9b", "a[31mb"),
        ("\ud800a\ufffe", "a"),
        ("abcdefgh", "abcde"),
        ("abcd efgh", "abcd"),
    ],
)
def test_text_is_made_fit(text, fitted):
    assert fit(text, 5 if text.startswith("abcd") else 99) == fitted


@given(st.text(), st.integers(0, 10))
def test_fitting_again_changes_nothing(text, most):
    fitted = fit(text, most)
    assert fit(fitted, most) == fitted
    assert len(fitted) <= most
    fitted.encode()
