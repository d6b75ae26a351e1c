from __future__ import annotations

import sqlite3

import psycopg
import pytest
from sqlalchemy import exc

from altmount.db.errors import (
    ConflictError,
    DatabaseError,
    DatabaseUnavailableError,
    UnfitValueError,
)
from altmount.db.translation import translated
from altmount.errors import InvalidRequestError, PermanentError, TemporaryError

CASES = [
    (exc.IntegrityError, psycopg.errors.UniqueViolation("twice"), ConflictError),
    (exc.DataError, psycopg.DataError("NUL"), UnfitValueError),
    (exc.OperationalError, psycopg.errors.AdminShutdown("gone"), DatabaseUnavailableError),
    (exc.InternalError, psycopg.errors.ReadOnlySqlTransaction("no"), DatabaseUnavailableError),
    (exc.InternalError, psycopg.errors.DataCorrupted("bad page"), DatabaseError),
    (exc.ProgrammingError, psycopg.errors.UndefinedTable("no jobs"), DatabaseError),
]


@pytest.mark.parametrize(("kind", "said", "ours"), CASES)
def test_what_a_driver_says_becomes_one_of_our_kinds(kind, said, ours):
    with pytest.raises(ours) as caught, translated():
        raise kind("SELECT 'SECRET'", {"a": "SECRET"}, said)
    assert type(caught.value) is ours
    assert str(said) in str(caught.value)
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("name", ["SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED"])
def test_a_file_that_is_held_is_said_to_be(name):
    said = sqlite3.OperationalError("database is locked")
    said.sqlite_errorname = name
    with pytest.raises(DatabaseUnavailableError, match="another program holds"), translated():
        raise exc.OperationalError("BEGIN", None, said)


def test_who_is_to_blame_can_be_told():
    assert issubclass(UnfitValueError, InvalidRequestError)
    assert issubclass(DatabaseUnavailableError, TemporaryError)
    assert issubclass(DatabaseError, PermanentError)


def test_waiting_too_long_for_a_connection_passes():
    with pytest.raises(DatabaseUnavailableError, match="in use"), translated():
        raise exc.TimeoutError
