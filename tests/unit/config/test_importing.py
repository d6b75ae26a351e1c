from __future__ import annotations

import pytest
from pydantic import ValidationError

from altmount.config.importing import ImportSettings


def test_extensions_have_a_dot_and_are_lower_case():
    settings = ImportSettings(allowed_file_extensions=["MKV", ".mp4", ".dvr-ms"])
    assert settings.allowed_file_extensions == (".mkv", ".mp4", ".dvr-ms")


@pytest.mark.parametrize("text", ["", ".", "a/b", "..", "a b", "x" * 40])
def test_what_is_not_an_extension(text):
    with pytest.raises(ValidationError):
        ImportSettings(allowed_file_extensions=[text])


def test_no_extensions_let_everything_in():
    assert ImportSettings(allowed_file_extensions=[]).allowed_file_extensions == ()


def test_the_defaults_are_extensions():
    default = ImportSettings().allowed_file_extensions
    assert ImportSettings(allowed_file_extensions=default).allowed_file_extensions == default
    assert len(default) == 23
