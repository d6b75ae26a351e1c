from __future__ import annotations

import pytest
from aiohttp import web

from altmount.web.port import Port, path_of
from tests.support.serving import Client, serving


async def tell(request):
    return web.Response(text=path_of(request))


@pytest.mark.parametrize(
    ("base", "found"), [("", {"/a/5": b"/a/5"}), ("/alt", {"/a/5": b"/a/5", "/alt/a/5": b"/a/5"})]
)
async def test_each_address_is_there_also_below_the_base_path(base, found):
    port = Port(web.Application(), base)
    port.add_routes([web.get("/a/{id:[0-9]+}", tell)])
    async with serving(port.app) as number, Client.connect(number) as client:
        for path in ("/a/5", "/alt/a/5", "/alt/alt/a/5", "/alt/a/x"):
            answer = await client.get(path)
            assert answer.body == found.get(path, answer.body)
            assert (answer.status == 200) is (path in found)


def test_what_cares_where_it_lies_is_told():
    assert Port(web.Application(), "").prefixes("/webdav") == ["/webdav"]
    assert Port(web.Application(), "/alt").prefixes("/webdav") == ["/webdav", "/alt/webdav"]
