from __future__ import annotations

import pytest
from pydantic import ValidationError

from altmount.config.api import ApiSettings


def test_origins_are_kept_without_a_slash_at_the_end():
    settings = ApiSettings(
        allowed_origins=["https://Player.example/", "http://localhost:3000", "*"]
    )
    assert settings.allowed_origins == ("https://player.example", "http://localhost:3000", "*")


@pytest.mark.parametrize(
    "text", ["player.example", "https://a/b", "https://", "https://a b", "a\nb"]
)
def test_what_is_not_an_origin(text):
    with pytest.raises(ValidationError):
        ApiSettings(allowed_origins=[text])


@pytest.mark.parametrize("text", ["api", "/api", "/api/"])
def test_the_prefix_begins_with_a_slash_and_does_not_end_with_one(text):
    assert ApiSettings(prefix=text).prefix == "/api"


@pytest.mark.parametrize("text", ["", "/", "/a/../b", "/a\nb"])
def test_what_is_not_a_prefix(text):
    with pytest.raises(ValidationError):
        ApiSettings(prefix=text)
