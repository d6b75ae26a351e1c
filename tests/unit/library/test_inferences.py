from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.archives.model import Lead
from altmount.library.inferences import read_inferences, written_inferences
from altmount.reader.extents import ExtentMap
from altmount.reader.inference import Inference, Reliance
from altmount.reader.transform import Encrypted, Strand
from altmount.spans import Span
from tests.support.payloads import article_table
from tests.support.releases import same_map

TABLE = article_table([100] * 6)
LOCKED = Encrypted((Strand(96, 90, bytes(16), bytes(16)),))
runs = st.tuples(st.integers(0, 99), st.integers(1, 99)).map(lambda pair: Span(pair[0], sum(pair)))
inferences = st.builds(
    Inference,
    st.builds(
        Lead, st.sampled_from(["rar4", "rar5"]), st.none() | st.integers(0, 9), st.text(), runs
    ),
    st.lists(st.integers(0, 5), min_size=1, max_size=3).map(
        lambda articles: ExtentMap.joined(TABLE, articles)
    ),
    st.sampled_from([None, LOCKED, Encrypted(LOCKED.strands, LOCKED)]),
    st.none() | st.text(),
)


def facts(relied):
    return [(each.span, each.inference.lead, each.inference.password) for each in relied]


@given(st.lists(inferences, max_size=4), st.data())
def test_what_files_rely_on_comes_back_as_it_was(made, data):
    chosen = st.lists(st.builds(Reliance, runs, st.sampled_from(made)), max_size=4)
    entries = data.draw(st.lists(chosen if made else st.just([]), max_size=4))
    back = read_inferences(written_inferences(entries), TABLE)
    for index, relied in enumerate(entries):
        found = back.get(index, ())
        assert facts(found) == facts(relied)
        for one, other in zip(found, relied, strict=True):
            assert same_map(one.inference.head, other.inference.head)
            assert one.inference.transform == other.inference.transform
    seen = {id(each.inference) for relied in back.values() for each in relied}
    assert len(seen) == len({id(each.inference) for relied in entries for each in relied})


GOOD = {
    "sets": [["rar5", "a.mkv", None]],
    "volumes": [[0, 1, 5, 9, [[0, 0, 5]], []]],
    "reliances": [[0, 0, 9, 0]],
}


def test_the_good_one_is_one():
    assert read_inferences(json.dumps(GOOD).encode(), TABLE)[0][0].span == Span(0, 9)


@pytest.mark.parametrize(
    "change",
    [
        {"sets": []},
        {"volumes": [[0, 1, 5, 9, [[6, 0, 5]], []]]},
        {"volumes": [[0, 1, 5, 9, [[0, 99, 5]], []]]},
        {"volumes": [[0, 1, 9, 5, [[0, 0, 5]], []]]},
        {"volumes": [[0, 1, 5, 9, [[0, 0, 0]], []]]},
        {"volumes": [[0, 1, 5, 9, [[0, 0, 5]], [[[1, 2]]]]]},
        {"reliances": [[0, 9, 0, 0]]},
        {"reliances": [[0, 0, 9, 1]]},
        {"reliances": 7},
    ],
)
def test_what_makes_no_sense_is_refused(change):
    text = json.dumps(GOOD | change).encode()
    with pytest.raises((ValueError, TypeError, LookupError)):
        read_inferences(text, TABLE)
