from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from altmount.importer.sampling import sample


@given(st.lists(st.integers(0, 400), max_size=20), st.integers(1, 100), st.integers(0, 9))
def test_the_ends_and_the_middle_of_each_file_are_asked_after_and_some_by_chance(
    counts, percent, seed
):
    found = sample(counts, percent, random.Random(seed))
    assert len(found) == len(counts)
    for asked, count in zip(found, counts, strict=True):
        assert all(0 <= index < count for index in asked)
        assert not count or {0, (count - 1) // 2, count - 1} <= asked
    total = sum(counts)
    if percent == 100:
        assert sum(map(len, found)) == total
    else:
        assert sum(map(len, found)) <= 3 * len(counts) + 55
        assert sum(map(len, found)) >= min(total, 5)


def test_of_a_large_file_five_to_fifty_five_articles_are_asked_after():
    assert len(sample([100_000], 1)[0]) in range(53, 57)
    assert {0, 1, 2, 199, 398, 399} <= sample([400], 1)[0]
