from __future__ import annotations

import pytest

from altmount.streaming.pace import Pace


def test_the_rate_is_that_of_the_last_ten_seconds():
    pace = Pace()
    assert (pace.rate, pace.stalled) == (0, False)
    pace.note(0, 5)
    assert (pace.rate, pace.stalled) == (0, False)
    for second in range(2, 12, 2):
        pace.note(second, 5 + 100 * second)
    assert pace.rate == pytest.approx(100)
    for second in range(12, 24, 2):
        assert not pace.stalled
        pace.note(second, 1105)
    assert (pace.rate, pace.stalled) == (0, True)
    pace.note(24, 1106)
    assert not pace.stalled
