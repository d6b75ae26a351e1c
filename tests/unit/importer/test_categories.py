from __future__ import annotations

import pytest

from altmount.errors import InvalidRequestError
from altmount.importer.categories import NONE, Categories, Category
from altmount.jobs import Priority

TWO = Categories([Category("TV", "shows", Priority.HIGH), Category("Films", "films")])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("tv", "TV"), (" Films ", "Films"), ("", None), (None, None), ("*", None), ("Default", None)],
)
def test_a_category_is_known_in_any_case(wanted, found):
    assert TWO.find(wanted) == found


def test_what_is_not_a_category_is_told_with_those_there_are():
    with pytest.raises(InvalidRequestError, match="no category 'x'; there are TV, Films"):
        TWO.find("x")


def test_where_none_are_configured_every_name_is_one():
    assert NONE.find("music") == "music"
    assert NONE.find("*") is None


def test_one_may_be_called_default():
    assert Categories([Category("default", "x")]).find("DEFAULT") == "default"


def test_a_category_has_a_priority_and_all_else_is_normal():
    assert TWO.priority("tv") is Priority.HIGH
    assert [TWO.priority(name) for name in ("Films", None, "x")] == [Priority.NORMAL] * 3
