"""A bound on bytes held in memory, whoever holds them."""

from __future__ import annotations

from collections.abc import Callable


class ByteBudget:
    """Counts the bytes that are held, and says when some were given back.

    It never waits: whoever wants bytes asks :meth:`fits` and decides. Bytes that are held
    anyway, such as those of an answer that nobody wants any more but that is still on the
    wire, are added without asking, so that who asks is told the truth.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self.most = 0
        """The highest ``used`` that anything was admitted at."""
        self._on_room: Callable[[], None] | None = None

    def fits(self, size: int) -> bool:
        return self.used + size <= self.limit

    def take(self, size: int) -> None:
        """Admit bytes, which :meth:`fits` allowed."""
        self.used += size
        self.most = max(self.most, self.used)

    def add(self, size: int) -> None:
        """Count bytes that are held anyway, perhaps in the hands of another until just now."""
        self.used += size

    def give(self, size: int) -> None:
        """Give bytes back."""
        self.used -= size
        if self._on_room is not None:
            self._on_room()

    def when_room(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` each time bytes were given back."""
        self._on_room = listener
