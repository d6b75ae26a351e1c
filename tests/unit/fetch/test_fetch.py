from __future__ import annotations

import asyncio
import gzip
import socket
from datetime import UTC, datetime

import pytest
from aiohttp import web

from altmount.errors import InvalidRequestError
from altmount.fetch.errors import FetchError, FetchRefusedError, PrivateAddressError
from altmount.fetch.fetch import USER_AGENT, Bounds, fetch, retry_after
from altmount.fetch.hosts import PrivateHosts
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
        self.headers = {}
        self.agent = None

    async def handle(self, request):
        self.asked += 1
        self.agent = request.headers.get("User-Agent")
        if self.location and (not self.location.endswith("/end") or request.path != "/end"):
            return web.Response(status=302, headers={"Location": self.location})
        return web.Response(body=self.body, status=self.status, headers=self.headers)


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
    return Bounds(size, seconds, PrivateHosts(hosts), "the.setting")


async def test_a_body_is_fetched(port):
    assert (await fetch(f"http://127.0.0.1:{port}/a?b=c", bounds())).body == b"hello"


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
    with pytest.raises(PrivateAddressError, match=r"list it in the\.setting"):
        await fetch(url.format(port=port), bounds(hosts=()))
    assert site.asked == 0


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f000001", "0177.0.0.1"])
async def test_an_address_in_disguise_is_not_asked(site, port, host):
    with pytest.raises((InvalidRequestError, FetchError)):
        await fetch(f"http://{host}:{port}/", bounds(hosts=()))
    assert site.asked == 0


async def test_a_host_may_be_listed_by_name(port):
    url = f"http://localhost:{port}/"
    assert (await fetch(url, bounds(hosts=("LocalHost",)))).body == b"hello"


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
    assert (await fetch(f"http://127.0.0.1:{port}/", bounds())).body == b"hello"
    site.location, site.asked = "/again", 0
    with pytest.raises(FetchRefusedError, match="redirects"):
        await fetch(f"http://127.0.0.1:{port}/", bounds())
    assert site.asked == 6


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, FetchRefusedError),
        (401, FetchRefusedError),
        (404, FetchRefusedError),
        (408, FetchError),
        (429, FetchError),
        (500, FetchError),
        (503, FetchError),
    ],
)
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


async def test_it_says_who_asks(site, port):
    await fetch(f"http://127.0.0.1:{port}/", bounds())
    assert site.agent == USER_AGENT
    assert site.agent.startswith("altmount/")


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ('attachment; filename="A Film.nzb"', "A Film.nzb"),
        ("attachment; filename*=UTF-8''%C3%89t%C3%A9.nzb", "Été.nzb"),
        ("attachment", ""),
        ("nonsense; =", ""),
    ],
)
async def test_it_is_told_what_the_server_calls_it(site, port, header, named):
    site.headers = {"Content-Disposition": header}
    page = await fetch(f"http://127.0.0.1:{port}/get/b.nzb?id=1", bounds())
    assert (page.named, page.last) == (named, "b.nzb")


async def test_after_a_redirect_it_is_called_as_where_it_lies(site, port):
    site.location = "/end"
    assert (await fetch(f"http://127.0.0.1:{port}/a.nzb", bounds())).last == "end"


async def test_a_server_says_when_to_come_again(site, port):
    site.status, site.headers = 429, {"Retry-After": "17"}
    with pytest.raises(FetchError) as caught:
        await fetch(f"http://127.0.0.1:{port}/", bounds())
    assert caught.value.retry_after == 17


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("Wed, 25 Nov 2026 12:00:30 GMT", 30),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0),
        ("Wed, 25 Nov 2026 12:00:30", 0),
        ("soon", 0),
        ("-5", 0),
        ("", 0),
        ("9" * 40, 999_999_999),
    ],
)
def test_when_to_come_again_is_a_number_or_a_date(text, seconds):
    now = datetime(2026, 11, 25, 12, 0, 0, tzinfo=UTC)
    assert retry_after({"Retry-After": text}, now) == seconds


async def test_the_address_that_is_connected_to_is_the_one_that_was_checked(site, monkeypatch):
    """A name that leads elsewhere each time it is looked up (DNS rebinding) leads nowhere."""
    public, looked_up, connected = "93.184.215.14", [], []

    async def rebinding(host, number, **_):
        looked_up.append(host)
        found = ["127.0.0.1", public] if len(looked_up) == 1 else ["127.0.0.1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, number)) for one in found]

    async def connect(addr_infos, **_):
        connected.extend(info[4][0] for info in addr_infos)
        raise OSError("no way there")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", rebinding)
    monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", connect)
    with pytest.raises(FetchError):
        await fetch("http://rebinding.example/", bounds(hosts=()))
    assert connected == [public]
    with pytest.raises(PrivateAddressError):
        await fetch("http://rebinding.example/", bounds(hosts=()))
    assert connected == [public]
    assert looked_up == ["rebinding.example"] * 2
