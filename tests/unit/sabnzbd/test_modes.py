from __future__ import annotations

import pytest

from altmount.sabnzbd.modes import Mode, mode_of


@pytest.mark.parametrize(
    ("mode", "name", "found"),
    [
        ("version", "", Mode.VERSION),
        ("queue", "", Mode.QUEUE),
        ("queue", "delete", Mode.QUEUE_DELETE),
        ("history", "delete", Mode.HISTORY_DELETE),
        ("addfile", "A.Film.nzb", Mode.ADD_FILE),
        ("fullstatus", "", Mode.STATUS),
        ("queue", "purge", None),
        ("queue", "pause", None),
        ("QUEUE", "", None),
        ("shutdown", "", None),
        ("", "", None),
    ],
)
def test_a_request_asks_for_one_mode_or_for_none(mode, name, found):
    assert mode_of(mode, name) is found


def test_only_version_and_auth_need_no_key():
    assert {mode for mode in Mode if mode.open} == {Mode.VERSION, Mode.AUTH}
