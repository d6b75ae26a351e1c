from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from altmount.db.schema import Moment, jobs, metadata

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


moments = st.integers(-(2**55), 2**55).map(lambda number: EPOCH + timedelta(microseconds=number))


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
@given(moment=st.none() | st.builds(datetime.astimezone, moments, zones))
def test_a_moment_comes_back_as_the_same_moment_in_utc(dialect, moment):
    write = Moment().bind_processor(dialect) or Moment().process_bind_param
    read = Moment().result_processor(dialect, None)
    kept = write(moment)
    assert getattr(kept, "tzinfo", None) is None
    back = read(kept)
    assert back == moment
    assert moment is None or back.tzinfo is UTC


@pytest.mark.parametrize(
    "dialect", [sqlite.dialect(), postgresql.dialect()], ids=["sqlite", "postgresql"]
)
def test_every_dialect_can_make_the_tables_and_run_the_statements(dialect):
    for table in metadata.sorted_tables:
        assert table.name in str(CreateTable(table).compile(dialect=dialect))
    for statement in (select(jobs).with_for_update(), insert(jobs).returning(*jobs.c)):
        assert "jobs" in str(statement.compile(dialect=dialect))
