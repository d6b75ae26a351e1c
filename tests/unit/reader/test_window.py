from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.reader.window import Window


def test_a_reader_that_waits_gets_twice_as_much_each_time_round():
    window = Window(2, 60)
    sizes = []
    for _ in range(62):
        window.took(waited=True)
        sizes.append(window.size)
    assert list(dict.fromkeys(sizes)) == [2, 4, 8, 16, 32, 60]


def test_a_client_that_takes_its_time_keeps_it_small():
    window = Window(2, 60)
    for _ in range(1000):
        window.took(waited=False)
    assert window.size == 2


@given(st.integers(1, 80), st.integers(1, 80), st.lists(st.booleans(), max_size=300))
def test_it_never_shrinks_and_stays_within_bounds(first, most, waits):
    window = Window(first, most)
    before = window.size
    for waited in waits:
        window.took(waited=waited)
        assert before <= window.size <= most
        before = window.size
