from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from altmount.reader.window import Window

ARTICLE = 700_000
PLENTY = 1 << 40


class Client:
    """Takes articles at its own pace, or as they come, out of a window over a slow line."""

    def __init__(self, round_trip, pace, *, most=PLENTY, first=1):
        self.window = Window(first, 0.0)
        self.round_trip, self.pace, self.most = round_trip, pace, most
        self.now = 0.0
        self.waits = 0
        self.coming = [0.0]  # when each article that is ahead was asked for
        self.most_ahead = 0

    def play(self, articles):
        for _ in range(articles):
            asked = self.coming.pop(0)
            lands = asked + self.round_trip
            waited = lands > self.now
            self.waits += waited
            self.now = max(self.now, lands)
            if self.pace:
                self.now += ARTICLE / self.pace
            self.window.took(
                ARTICLE, waited=waited, trip=self.round_trip, most=self.most, now=self.now
            )
            while not self.coming or (len(self.coming) + 1) * ARTICLE <= self.window.size:
                self.coming.append(self.now)
            self.most_ahead = max(self.most_ahead, len(self.coming) * ARTICLE)


def test_a_reader_that_waits_gets_twice_as_much_each_time_round():
    client = Client(0.5, 0, most=60 * ARTICLE)
    sizes = []
    for _ in range(130):
        client.play(1)
        sizes.append(client.window.size // ARTICLE)
    assert list(dict.fromkeys(sizes)) == [0, 2, 4, 8, 16, 32, 60]


def test_a_client_that_takes_its_time_keeps_it_small():
    client = Client(0.02, 2e6)
    client.play(1000)
    assert client.waits <= 3
    assert client.most_ahead <= 4 * ARTICLE


def test_a_client_that_took_all_at_first_and_then_plays_gives_memory_back():
    client = Client(0.1, 0, most=80 * ARTICLE)
    client.play(300)
    assert client.window.size == 80 * ARTICLE
    client.pace = 5e6
    client.play(300)
    assert client.window.size <= 2 * 5e6 * 1.1
    waits = client.waits
    client.play(300)
    assert client.waits == waits


@given(st.floats(0.001, 2), st.floats(0.5e6, 50e6))
def test_a_client_with_a_pace_soon_never_waits_and_has_no_more_than_it_needs(round_trip, pace):
    client = Client(round_trip, pace)
    client.play(1000)
    waits = client.waits
    client.play(500)
    assert client.waits == waits
    assert client.most_ahead <= 4 * pace * (round_trip + 1) + 2 * ARTICLE


@given(
    st.integers(1, 10**8),
    st.lists(
        st.tuples(
            st.integers(1, 10**7),
            st.booleans(),
            st.floats(0, 10),
            st.integers(1, 10**9),
            st.floats(0, 100),
        ),
        max_size=300,
    ),
)
def test_it_stays_within_bounds_whatever_happens(first, takes):
    window, now = Window(first, 0.0), 0.0
    for size, waited, trip, most, later in takes:
        now += later
        before = window.size
        window.took(size, waited=waited, trip=trip, most=most, now=now)
        assert window.size == before or 0 < window.size <= most
