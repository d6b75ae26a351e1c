from __future__ import annotations

import pytest
from pydantic import ValidationError

from altmount.config.log import LogSettings


@pytest.mark.parametrize(
    ("text", "level"), [("DEBUG", "debug"), (" warn ", "warn"), ("Warning", "warn")]
)
def test_levels_are_taken_as_people_write_them(text, level):
    assert LogSettings(level=text).level == level


def test_numbers_are_not_negative():
    with pytest.raises(ValidationError):
        LogSettings(max_backups=-1)
