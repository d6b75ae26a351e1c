from __future__ import annotations

import asyncio
import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from altmount.articles import Urgency
from altmount.nntp.commands import Command, Verb
from altmount.nntp.exchange import Exchange
from altmount.nntp.queue import Queue
from tests.support.payloads import message_id

AHEAD, LATER = Urgency.PLAYBACK_AHEAD, Urgency.PLAYBACK_LATER


class Reader:
    pass


class Answer:
    """As much of a future as a queue looks at."""

    def __init__(self):
        self.over = False

    def done(self):
        return self.over


def exchange(index, urgency=AHEAD):
    return Exchange(Command(Verb.BODY, message_id(index)), urgency, 1000, Answer())


def serve(queue):
    first = queue.first()
    queue.pop(first)
    return first


@given(st.lists(st.sampled_from(list(Urgency)), max_size=15))
def test_the_more_urgent_is_served_first_and_the_older_of_equals(urgencies):
    queue = Queue()
    pushed = [exchange(index, urgency) for index, urgency in enumerate(urgencies)]
    for one in pushed:
        queue.push(one)
    assert len(queue) == len(pushed)
    served = [serve(queue) for _ in pushed]
    assert served == sorted(pushed, key=lambda one: one.urgency)
    assert queue.first() is None


def test_readers_are_served_in_turn_however_much_each_asks_for():
    queue, greedy, modest = Queue(), Reader(), Reader()
    for index in range(60):
        queue.push(exchange(index), greedy)
    for _ in range(10):
        serve(queue)
    for index in range(60, 70):
        queue.push(exchange(index), modest)
    served = [serve(queue).command.message_id for _ in range(20)]
    new = {message_id(index) for index in range(60, 70)}
    assert sum(one in new for one in served) == 10
    assert all(sum(one in new for one in served[:count]) >= count // 2 - 1 for count in range(20))


def test_a_reader_that_comes_back_has_saved_up_nothing():
    queue, steady, idle = Queue(), Reader(), Reader()
    queue.push(exchange(0), idle)
    serve(queue)
    for index in range(1, 101):
        queue.push(exchange(index), steady)
        serve(queue)
    for index in range(200, 210):
        queue.push(exchange(index), steady)
    for index in range(300, 310):
        queue.push(exchange(index), idle)
    served = [int(serve(queue).command.message_id[3:9]) for _ in range(10)]
    assert Counter(number >= 300 for number in served) == {True: 5, False: 5}


def test_what_nobody_waits_for_leaves_a_crumb_to_what_is_less_urgent():
    queue = Queue()
    for index in range(100):
        queue.push(exchange(index, LATER))
    for index in range(100, 103):
        queue.push(exchange(index, Urgency.IMPORT))
    queue.push(exchange(103, Urgency.HEALTH))
    served = [serve(queue).urgency for _ in range(70)]
    assert served[:16] == [LATER] * 16
    assert [one for one in served if one is not LATER] == [Urgency.IMPORT] * 3 + [Urgency.HEALTH]


@pytest.mark.parametrize("urgency", [one for one in Urgency if one is not LATER])
def test_what_somebody_waits_for_leaves_no_crumbs(urgency):
    queue = Queue()
    queue.push(exchange(0, Urgency.HEALTH))
    for index in range(1, 100):
        queue.push(exchange(index, urgency))
    served = [int(serve(queue).command.message_id[3:9]) for _ in range(100)]
    assert served.index(0) == (0 if urgency is Urgency.HEALTH else 99)


class Model(RuleBasedStateMachine):
    """Whatever is asked for, hurried, given up and handed out, in whatever order."""

    def __init__(self):
        super().__init__()
        self.queue = Queue()
        self.readers = [Reader() for _ in range(3)]
        self.waiting = []
        self.numbers = itertools.count()
        self.later_in_a_row = 0

    @rule(urgency=st.sampled_from(list(Urgency)), reader=st.integers(0, 2))
    def push(self, urgency, reader):
        one = exchange(next(self.numbers) // 2, urgency)  # two ask for each article
        self.queue.push(one, self.readers[reader])
        self.waiting.append(one)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def give_up(self, data):
        one = data.draw(st.sampled_from(self.waiting))
        self.waiting.remove(one)
        one.answer.over = True
        self.queue.drop(one)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data(), urgency=st.sampled_from(list(Urgency)))
    def hurry(self, data, urgency):
        name = data.draw(st.sampled_from(self.waiting)).command.message_id
        slower = [
            one for one in self.waiting if one.command.message_id == name and one.urgency > urgency
        ]
        assert self.queue.hurry(name, urgency) == bool(slower)
        assert all(one.urgency is urgency for one in slower)

    @precondition(lambda self: self.waiting)
    @rule()
    def hand_out(self):
        served = serve(self.queue)
        self.waiting.remove(served)
        served.connection = object()
        best = min(one.urgency for one in self.waiting) if self.waiting else served.urgency
        if served.urgency > best:  # strict, but for the one crumb
            assert best is LATER
            assert self.later_in_a_row >= 16
        same = [one for one in self.waiting if one.urgency is served.urgency]
        assert all(served.turn <= one.turn for one in same)
        self.later_in_a_row = self.later_in_a_row + 1 if served.urgency is LATER else 0

    @precondition(lambda self: self.waiting)
    @rule()
    def put_back(self):
        served = serve(self.queue)
        self.queue.push_back(served)

    @invariant()
    def it_knows_who_waits(self):
        assert len(self.queue) == len(self.waiting)
        assert set(map(id, self.queue)) == set(map(id, self.waiting))
        assert sum(self.queue.lengths) == len(self.waiting)
        names = {one.command.message_id for one in self.waiting}
        assert self.queue._by_article.keys() == names


TestModel = Model.TestCase


@given(st.lists(st.integers(1, 30), min_size=2, max_size=6), st.data())
def test_readers_that_all_want_more_get_the_same(wants, data):
    """However much each asks for at once, and whoever asks first."""
    queue, readers = Queue(), [Reader() for _ in wants]
    owners, number = {}, itertools.count()

    def ask(which):
        one = exchange(next(number), LATER)
        owners[one] = which
        queue.push(one, readers[which])

    for which in data.draw(st.permutations(range(len(wants)))):
        for _ in range(wants[which]):
            ask(which)
    got = Counter()
    for _ in range(40 * len(wants)):
        which = owners[serve(queue)]
        got[which] += 1
        ask(which)
    assert max(got.values()) - min(got.values()) <= 1


def test_who_is_hurried_is_there_once_and_who_has_left_not_at_all():
    queue = Queue()
    slow, gone = exchange(1, Urgency.HEALTH), exchange(2, Urgency.SCAN)
    queue.push(slow)
    queue.push(gone)
    gone.answer.over = True
    queue.drop(gone)
    assert len(queue) == 1
    queue.hurry(message_id(1), Urgency.PLAYBACK_NOW)
    assert list(queue) == [slow]
    assert serve(queue) is slow
    slow.connection = object()
    assert len(queue) == 0
    assert queue.first() is None
    assert queue.clear() == []


async def test_a_reader_that_has_gone_is_not_remembered():
    queue = Queue()
    reader = Reader()
    queue.push(exchange(1), reader)
    serve(queue)
    del reader
    await asyncio.sleep(0)
    assert len(queue._turns) == 0


def test_one_that_is_cancelled_as_all_are_taken_out_is_counted_once():
    queue = Queue()
    leaving, staying = exchange(0), exchange(1)
    queue.push(leaving)
    queue.push(staying)
    leaving.answer.over = True
    assert queue.clear() == [staying]
    queue.drop(leaving)  # what its caller does a step of the loop later
    assert len(queue) == 0
