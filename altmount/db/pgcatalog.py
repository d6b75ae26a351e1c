"""What a PostgreSQL server knows of our tables, and is told about them."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

TABLES = """
    SELECT c.oid::regclass::text FROM pg_class c
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace ORDER BY 1
"""
"""Their names, quoted as SQL needs it."""

# Names are in the order of their bytes, as SQLite has it, whatever the locale of the database:
# listings, and their pages, are the same on both.
_TEXTS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attcollation <> 0
      AND a.attcollation <> '"C"'::regcollation
    ORDER BY 1, 2
"""

_SEQUENCES = """
    SELECT c.relname, a.attname, pg_get_serial_sequence(c.oid::regclass::text, a.attname)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0
      AND pg_get_serial_sequence(c.oid::regclass::text, a.attname) IS NOT NULL
"""

UNSOUND = """
    SELECT 'the index ' || c.relname || ' is not valid; REINDEX it' FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT i.indisvalid
    UNION ALL
    SELECT 'the constraint ' || conname || ' is not checked; VALIDATE it' FROM pg_constraint
    WHERE connamespace = current_schema()::regnamespace AND NOT convalidated
    UNION ALL
    SELECT checksum_failures || ' pages of the database had a wrong checksum' FROM pg_stat_database
    WHERE datname = current_database() AND checksum_failures > 0
"""
"""Sentences about what is wrong."""


def collate(connection: Connection) -> None:
    """Have every text in the order of its bytes."""
    quote = connection.dialect.identifier_preparer.quote
    for table, column, kind in connection.execute(text(_TEXTS)).fetchall():
        change = f"ALTER TABLE {quote(table)} ALTER COLUMN {quote(column)} TYPE {kind}"
        connection.execute(text(f'{change} COLLATE "C"'))


def numbers(connection: Connection) -> dict[str, int]:
    """The last numbers of all tables whose rows are numbered."""
    found = {}
    for table, _, sequence in connection.execute(text(_SEQUENCES)).fetchall():
        last = text(f"SELECT last_value FROM {sequence} WHERE is_called")  # noqa: S608 - quoted
        found[table] = int(connection.execute(last).scalar() or 0)
    return found


def go_on_from(connection: Connection, given: Mapping[str, int]) -> None:
    """Have the next number of each table be above what was given, and what is there."""
    quote = connection.dialect.identifier_preparer.quote
    for table, column, sequence in connection.execute(text(_SEQUENCES)).fetchall():
        most = text(f"SELECT max({quote(column)}) FROM {quote(table)}")  # noqa: S608 - quoted
        last = max(connection.execute(most).scalar() or 0, given.get(table, 0))
        if last:
            setting = text("SELECT setval(CAST(:sequence AS regclass), :last)")
            connection.execute(setting, {"sequence": sequence, "last": last})
