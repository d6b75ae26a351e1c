from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from altmount.db import pgcatalog


@pytest.fixture
def connection(postgresql):
    dsn = postgresql.database()
    engine = create_engine(dsn.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        yield connection
    engine.dispose()
    postgresql.drop(dsn)


def run(connection, statement):
    result = connection.execute(text(statement))
    return result.fetchall() if result.returns_rows else []


def test_texts_of_odd_tables_come_in_the_order_of_their_bytes(connection):
    run(connection, 'CREATE TABLE "Odd ""one" (id int, "a b" varchar(9), c text COLLATE "POSIX")')
    pgcatalog.collate(connection)
    rules = "SELECT attname, attcollation::regcollation::text FROM pg_attribute"
    rules += ' WHERE attrelid = \'"Odd ""one"\'::regclass AND attcollation <> 0 ORDER BY 1'
    assert run(connection, rules) == [("a b", '"C"'), ("c", '"C"')]


def test_numbers_go_on_above_what_was_given_and_what_is_there(connection):
    run(connection, 'CREATE TABLE "T t" ("I d" serial PRIMARY KEY, name text)')
    run(connection, "CREATE TABLE u (id serial PRIMARY KEY)")
    run(connection, "CREATE TABLE plain (id int)")
    assert pgcatalog.numbers(connection) == {"T t": 0, "u": 0}
    run(connection, "INSERT INTO \"T t\" VALUES (7, 'brought along')")
    pgcatalog.go_on_from(connection, {"u": 20})
    assert pgcatalog.numbers(connection) == {"T t": 7, "u": 20}
    assert run(connection, 'INSERT INTO "T t" (name) VALUES (\'new\') RETURNING "I d"') == [(8,)]
    assert run(connection, "INSERT INTO u DEFAULT VALUES RETURNING id") == [(21,)]
