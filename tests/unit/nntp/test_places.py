from __future__ import annotations

from altmount.nntp.places import Places


def test_who_waits_for_a_place_is_told_when_one_is_free():
    places, told = Places(2), []
    listener = lambda: told.append(places.taken)  # noqa: E731
    places.when_free(listener)
    places.take()
    places.take()
    places.give()
    assert told == [1]
    places.forget(listener)
    places.give()
    assert told == [1]
    assert places.taken == 0
