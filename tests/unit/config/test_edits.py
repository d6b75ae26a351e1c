from __future__ import annotations

import pytest

from altmount.config.document import read_document
from altmount.config.edits import Drop, Order, Put, at, edited, text_of, tree_of

TREE = {"a": {"b": "1"}, "l": [{"id": "x"}, {"id": "y"}, "z"]}


@pytest.mark.parametrize(
    ("edit", "changes"),
    [
        (Put(("a", "b"), 2), {"a": {"b": "2"}}),
        (Put(("a", "c"), True), {"a": {"b": "1", "c": "true"}}),
        (Put(("n", "m"), ["v", None]), {"n": {"m": ["v", None]}}),
        (Put(("l", 1, "id"), "w"), {"l": [{"id": "x"}, {"id": "w"}, "z"]}),
        (Put(("l", 3), {}), {"l": [*TREE["l"], None]}),
        (Put(("n", 0, "id"), "w"), {"n": [{"id": "w"}]}),
        (Drop(("l", 1)), {"l": [{"id": "x"}, "z"]}),
        (Order(("l",), (2, 0, 1)), {"l": ["z", {"id": "x"}, {"id": "y"}]}),
    ],
)
def test_an_edit_changes_what_it_names_and_nothing_else(edit, changes):
    assert edited(TREE, edit) == TREE | changes


@pytest.mark.parametrize(
    "edit",
    [
        Put(("l", 4), 1),
        Put(("a", 0), 1),
        Put(("l", "x"), 1),
        Put(("a", "b", "c"), 1),
        Drop(("a", "b")),
        Drop(("n", 0)),
        Order(("a",), (0,)),
        Order(("l",), (0, 1, 7)),
    ],
)
def test_what_has_no_place_is_refused(edit):
    with pytest.raises((LookupError, TypeError)):
        edited(TREE, edit)


def test_a_place_that_is_not_there_has_nothing():
    assert at(TREE, ("l", 0, "id")) == "x"
    for loc in (("l", 9), ("n", "m"), ("a", "b", "c"), ("a", 0)):
        assert at(TREE, loc) is None


def test_a_document_and_a_value_are_told_alike():
    value = {"a": {"b": [1, True, "x", None]}, "c": {}}
    document = read_document(b"a: {b: [1, true, 'x', ~]}\nc: {}\n", "f")
    assert tree_of(document) == text_of(value) == {"a": {"b": ["1", "true", "x", None]}, "c": None}
