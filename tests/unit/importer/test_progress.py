from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from altmount.importer.progress import UNTRACKED, Progress, Stage, Track


def test_stages_follow_each_other_and_leave_nothing_out():
    stages = list(Stage)
    assert (stages[0].start, stages[-1].stop) == (0, 100)
    assert all(one.stop == other.start for one, other in pairwise(stages))


@given(st.sampled_from(Stage), st.floats(0, 1), st.floats(0, 1))
def test_who_has_done_more_is_further(stage, one, other):
    less, more = (Progress(stage, done).percentage for done in sorted([one, other]))
    assert stage.start <= less <= more <= min(stage.stop, 99)


@pytest.mark.parametrize(("done", "percentage"), [(-1.0, 95), (0.5, 97), (1.0, 99), (7.0, 99)])
def test_what_goes_on_is_not_all_done(done, percentage):
    assert Progress(Stage.PLACING, done).percentage == percentage


def test_a_track_tells_of_each_stage_that_it_has_begun_and_how_far_that_is():
    told = []
    track = Track(told.append)
    half = track.begin(Stage.CHECKING)
    half(0.5)
    track.begin(Stage.PROVING)
    assert told == [
        Progress(Stage.CHECKING, 0.0),
        Progress(Stage.CHECKING, 0.5),
        Progress(Stage.PROVING, 0.0),
    ]
    UNTRACKED.begin(Stage.CHECKING)(1.0)
