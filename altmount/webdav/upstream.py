"""What the front door passes on to wsgidav, and what it passes back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    UnixConnector,
    hdrs,
    web,
)
from yarl import URL

from altmount.errors import TemporaryError
from altmount.web.errors import RETRY_AFTER_SECONDS

_OURS = frozenset(
    name.lower()
    for name in (
        # Hop by hop (RFC 9110, 7.6.1), or aiohttp's to say
        *("Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "TE", "Trailer"),
        *("Transfer-Encoding", "Upgrade", "Date", "Server"),
    )
)


class UpstreamError(TemporaryError):
    """wsgidav did not answer."""


class Upstream:
    """A client of wsgidav's private socket."""

    def __init__(self, session: ClientSession) -> None:
        self._session = session

    @classmethod
    @asynccontextmanager
    async def connected(cls, socket: Path, *, places: int) -> AsyncIterator[Upstream]:
        """A client of the server at a socket, which works on so many requests at once."""
        connector = UnixConnector(str(socket), limit=places)
        async with ClientSession(
            connector=connector,
            auto_decompress=False,
            timeout=ClientTimeout(total=None, sock_connect=10),
            skip_auto_headers=[hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.USER_AGENT],
        ) as session:
            yield cls(session)

    async def pass_on(
        self, request: web.Request, path: str, headers: Mapping[str, str], body: bytes
    ) -> web.StreamResponse:
        """Have a request answered.

        Cancelling drops the connection; what wsgidav has begun it finishes.

        Args:
            request: Whose method it is, and who is answered.
            path: What wsgidav calls the resource, percent-encoded once more.
            headers: All that it gets to see.
            body: Likewise.

        Raises:
            UpstreamError: There was no answer.
        """
        url = URL(f"http://webdav{path}", encoded=True)
        try:
            async with self._session.request(
                request.method,
                url,
                headers=headers,
                data=body or None,
                allow_redirects=False,
            ) as answer:
                response = web.StreamResponse(status=answer.status, reason=answer.reason)
                for name, value in answer.headers.items():
                    if name.lower() not in _OURS:
                        response.headers.add(name, value)
                if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
                    response.headers[hdrs.RETRY_AFTER] = str(RETRY_AFTER_SECONDS)
                if _is_decoration(answer):
                    del response.headers[hdrs.CONTENT_TYPE], response.headers[hdrs.CONTENT_LENGTH]
                    response.content_length = 0
                    return response
                await response.prepare(request)
                async for block in answer.content.iter_any():
                    await response.write(block)
                await response.write_eof()
                return response
        except ClientError as error:
            raise UpstreamError(f"the WebDAV server did not answer: {error}") from None


def _is_decoration(answer: ClientResponse) -> bool:
    """Whether a body is a page that wsgidav made of a status that says all."""
    kind = answer.headers.get(hdrs.CONTENT_TYPE, "")
    return answer.status == HTTPStatus.CREATED and kind.startswith("text/html")
