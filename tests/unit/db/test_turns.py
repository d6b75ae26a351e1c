from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from altmount.db.turns import GAP, Turn, moved
from altmount.jobs import Priority


@st.composite
def queues(draw):
    """Turns in their order, some of them without room in between."""
    turns = []
    for number in range(draw(st.integers(1, 12))):
        place = draw(st.integers(-3, 3)) * draw(st.sampled_from([1, GAP]))
        turns.append(Turn(number + 1, draw(st.sampled_from(Priority)), place))
    return sorted(turns, key=in_turn)


def in_turn(turn):
    return (-turn.priority, turn.place, turn.id)


@given(queues(), st.data())
def test_a_job_is_where_it_was_put_and_the_others_keep_their_order(turns, data):
    job_id = data.draw(st.sampled_from([turn.id for turn in turns]))
    position = data.draw(st.integers(-3, 15))
    at, changed = moved(turns, job_id, position)
    now = {turn.id: turn for turn in turns} | {turn.id: turn for turn in changed}
    order = [turn.id for turn in sorted(now.values(), key=in_turn)]
    assert order.index(job_id) == at == min(max(position, 0), len(turns) - 1)
    others = [turn.id for turn in turns if turn.id != job_id]
    assert [each for each in order if each != job_id] == others
    for turn in turns:
        if turn.id != job_id:
            assert now[turn.id].priority is turn.priority


@given(queues(), st.data())
def test_nothing_is_written_that_is_as_it_was(turns, data):
    job_id = data.draw(st.sampled_from([turn.id for turn in turns]))
    _, changed = moved(turns, job_id, data.draw(st.integers(0, 12)))
    assert not set(changed) & set(turns)


def test_a_job_in_between_moves_alone():
    turns = [Turn(number, Priority.NORMAL, number * GAP) for number in range(1, 6)]
    assert moved(turns, 5, 1) == (1, [replace(turns[4], place=GAP + GAP // 2)])
