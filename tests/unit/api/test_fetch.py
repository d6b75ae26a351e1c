from __future__ import annotations

import gzip
import socket

import pytest
from aiohttp import web

from altmount.api.fetch import (
    Bounds,
    FetchError,
    FetchRefusedError,
    PrivateAddressError,
    fetch,
)
from altmount.errors import InvalidRequestError
from tests.support.program import free_port
from tests.support.serving import serving

HERE = ("127.0.0.1",)


class Site:
    """A web server that sends what it is told to."""

    def __init__(self):
        self.body = b"hello"
        self.status = 200
        self.location = None
        self.asked = 0

    async def handle(self, request):
        self.asked += 1
        if self.location and (not self.location.endswith("/end") or request.path != "/end"):
            return web.Response(status=302, headers={"Location": self.location})
        return web.Response(body=self.body, status=self.status)


@pytest.fixture
def site():
    return Site()


@pytest.fixture
async def port(site):
    application = web.Application()
    application.add_routes([web.get("/{path:.*}", site.handle)])
    async with serving(application) as port:
        yield port


def bounds(size=1000, seconds=5.0, hosts=HERE):
    return Bounds(size, seconds, hosts)


async def test_a_body_is_fetched(port):
    assert await fetch(f"http://127.0.0.1:{port}/a?b=c", bounds()) == b"hello"


async def test_a_body_is_bounded_packed_or_not(site, port):
    site.body = b"x" * 1001
    with pytest.raises(FetchRefusedError, match="more than 1000 bytes"):
        await fetch(f"http://127.0.0.1:{port}/", bounds())

    async def packed(_request):
        headers = {"Content-Encoding": "gzip"}
        return web.Response(body=gzip.compress(bytes(50_000_000)), headers=headers)

    site.handle = packed
    application = web.Application()
    application.add_routes([web.get("/", packed)])
    async with serving(application) as other:
        with pytest.raises(FetchRefusedError):
            await fetch(f"http://127.0.0.1:{other}/", bounds())


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[64:ff9b::7f00:1]:{port}/",
        "http://[2002:7f00:1::]:{port}/",
        "http://10.1.2.3/",
        "http://192.168.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://0.0.0.0:{port}/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
    ],
)
async def test_a_private_address_is_not_asked_unless_it_is_listed(site, port, url):
    with pytest.raises(PrivateAddressError):
        await fetch(url.format(port=port), bounds(hosts=()))
    assert site.asked == 0


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f000001", "0177.0.0.1"])
async def test_an_address_in_disguise_is_not_asked(site, port, host):
    with pytest.raises((InvalidRequestError, FetchError)):
        await fetch(f"http://{host}:{port}/", bounds(hosts=()))
    assert site.asked == 0


async def test_a_host_may_be_listed_by_name(port):
    url = f"http://localhost:{port}/"
    assert await fetch(url, bounds(hosts=("LocalHost",))) == b"hello"


async def test_a_redirect_does_not_lead_where_the_url_could_not(site, port):
    site.location = f"http://127.0.0.1:{port}/end"
    with pytest.raises(PrivateAddressError):
        await fetch(f"http://localhost:{port}/", bounds(hosts=("localhost",)))
    assert site.asked == 1
    site.location = "file:///etc/passwd"
    with pytest.raises(InvalidRequestError):
        await fetch(f"http://127.0.0.1:{port}/", bounds())


async def test_redirects_are_followed_and_bounded(site, port):
    site.location = "/end"
    assert await fetch(f"http://127.0.0.1:{port}/", bounds()) == b"hello"
    site.location, site.asked = "/again", 0
    with pytest.raises(FetchRefusedError, match="redirects"):
        await fetch(f"http://127.0.0.1:{port}/", bounds())
    assert site.asked == 4


@pytest.mark.parametrize(("status", "kind"), [(404, FetchRefusedError), (503, FetchError)])
async def test_a_status_that_is_no_body_is_an_error(site, port, status, kind):
    site.status = status
    with pytest.raises(kind, match=str(status)):
        await fetch(f"http://127.0.0.1:{port}/", bounds())


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://example.com/", "http://", "file:///etc"])
async def test_what_is_no_url_of_the_web_is_refused(url):
    with pytest.raises(InvalidRequestError):
        await fetch(url, bounds())


async def test_a_server_that_says_nothing_is_given_up():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(FetchError, match="took more than"):
            await fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/", bounds(seconds=0.05))


async def test_nobody_there_is_an_error():
    with pytest.raises(FetchError, match=r"127\.0\.0\.1"):
        await fetch(f"http://127.0.0.1:{free_port()}/", bounds())
