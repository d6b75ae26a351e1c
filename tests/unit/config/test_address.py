from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from altmount.config.address import Host

host = TypeAdapter(Host).validate_python


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("news.example.com", "news.example.com"),
        (" news.example.com. ", "news.example.com"),
        ("localhost", "localhost"),
        ("news_server", "news_server"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_names_and_addresses(text, name):
    assert host(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "a..b",
        "https://news.example",
        "news.example:563",
        "news.example/x",
        "me@news.example",
        "-a.example",
        "1.2.3.999",
        "a b",
        "a\r\nb",
        "x" * 64,
        "a." * 127 + "aa",
        "ü" * 300,
    ],
)
def test_what_is_neither(text):
    with pytest.raises(ValidationError):
        host(text)


@given(st.text(max_size=40))
def test_whatever_passes_is_safe_to_send_and_passes_again(text):
    try:
        name = host(text)
    except ValidationError:
        return
    assert name.isascii()
    assert name.isprintable()
    assert not set(name) & set("/@[] ")
    assert host(name) == name
