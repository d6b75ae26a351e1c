from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.auth.claims import parse_basic
from altmount.auth.names import check_email, check_key_name, check_name
from altmount.errors import InvalidRequestError


@pytest.mark.parametrize("name", ["ann", "Änne Müller", "日本語", "x" * 64, "a.b-c_d"])
def test_people_are_called_many_things(name):
    check_name(name)
    check_key_name(name)


@pytest.mark.parametrize(
    "name", ["", "ab", "x" * 65, " ann", "ann ", "a:nn", "a@b", "a\nb", "a\0b", "a\ud800b"]
)
def test_names_that_would_be_something_else_are_refused(name):
    with pytest.raises(InvalidRequestError):
        check_name(name)


@pytest.mark.parametrize("name", ["", "x" * 65, " x", "a\nb", "\ud800"])
def test_so_are_names_of_keys(name):
    with pytest.raises(InvalidRequestError):
        check_key_name(name)


@pytest.mark.parametrize("address", [None, "a@b", "me+you@example.com", "ü@example.com"])
def test_an_address_may_be_left_out(address):
    check_email(address)


@pytest.mark.parametrize(
    "address", ["", "a", "@b", "a@", "a b@c", "a\n@b", "\ud800@b", f"{'x' * 260}@b"]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(InvalidRequestError):
        check_email(address)


@given(st.text())
def test_every_name_that_is_taken_can_be_logged_in_with_everywhere(name):
    try:
        check_name(name)
    except InvalidRequestError:
        return
    import base64

    header = base64.b64encode(f"{name}:secret".encode()).decode()
    assert parse_basic(f"Basic {header}") == (name, "secret")
