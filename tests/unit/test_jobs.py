from __future__ import annotations

import itertools

import pytest

from altmount.jobs import JobStateError, JobStatus

WAYS = {
    (JobStatus.QUEUED, JobStatus.RUNNING),
    (JobStatus.RUNNING, JobStatus.QUEUED),
    (JobStatus.RUNNING, JobStatus.COMPLETED),
    (JobStatus.RUNNING, JobStatus.FAILED),
    (JobStatus.FAILED, JobStatus.QUEUED),
}


@pytest.mark.parametrize(("now", "then"), list(itertools.product(JobStatus, JobStatus)))
def test_a_job_goes_only_where_there_is_a_way(now, then):
    if (now, then) in WAYS:
        assert now.to(then) is then
    else:
        with pytest.raises(JobStateError, match=f"{now} cannot become {then}"):
            now.to(then)
