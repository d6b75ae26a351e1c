"""Gates: where answers are held until a test lets them go."""

from __future__ import annotations

import asyncio


class Gates:
    """Named gates, each closed until it is released."""

    def __init__(self) -> None:
        self._gates: dict[str, asyncio.Event] = {}

    async def passed(self, name: str) -> None:
        """Wait until a gate is open."""
        await self._gate(name).wait()

    def release(self, name: str) -> None:
        """Open a gate, for those who wait and for those who come later."""
        self._gate(name).set()

    def close(self, name: str) -> None:
        """Close a gate again."""
        self._gate(name).clear()

    def _gate(self, name: str) -> asyncio.Event:
        return self._gates.setdefault(name, asyncio.Event())
