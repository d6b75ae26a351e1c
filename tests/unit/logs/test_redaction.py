from __future__ import annotations

import pytest

from altmount.logs.redaction import redacted

SECRET = "s3cret-Word"


@pytest.mark.parametrize(
    "text",
    [
        f"GET http://indexer/api?t=get&apikey={SECRET}&id=5",
        f"http://me:{SECRET}@news.example:119/x",
        f"sent AUTHINFO PASS {SECRET}",
        f"Authorization: Basic {SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"/api/files/stream?path=/a&download_key={SECRET}",
        f"/files/a.mkv?expires=5&signature={SECRET}",
        f"X-Api-Key: {SECRET}",
        f"headers {{'X-JWT': '{SECRET}'}}",
        f"Cookie: theme=dark; JWT={SECRET}",
    ],
)
def test_a_secret_is_hidden_and_the_rest_stays(text):
    assert SECRET not in redacted(text)
    assert redacted(text).startswith(text[:5])


def test_what_stands_around_it_stays():
    assert redacted("https://me:pw@host/p?apikey=k&id=5") == "https://me:***@host/p?apikey=***&id=5"


@pytest.mark.parametrize(
    "text",
    ["'Film (2020).mkv' is imported", "12:30:15 http://host:8080/files", "the basic idea", "a=b"],
)
def test_what_is_none_is_left_alone(text):
    assert redacted(text) == text
