"""What reads find out about files, until it is written down."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from altmount.errors import AltmountError

logger = logging.getLogger(__name__)


class Telling(Protocol):
    """Whatever keeps how files are."""

    async def tell_damaged(self, release: str, entry: int | None = None) -> None: ...


class Findings:
    """Files of which reads met bytes that no provider has as they should be.

    What cannot be written down, or not before the program ends, is found by the next read.
    """

    def __init__(self, telling: Telling) -> None:
        self._telling = telling
        self._found: dict[tuple[str, int], None] = {}
        self._news = asyncio.Event()

    def damaged(self, release: str, entry: int) -> None:
        """Note that a file is damaged; does not wait."""
        self._found[release, entry] = None
        self._news.set()

    async def run(self) -> None:
        """Write down what is found, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._found:
                release, entry = next(iter(self._found))
                try:
                    await self._telling.tell_damaged(release, entry)
                    logger.warning(
                        "a file of the release %s is damaged (its number is %d)", release, entry
                    )
                except (AltmountError, OSError) as error:
                    logger.warning("that a file is damaged cannot be written down: %s", error)
                finally:
                    self._found.pop((release, entry), None)
