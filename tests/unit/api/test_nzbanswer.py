from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from altmount.api.nzbanswer import nzb_answer
from altmount.errors import NotFoundError
from altmount.web import errors


class Kept:
    """Pieces of an NZB, the last of which may be an error."""

    def __init__(self, *pieces):
        self._pieces = pieces
        self.closed = False

    async def read(self):
        try:
            for piece in self._pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.closed = True


async def asked(kept):
    """What a client gets of an NZB."""

    async def handler(request):
        return await nzb_answer(request, "Fílm", kept.read())

    app = web.Application(middlewares=[errors.middleware])
    app.router.add_get("/api/nzb", handler)
    async with TestClient(TestServer(app)) as client, client.get("/api/nzb") as response:
        return response, await response.read()


@pytest.mark.parametrize("pieces", [(b"<nzb>", b"x" * 100_000, b"</nzb>"), (b"a",), ()])
async def test_all_pieces_are_sent_to_be_saved(pieces):
    kept = Kept(*pieces)
    response, body = await asked(kept)
    assert (response.status, response.content_type) == (200, "application/x-nzb")
    assert response.headers["Content-Disposition"] == "attachment; filename*=UTF-8''F%C3%ADlm.nzb"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert body == b"".join(pieces)
    assert kept.closed


async def test_what_cannot_be_read_at_all_is_told():
    kept = Kept(NotFoundError("its NZB is not kept"))
    response, body = await asked(kept)
    assert response.status == 404
    assert b"its NZB is not kept" in body
    assert kept.closed


async def test_what_cannot_be_read_to_its_end_does_not_look_whole():
    kept = Kept(b"x" * 100_000, NotFoundError("it is damaged"))
    with pytest.raises(aiohttp.ClientPayloadError):
        await asked(kept)
    assert kept.closed
