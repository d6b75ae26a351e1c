from __future__ import annotations

import itertools

import pytest

from altmount.jobs import JobStateError, JobStatus, Step

WAYS = {
    Step.CLAIM: ({"queued"}, "running"),
    Step.GIVE_BACK: ({"running"}, "queued"),
    Step.COMPLETE: ({"running"}, "completed"),
    Step.FAIL: ({"running"}, "failed"),
    Step.CANCEL: ({"queued", "paused", "running"}, "failed"),
    Step.PAUSE: ({"queued", "running"}, "paused"),
    Step.RESUME: ({"paused"}, "queued"),
    Step.RETRY: ({"completed", "failed", "queued", "paused"}, "queued"),
}


@pytest.mark.parametrize(("step", "now"), list(itertools.product(Step, JobStatus)))
def test_a_job_goes_only_where_there_is_a_way(step, now):
    start, end = WAYS[step]
    if now.value in start:
        assert step.of(now).value == end
    else:
        with pytest.raises(JobStateError, match=f"{now} cannot become {end}"):
            step.of(now)
