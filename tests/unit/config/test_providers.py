from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from altmount.config.providers import ProviderSettings, with_unique_ids


def provider(**fields):
    return ProviderSettings(**{"host": "news.example", "port": 563} | fields)


def test_defaults():
    one = provider()
    assert (one.enabled, one.is_backup_provider, one.tls) == (True, False, False)
    assert (one.max_connections, one.inflight_requests) == (10, 10)


def test_a_password_is_not_in_its_repr():
    one = provider(password="hunter2")
    assert "hunter2" not in f"{one!r} {one}"
    assert one.password.get_secret_value() == "hunter2"


@given(
    st.sampled_from(
        [("port", 1, 65535), ("max_connections", 1, 500), ("inflight_requests", 1, 100)]
    ),
    st.integers(-10, 70_000),
)
def test_numbers_have_bounds(field, number):
    name, low, high = field
    if low <= number <= high:
        assert getattr(provider(**{name: str(number)}), name) == number
    else:
        with pytest.raises(ValidationError):
            provider(**{name: number})


@pytest.mark.parametrize("name", ["id", "name", "username", "password"])
@pytest.mark.parametrize("text", ["a\r\nQUIT", "a\n", "a\0"])
def test_nothing_can_be_smuggled_into_a_command(name, text):
    with pytest.raises(ValidationError):
        provider(**{name: text})


ids = st.sampled_from(["", "a", "b", "news.example", "news.example_2"])


@given(st.lists(ids, max_size=8))
def test_in_the_end_each_has_its_own_id(wishes):
    providers, warnings = with_unique_ids(tuple(provider(id=wish) for wish in wishes))
    made = [one.id for one in providers]
    assert len(set(made)) == len(made)
    assert "" not in made
    changed = [number for number, wish in enumerate(wishes) if made[number] != wish]
    assert len(warnings) == len(changed)
    for number, warning in zip(changed, warnings, strict=True):
        assert warning.startswith(f"providers[{number}] ")
    for wish in filter(None, wishes):
        assert made[wishes.index(wish)] == wish


@pytest.mark.parametrize(
    "url", ["", "socks5://proxy.lan:1080", "http://me:pa%40ss@10.0.0.1:3128", "socks4://[::1]:9"]
)
def test_a_proxy_has_a_kind_a_host_and_a_port(url):
    assert provider(proxy_url=url).proxy_url.get_secret_value() == url


@pytest.mark.parametrize(
    "url", ["proxy.lan:1080", "socks5://proxy.lan", "ftp://proxy.lan:1", "http://x:99999", "a\nb"]
)
def test_what_is_no_proxy_is_refused_without_showing_it(url):
    with pytest.raises(ValidationError) as caught:
        provider(proxy_url=url)
    assert url not in str(caught.value)
