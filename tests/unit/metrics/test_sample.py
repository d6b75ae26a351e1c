from __future__ import annotations

import pytest

from altmount.articles import Urgency
from tests.support.samples import account, sample


def test_amplification_is_what_players_cost_over_what_they_got():
    one = account()
    one.tally.decoded_bytes[Urgency.PLAYBACK_NOW] = 100
    one.tally.decoded_bytes[Urgency.PLAYBACK_AHEAD] = 150
    one.tally.decoded_bytes[Urgency.PLAYBACK_LATER] = 50
    one.tally.decoded_bytes[Urgency.IMPORT] = 5000
    assert sample([one, one], sent=400).amplification == pytest.approx(1.5)


def test_there_is_none_while_nothing_was_sent():
    assert sample([account()], sent=0).amplification is None
