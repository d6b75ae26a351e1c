from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.nntp.lateness import Lateness

SIZE = 700_000


def test_nothing_is_late_soon_while_nothing_is_known():
    lateness = Lateness()
    assert lateness.late_after(SIZE) == 2.0
    for _ in range(7):
        lateness.add(0.3, SIZE, 0.0)
    assert lateness.late_after(SIZE) == 2.0


def test_late_is_what_takes_longer_than_nearly_all_of_its_size():
    lateness = Lateness()
    for number in range(64):
        lateness.add(5.0 if number % 32 == 0 else 0.4, SIZE, number)
        lateness.add(0.2, 5_000, number)
    assert lateness.answered_at == 63
    assert 0.4 < lateness.late_after(SIZE) < 1.0
    assert lateness.late_after(5_000) < 0.4


def test_a_line_that_is_slow_for_all_makes_nothing_late():
    lateness = Lateness()
    for _ in range(100):
        lateness.add(0.1, SIZE, 0.0)
    before = lateness.late_after(SIZE)
    for _ in range(100):
        lateness.add(1.0, SIZE, 0.0)
    assert before < 1.0 < lateness.late_after(SIZE)


@given(st.lists(st.tuples(st.floats(0, 1000), st.integers(1, 10**7)), max_size=200))
def test_it_is_never_absurd(answers):
    lateness = Lateness()
    for took, size in answers:
        lateness.add(took, size, 0.0)
        assert 0.15 <= lateness.late_after(size) <= 3.0
