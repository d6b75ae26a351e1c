"""A synthetic file in the library, and where its bytes are."""

from __future__ import annotations

import random
from base64 import b64encode
from dataclasses import dataclass

from altmount.newsserver.synthetic import payload

ARTICLE_BYTES = 716_800
CHECKED_BYTES = 64
LOGIN = "Authorization: Basic " + b64encode(b"usenet:usenet").decode()
"""What the program lets in, as a header."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file that is, or will be, played."""

    path: str
    """Of the URL, below the host."""

    seed: int
    size: int

    @property
    def articles(self) -> int:
        return -(-self.size // ARTICLE_BYTES)

    def message_id(self, number: int) -> str:
        """Of an article, from 0."""
        return f"s{self.seed}.{self.size}.{ARTICLE_BYTES}.{number + 1}@synthetic"

    def bytes_at(self, start: int, length: int = CHECKED_BYTES) -> bytes:
        """What it holds there."""
        stop = min(start + length, self.size)
        return payload(self.seed, start, stop, article_size=ARTICLE_BYTES)


class Offsets:
    """Places in a file at which nobody has read yet, so that no cache knows them."""

    def __init__(self, target: Target) -> None:
        # The first half is for streams, one after the other; the second for seeks.
        self._half = target.articles // 2
        numbers = range(self._half, target.articles - 100)
        self._unused = random.sample(numbers, len(numbers))
        self._next = 0

    def some(self, count: int) -> list[int]:
        """Offsets in that many articles, far from each other, as a rule."""
        numbers = [self._unused.pop() for _ in range(count)]
        return [number * ARTICLE_BYTES + random.randrange(ARTICLE_BYTES) for number in numbers]

    def run(self, articles: int) -> int:
        """The first of so many articles in a row."""
        if self._next + articles > self._half:
            self._next = 0  # long ago: caches have forgotten it
        first = self._next
        self._next += articles
        return first

    def runs(self, count: int) -> list[int]:
        """Offsets for streams that will not meet."""
        apart = self._half // count
        shift = self.run(4)
        return [(index * apart + shift) % self._half * ARTICLE_BYTES for index in range(count)]
