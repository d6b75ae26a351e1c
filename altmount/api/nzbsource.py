"""Where a speed test's NZB comes from."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Protocol

from altmount.aio.uninterrupted import uninterrupted
from altmount.api.trialposts import TrialPost, post_of
from altmount.errors import InvalidRequestError
from altmount.fetch.fetch import Bounds, fetch
from altmount.fetch.page import Page
from altmount.nzb.model import Nzb

MAX_NZB_BYTES = 32 * 1024 * 1024
"""The largest NZB that is taken for a test, in bytes."""

FETCH_SECONDS = 30.0
# How long the post of the settings is used before its NZB is looked at again.
_FRESH_SECONDS = 3600.0


class Parser(Protocol):
    """Reads an NZB file."""

    async def parse(self, path: Path) -> Nzb:
        """Raises Refusal: It is not an NZB."""


class NzbSource:
    """Makes trial posts of NZBs: uploaded, on the disk or on the web.

    Args:
        setting: A URL or a path: what is fetched where nothing else is given. Empty for none.
        parser: Reads NZBs.
        bounds: What fetching one may cost.
    """

    def __init__(
        self,
        setting: str,
        parser: Parser,
        bounds: Bounds,
        *,
        get: Callable[[str, Bounds], Awaitable[Page]] = fetch,
    ) -> None:
        self._setting = setting
        self._parser = parser
        self._bounds = bounds
        self._get = get
        self._loop = asyncio.get_running_loop()
        self._default: tuple[float, TrialPost] | None = None

    async def default(self) -> TrialPost:
        """The post of the settings.

        Raises:
            InvalidRequestError: There is none, or its file cannot be read.
            AltmountError: It cannot be had.
        """
        if self._default is not None and self._loop.time() < self._default[0] + _FRESH_SECONDS:
            return self._default[1]
        if not self._setting:
            raise InvalidRequestError(
                "there is nothing to fetch: upload an NZB as `file`, or set speed_test.nzb"
            )
        if "://" in self._setting:
            post = await self.from_url(self._setting)
        else:
            post = await self._on_disk(Path(self._setting))
        self._default = (self._loop.time(), post)
        return post

    async def from_url(self, url: str) -> TrialPost:
        """The post of an NZB on the web.

        Raises:
            AltmountError: It cannot be had, or is no NZB.
        """
        page = await self._get(url, self._bounds)
        return await self.from_bytes(page.body, "the NZB at that URL")

    async def from_bytes(self, data: bytes, name: str) -> TrialPost:
        """The post of an NZB that was sent.

        Raises:
            Refusal: It is no NZB.
            InvalidRequestError: It lists nothing.
        """
        # The parser is a process of its own, and takes a file.
        with tempfile.NamedTemporaryFile(prefix="altmount-", suffix=".nzb") as file:
            await uninterrupted(self._loop.run_in_executor(None, _fill, file, data))
            return post_of(await self._parser.parse(Path(file.name)), name)

    async def _on_disk(self, path: Path) -> TrialPost:
        try:
            status = await uninterrupted(self._loop.run_in_executor(None, path.stat))
        except OSError as error:
            raise InvalidRequestError(f"speed_test.nzb cannot be read: {error.strerror}") from None
        if status.st_size > MAX_NZB_BYTES:
            raise InvalidRequestError(f"{path} has more than {MAX_NZB_BYTES} bytes")
        return post_of(await self._parser.parse(path), str(path))


def _fill(file: IO[bytes], data: bytes) -> None:
    file.write(data)
    file.flush()
