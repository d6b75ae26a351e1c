"""How far a reader reads ahead."""

from __future__ import annotations


class Window:
    """A number of articles that starts small and doubles while the reader waits.

    A reader that may leave any moment asks for little; one that takes all that comes is worth
    more. A client that takes its time never makes it wait, and the window stays as it is.
    How much of it is in the air at once is the pool's to decide.
    """

    def __init__(self, first: int, most: int) -> None:
        self.size = min(first, most)
        self._most = most
        self._taken = 0
        self._waited = False

    def took(self, *, waited: bool) -> None:
        """The reader took an article, and had to wait for it or not."""
        self._taken += 1
        self._waited |= waited
        if self._taken >= self.size:
            if self._waited:
                self.size = min(self._most, self.size * 2)
            self._taken, self._waited = 0, False
