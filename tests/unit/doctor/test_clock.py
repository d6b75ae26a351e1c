from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from altmount.doctor import clock
from altmount.doctor.clock import judged
from altmount.doctor.finding import Grade


@pytest.mark.parametrize(
    ("off_by", "grade"),
    [
        *(([0.4], Grade.OK), ([-25, 4000], Grade.OK)),
        *(([200], Grade.WARNING), ([-90], Grade.WARNING)),
        *(([-4000, 7000], Grade.ERROR), ([3e8], Grade.ERROR)),
    ],
)
def test_the_clock_is_judged_by_the_provider_that_agrees_best(off_by, grade):
    finding = judged(off_by)
    assert finding.grade is grade
    assert finding.facts["behind_seconds"] == min(off_by, key=abs)
    assert grade is Grade.OK or "timedatectl" in finding.fix


def test_which_way_it_is_off_is_told():
    assert "behind" in judged([4000]).text
    assert "ahead" in judged([-4000]).text


def test_without_a_provider_only_a_clock_of_before_our_time_is_found(monkeypatch):
    assert judged([]).grade is Grade.SKIPPED
    later = datetime.now(UTC) + timedelta(days=3000)
    monkeypatch.setattr(clock, "_installed", later.timestamp)
    assert judged([]).grade is Grade.ERROR
