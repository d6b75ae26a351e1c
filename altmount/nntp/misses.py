"""Articles that a provider has said it does not have, remembered for a while."""

from __future__ import annotations

from collections import OrderedDict

from altmount.articles import MessageId

_SECONDS = 300.0
"""For how long; new posts need minutes until they are everywhere."""

_MOST = 20_000
"""How many misses are remembered; the oldest go first. About 4 MB."""


class Misses:
    """Who lacks what, by its own word. Nothing else is ever written here.

    Moments are those of one clock that only goes forward, in seconds.
    """

    def __init__(self, *, seconds: float = _SECONDS, most: int = _MOST) -> None:
        self._seconds = seconds
        self._most = most
        self._until: OrderedDict[tuple[str, MessageId], float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._until)

    def note(self, storage: str, message_id: MessageId, now: float) -> None:
        """A provider with that storage has just said so."""
        key = storage, message_id
        self._until[key] = now + self._seconds
        self._until.move_to_end(key)
        if len(self._until) > self._most:
            self._until.popitem(last=False)

    def lacks(self, storage: str, message_id: MessageId, now: float) -> bool:
        """Whether it said so not long ago."""
        if not self._until:  # as on nearly every article that is played
            return False
        key = storage, message_id
        until = self._until.get(key)
        if until is None:
            return False
        if now < until:
            return True
        del self._until[key]
        return False
