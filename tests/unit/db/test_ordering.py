from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert

from altmount.db.ordering import in_order
from altmount.db.schema import jobs, nodes

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def ordered(table, rows):
    """What comes out of a table in which rows may speak of whatever they like."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        if rows:
            connection.execute(insert(table), rows)
        found = [row.id for row in connection.execute(in_order(table))]
    engine.dispose()
    return found


def node(name, parent):
    return {"id": name, "parent": parent, "name": name, "created": NOW, "modified": NOW}


def leads_to(parents, name):
    """Whether the way up from it has an end."""
    for _ in parents:
        if (name := parents[name]) is None:
            return True
        if name not in parents:
            return False
    return False


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.none() | st.sampled_from("abcdefghx")))
def test_whatever_has_a_way_up_comes_once_and_after_what_it_hangs_on(parents):
    found = ordered(nodes, [node(name, parent) for name, parent in parents.items()])
    assert sorted(found) == sorted(name for name in parents if leads_to(parents, name))
    for at, name in enumerate(found):
        assert parents[name] is None or parents[name] in found[:at]


def test_other_tables_come_in_the_order_of_their_keys():
    rows = [
        {
            "id": number,
            "release": f"{number}",
            "name": "n",
            "status": "queued",
            "created": NOW,
            "size": 0,
            "place": -number,
        }
        for number in (3, 1, 2)
    ]
    assert ordered(jobs, rows) == [1, 2, 3]
