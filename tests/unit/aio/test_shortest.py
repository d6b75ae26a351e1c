from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.aio.shortest import Shortest


def test_it_is_the_shortest_of_full_sized_answers():
    shortest = Shortest()
    assert shortest.value is None
    for took, size in [(0.4, 700_000), (0.3, 700_000), (0.01, 5_000), (0.5, 700_000)]:
        shortest.add(took, size, 0.0)
    assert shortest.value == 0.3


def test_what_was_long_ago_does_not_count():
    shortest = Shortest()
    shortest.add(0.1, 1000, 0.0)
    for tenth in range(30):
        shortest.add(0.5, 1000, tenth / 10)
    assert shortest.value == 0.1
    for tenth in range(30, 200):
        shortest.add(0.5, 1000, tenth / 10)
    assert shortest.value == 0.5


def test_smaller_articles_are_measured_once_they_are_usual():
    shortest = Shortest()
    shortest.add(0.4, 700_000, 0.0)
    for tenth in range(2000):
        shortest.add(0.2, 300_000, tenth / 10)
    assert shortest.value == 0.2
    assert 290_000 < shortest.usual < 320_000


@given(st.lists(st.tuples(st.floats(0.001, 10), st.integers(1, 10**7), st.floats(0, 20))))
def test_it_is_one_of_the_times(answers):
    shortest, now = Shortest(), 0.0
    for took, size, later in answers:
        now += later
        shortest.add(took, size, now)
        assert shortest.value in {took for took, *_ in answers}
        assert 0 < shortest.usual <= max(size for _, size, _ in answers)
