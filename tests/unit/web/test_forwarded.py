from __future__ import annotations

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from altmount.web.forwarded import Behind, Proxies
from tests.support.serving import Client, serving

OURS = Proxies(["10.0.0.5", "127.0.0.0/8", "::1/128"])
NOTHING = Behind(None, None, None)


@pytest.mark.parametrize("peer", ["10.0.0.6", "192.168.1.1", "", "::2", "unix:"])
def test_strangers_are_not_believed(peer):
    assert OURS.behind(peer, "1.2.3.4", "https", "alt.example") is None


@pytest.mark.parametrize("peer", ["10.0.0.5", "127.0.0.1", "::1", "::ffff:10.0.0.5"])
def test_our_proxies_are(peer):
    told = OURS.behind(peer, "1.2.3.4", "https", "alt.example:8443")
    assert told == Behind("1.2.3.4", "https", "alt.example:8443")
    assert OURS.behind(peer, "", "", "") == NOTHING


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4, 10.0.0.5", "1.2.3.4"),
        ("127.0.0.1, 10.0.0.5", "127.0.0.1"),
        ("junk, 10.0.0.5", "10.0.0.5"),
        ("1.2.3.4, junk", None),
        ("1.2.3.4:5678", "1.2.3.4"),
        ("[2001:db8::1]:5678", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("unknown", None),
    ],
)
def test_the_last_that_is_no_proxy_of_ours_is_the_client(said, client):
    assert OURS.behind("127.0.0.1", said, "", "").client == client


@pytest.mark.parametrize(
    ("proto", "scheme"),
    [("https", "https"), ("HTTP", "http"), ("https, http", "http"), ("wss", None)],
)
def test_the_scheme_is_one_that_we_know(proto, scheme):
    assert OURS.behind("127.0.0.1", "", proto, "").scheme == scheme


@pytest.mark.parametrize(
    ("said", "host"),
    [
        ("alt.example", "alt.example"),
        ("evil.example, alt.example", "alt.example"),
        ("[::1]:80", "[::1]:80"),
        ("a b", None),
        ("alt.example/path", None),
        ("user@alt.example", None),
    ],
)
def test_the_host_is_one_that_could_be(said, host):
    assert OURS.behind("127.0.0.1", "", "", said).host == host


@given(st.text(), st.text(), st.text(), st.text())
def test_no_header_makes_it_fail_nor_lets_in_what_is_no_address(peer, said, proto, host):
    OURS.behind(peer, said, proto, host)
    told = OURS.behind("127.0.0.1", said, proto, host)
    assert told.client is None or Proxies([told.client])


async def test_what_comes_after_sees_the_client():
    async def tell(request):
        return web.Response(text=f"{request.remote} {request.scheme} {request.host}")

    application = web.Application(middlewares=[OURS.middleware])
    application.add_routes([web.post("/", tell)])
    headers = [
        "X-Forwarded-For: 6.6.6.6",
        "X-Forwarded-For: 1.2.3.4",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: alt.example",
    ]
    async with serving(application) as port, Client.connect(port) as client:
        answer = await client.get("/", *headers, method="POST")
        assert answer.body == b"1.2.3.4 https alt.example"
        assert (await client.get("/", method="POST")).body == b"127.0.0.1 http x"
        answer = await client.get("/", "X-Forwarded-Proto: https", method="POST")
        assert answer.body == b"127.0.0.1 https x"
