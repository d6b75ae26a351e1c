"""A server's HTTP side, as a player or a script sees it."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp
from aiohttp import hdrs
from yarl import URL

from altmount import __version__
from altmount.errors import InvalidRequestError, TemporaryError

_PATIENCE = aiohttp.ClientTimeout(total=30, sock_connect=5)
_MOST_BYTES = 4 << 20


class NoAnswerError(TemporaryError):
    """Nothing answers there, or it does not speak HTTP."""


@dataclass(frozen=True, slots=True)
class Login:
    """What is shown to be let in."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    """Its first 4 MiB."""

    @property
    def good(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def told(self, name: str = "") -> dict[str, Any]:
        """The JSON object that it is, or has by a name; an empty one if there is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        if name and isinstance(found, dict):
            found = found.get(name)
        return found if isinstance(found, dict) else {}


class Client:
    """Asks one server, logged in.

    Args:
        session: What is talked through.
        port: Of this machine.
    """

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session = session
        self._base = f"http://127.0.0.1:{port}"

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Any = None,  # noqa: ANN401 aiohttp's
    ) -> Reply:
        """What a server answers.

        Args:
            method: Of the request.
            path: Of the URL, quoted as it is sent.
            headers: Of the request.
            data: Its body.

        Raises:
            NoAnswerError: It does not.
        """
        url = URL(f"{self._base}{path}", encoded=True)
        try:
            async with self._session.request(
                method, url, headers=headers, data=data, allow_redirects=False
            ) as response:
                body = bytearray()
                async for piece in response.content.iter_chunked(1 << 16):
                    body += piece[: _MOST_BYTES - len(body)]
                    if len(body) == _MOST_BYTES:
                        break
                return Reply(response.status, response.headers, bytes(body))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise NoAnswerError(f"no answer from {self._base}{path}: {reason}") from None


@asynccontextmanager
async def asking(port: int, login: Login) -> AsyncIterator[Client]:
    """A client of what serves a port of this machine; closed with the block.

    Raises:
        InvalidRequestError: The login cannot be shown.
    """
    if ":" in login.user:
        raise InvalidRequestError("webdav.user has a colon, which none may have; choose another")
    shown = base64.b64encode(f"{login.user}:{login.password}".encode(errors="surrogateescape"))
    headers = {
        hdrs.AUTHORIZATION: f"Basic {shown.decode('ascii')}",
        hdrs.USER_AGENT: f"altmount doctor {__version__}",
    }
    async with aiohttp.ClientSession(
        headers=headers, timeout=_PATIENCE, auto_decompress=False
    ) as session:
        yield Client(session, port)
