from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.db.address import PostgresAddress, address_of, parse_address
from altmount.errors import InvalidRequestError

FOLDER = Path("/config")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a.db", FOLDER / "a.db"),
        ("/data/a b.db", Path("/data/a b.db")),
        ("sqlite:///a.db", FOLDER / "a.db"),
        ("sqlite:////data/a%20b.db", Path("/data/a b.db")),
        ("sqlite+aiosqlite:////data/a.db", Path("/data/a.db")),
        (
            "postgresql://me@host:5432/altmount",
            PostgresAddress("postgresql://me@host:5432/altmount"),
        ),
        (" postgres://host/a \n", PostgresAddress("postgresql://host/a")),
        ("PostgreSQL+asyncpg://host/a", PostgresAddress("postgresql://host/a")),
        ("host=db dbname=altmount", PostgresAddress("host=db dbname=altmount")),
        ("./host=odd.db", FOLDER / "host=odd.db"),
    ],
)
def test_a_database_is_named_in_the_words_that_people_use(text, address):
    assert parse_address(text, FOLDER) == address


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "  ",
            "a\0b",
            "mysql://user:SECRET@host/a",
            "https://SECRET@host",
            "sqlite://SECRET/a",
        ),
        *("sqlite:///", "sqlite:///a?mode=SECRET", "sqlite://[SECRET/a"),
    ],
)
def test_what_names_none_is_refused_and_not_quoted(text):
    with pytest.raises(InvalidRequestError) as caught:
        parse_address(text, FOLDER)
    assert "SECRET" not in f"{caught.value!r} {caught.value.__cause__!r}"


@given(st.text())
def test_any_text_is_an_address_or_refused(text):
    try:
        found = parse_address(text, FOLDER)
    except InvalidRequestError:
        return
    assert isinstance(found, Path | PostgresAddress)


def test_an_address_does_not_show_its_password():
    assert "SECRET" not in repr(parse_address("postgresql://me:SECRET@host/a", FOLDER))


def test_a_url_wins_over_the_keys_of_the_ancestor():
    path = FOLDER / "altmount.db"
    assert address_of("", "sqlite", "", path) == path
    assert address_of("", "sqlite", "host=left dbname=over", path) == path
    dsn = PostgresAddress("host=db")
    assert address_of("", "postgres", "host=db", path) == dsn
    assert address_of("postgres://x/y", "sqlite", "host=db", path).conninfo == "postgresql://x/y"
    assert address_of("sqlite:///other.db", "postgres", "host=db", path) == FOLDER / "other.db"


@pytest.mark.parametrize("dsn", ["", "a.db", "sqlite:///a.db"])
def test_postgres_without_an_address_of_one_is_said_so(dsn):
    with pytest.raises(InvalidRequestError, match=r"database\.(type|dsn) is"):
        address_of("", "postgres", dsn, FOLDER / "altmount.db")
