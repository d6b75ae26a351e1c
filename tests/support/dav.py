"""A WebDAV client that says exactly what it is told to, and answers taken apart."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from aiohttp import ClientSession, web
from yarl import URL

from altmount.web import errors
from tests.support.davlibrary import dav_front
from tests.support.people import taken_at_their_word
from tests.support.serving import serving

LOCK = (
    b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
    b"<D:locktype><D:write/></D:locktype><D:owner>me</D:owner></D:lockinfo>"
)


@dataclass
class Answer:
    status: int
    headers: object
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    @property
    def multistatus(self):
        return multistatus(self.body)


class Dav:
    """Asks below ``/webdav``."""

    def __init__(self, session, port, prefix="/webdav"):
        self.session, self.port, self.prefix = session, port, prefix

    def url(self, path):
        """The URL of a path that is percent-encoded already."""
        return URL(f"http://127.0.0.1:{self.port}{self.prefix}{path}", encoded=True)

    async def __call__(self, method, path, body=None, **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if "Destination" in sent and sent["Destination"].startswith("/"):
            sent["Destination"] = str(self.url(sent["Destination"]))
        async with self.session.request(
            method, self.url(path), data=body, headers=sent, allow_redirects=False
        ) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def lock(self, path, **headers):
        """Lock something; the token."""
        answer = await self("LOCK", path, LOCK, **headers)
        assert answer.status in {200, 201}, answer.text
        return answer.headers["Lock-Token"]

    async def names(self, path, depth="1"):
        """What is below a path, as far as it is told."""
        answer = await self("PROPFIND", path, Depth=depth)
        assert answer.status == 207, answer.text
        return sorted(answer.multistatus)


@asynccontextmanager
async def dav_client(library, prefix="/webdav", **options):
    """A client of the share of a library in memory."""
    async with dav_front(library, prefix, **options) as front:
        application = web.Application(middlewares=[errors.middleware, taken_at_their_word])
        application.add_routes(front.routes)
        async with serving(application) as port, ClientSession() as session:
            dav = Dav(session, port, prefix)
            dav.front = front
            yield dav


def multistatus(body):
    """Properties by href and status: {href: {200: {name: content}}}; content is canonical XML."""
    found = {}
    root = ET.fromstring(body)
    assert root.tag == "{DAV:}multistatus"
    for response in root:
        href = response.findtext("{DAV:}href")
        assert href not in found
        found[href] = stats = {}
        for stat in response.findall("{DAV:}propstat"):
            status = int(stat.findtext("{DAV:}status").split()[1])
            assert status not in stats
            stats[status] = {one.tag: content(one) for one in stat.find("{DAV:}prop")}
    return found


def content(element):
    """An element's content, the same however it was written down."""
    inner = element.text or ""
    for child in element:
        tail, child.tail = child.tail or "", None
        written = ET.tostring(child, encoding="unicode")
        canonical = ET.canonicalize(written, strip_text=True, rewrite_prefixes=True)
        inner += re.sub(r"Second-\d+", "Second-N", canonical) + tail
    return inner
