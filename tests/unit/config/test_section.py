from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from altmount.config.database import DatabaseSettings
from altmount.config.log import LogSettings
from altmount.config.section import one_line


def test_a_section_cannot_be_changed():
    section = DatabaseSettings()
    with pytest.raises(ValidationError):
        section.path = Path("other")


def test_an_error_does_not_quote_what_was_given():
    with pytest.raises(ValidationError) as caught:
        LogSettings(level="hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "a\0b"])
def test_a_path_must_be_one(text):
    with pytest.raises(ValidationError):
        DatabaseSettings(path=text)


def test_an_empty_path_that_may_be_left_out_is_none():
    assert LogSettings(file="").file is None
    assert LogSettings(file="a").file == Path("a")
    with pytest.raises(ValidationError):
        LogSettings(file="a\0")


def test_a_line_is_one_line():
    assert one_line("ä b") == "ä b"
    with pytest.raises(ValueError, match="line"):
        one_line("a\nb")
