from __future__ import annotations

import json

from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from altmount.sabnzbd.answer import DONE, Answer, as_json, as_xml, failure


def test_json_has_the_data_under_its_word_and_what_the_ancestor_put_beside_it():
    assert json.loads(as_json(Answer("queue", {"slots": []}))) == {"queue": {"slots": []}}
    beside = Answer("version", "4.5.0", {"status": True})
    assert json.loads(as_json(beside)) == {"status": True, "version": "4.5.0"}
    assert json.loads(as_json(DONE)) == {"status": True}
    assert json.loads(as_json(failure("no"))) == {"status": False, "error": "no"}


def test_xml_is_as_sabnzbd_writes_it():
    slots = [{"nzo_id": "a", "labels": ["x", "y"]}, {"nzo_id": "b", "labels": []}]
    text = as_xml(Answer("queue", {"paused": False, "slots": slots, "none": None}))
    assert text.startswith('<?xml version="1.0" encoding="UTF-8" ?>\n<queue>')
    queue = ElementTree.fromstring(text)
    assert queue.findtext("paused") == "False"
    assert queue.findtext("none") == "None"
    assert [slot.findtext("nzo_id") for slot in queue.find("slots")] == ["a", "b"]
    assert [slot.tag for slot in queue.find("slots")] == ["slot", "slot"]
    assert [item.text for item in queue.find("slots/slot/labels")] == ["x", "y"]
    assert {item.tag for item in queue.find("slots/slot/labels")} == {"item"}


def test_xml_has_its_own_words_for_the_parts_of_some_lists():
    text = as_xml(Answer("categories", ["*", "TV"]))
    assert [one.tag for one in ElementTree.fromstring(text)] == ["category", "category"]
    text = as_xml(Answer("files", [{"filename": "a"}]))
    assert [one.tag for one in ElementTree.fromstring(text)] == ["file"]


def test_xml_without_a_word_is_a_result_and_has_nothing_beside_it():
    result = ElementTree.fromstring(as_xml(failure("a & b")))
    assert (result.tag, result.findtext("error")) == ("result", "a & b")
    assert "status" not in as_xml(Answer("version", "4.5.0", {"status": True}))


_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), _DATA, max_size=4))
def test_whatever_is_told_is_well_formed(data):
    assert json.loads(as_json(Answer("", data))) == data
    assert ElementTree.fromstring(as_xml(Answer("data", data)).encode()).tag == "data"
