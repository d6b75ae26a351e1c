from __future__ import annotations

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from altmount.articles import Urgency
from altmount.nntp.commands import Command, Verb
from altmount.nntp.exchange import Exchange
from altmount.nntp.queue import Queue
from tests.support.payloads import message_id

AHEAD = Urgency.PLAYBACK_AHEAD


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


def test_read_ahead_without_end_leaves_a_crumb_to_what_is_less_urgent():
    queue = Queue()
    for index in range(100):
        queue.push(exchange(index))
    for index in range(100, 103):
        queue.push(exchange(index, Urgency.IMPORT))
    served = [serve(queue).urgency for _ in range(60)]
    assert 2 <= served.count(Urgency.IMPORT) <= 4
    assert served[:16] == [AHEAD] * 16


def test_what_a_player_waits_for_leaves_no_crumbs():
    queue = Queue()
    queue.push(exchange(0, Urgency.IMPORT))
    for index in range(1, 100):
        queue.push(exchange(index, Urgency.PLAYBACK_NOW))
    assert [serve(queue).urgency for _ in range(99)] == [Urgency.PLAYBACK_NOW] * 99


def test_who_is_hurried_is_there_once_and_who_has_left_not_at_all():
    queue = Queue()
    slow, gone = exchange(1, Urgency.HEALTH), exchange(2, Urgency.SCAN)
    queue.push(slow)
    queue.push(gone)
    gone.answer.over = True
    queue.drop()
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
    queue.drop()  # what its caller does a step of the loop later
    assert len(queue) == 0
