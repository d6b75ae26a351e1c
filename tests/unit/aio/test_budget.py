from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.aio.budget import ByteBudget


@given(st.lists(st.integers(1, 50)))
def test_M1_what_was_admitted_never_exceeds_the_limit(sizes):
    budget, held = ByteBudget(100), []
    for size in sizes:
        if budget.fits(size):
            budget.take(size)
            held.append(size)
        elif held:
            budget.give(held.pop(0))
        assert budget.used == sum(held) <= 100
    assert budget.most <= 100


def test_bytes_that_are_held_anyway_keep_others_out():
    budget = ByteBudget(100)
    budget.add(90)
    assert not budget.fits(20)


def test_who_listens_is_told_of_room():
    budget, told = ByteBudget(100), []
    budget.when_room(lambda: told.append(budget.used))
    budget.take(60)
    budget.give(60)
    assert told == [0]
