"""An NZB as it is given back to clients."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from aiohttp import hdrs, web

from altmount.web.contents import attached_disposition

NZB = "application/x-nzb"


async def nzb_answer(
    request: web.Request, name: str, pieces: AsyncGenerator[bytes, None]
) -> web.StreamResponse:
    """Send an NZB while it is read, to be saved as ``<name>.nzb``.

    What reading it raises comes out of here, and becomes an answer if that is at its beginning.
    """
    async with aclosing(pieces):
        first = await anext(pieces, b"")
        response = web.StreamResponse(headers=to_be_saved(f"{name}.nzb"))
        response.content_type = NZB
        await response.prepare(request)
        await response.write(first)
        async for piece in pieces:
            await response.write(piece)
        await response.write_eof()
    return response


def to_be_saved(name: str) -> dict[str, str]:
    """The headers of what is not to be shown."""
    return {
        hdrs.CONTENT_DISPOSITION: attached_disposition(name),
        "X-Content-Type-Options": "nosniff",
    }
