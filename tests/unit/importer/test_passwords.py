from __future__ import annotations

import pytest

from altmount.importer.passwords import candidates, without_password


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
