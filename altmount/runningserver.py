"""The server that has the library, as commands talk to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import aiohttp

from altmount.config.settings import Settings
from altmount.errors import InvalidRequestError, TemporaryError


class RunningServer:
    """The API of the server.

    Args:
        session: What is talked through, logged in.
        base: The address of the API.
    """

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base

    async def get(self, path: str) -> Any:  # noqa: ANN401 whatever JSON has
        """What is at a path of the API.

        Raises:
            InvalidRequestError: The server refuses that, and says why.
            aiohttp.ClientError: It does not answer.
        """
        async with self._session.get(f"{self._base}{path}") as response:
            return await _data(response)

    async def post(
        self,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        form: aiohttp.FormData | None = None,
    ) -> Any:  # noqa: ANN401 whatever JSON has
        """What comes of sending something to a path of the API; raises as :meth:`get`."""
        async with self._session.post(f"{self._base}{path}", json=json, data=form) as response:
            return await _data(response)


@asynccontextmanager
async def running_server(settings: Settings) -> AsyncIterator[RunningServer]:
    """The server on this machine that has these settings.

    Raises:
        TemporaryError: Inside the block: it does not answer.
    """
    webdav = settings.webdav
    base = f"http://127.0.0.1:{webdav.port}{settings.api.prefix}"
    login = aiohttp.BasicAuth(webdav.user, webdav.password.get_secret_value(), "utf-8")
    patience = aiohttp.ClientTimeout(sock_connect=30)  # what is asked for may take its time
    try:
        async with aiohttp.ClientSession(auth=login, timeout=patience) as session:
            yield RunningServer(session, base)
    except aiohttp.ClientError as error:
        raise TemporaryError(
            f"another program uses the library, but no server answers at {base}: {error}"
        ) from None


async def _data(response: aiohttp.ClientResponse) -> Any:  # noqa: ANN401 whatever JSON has
    answer = await response.json()
    if response.status >= HTTPStatus.BAD_REQUEST:
        raise InvalidRequestError(answer["error"]["message"])
    return answer["data"]
