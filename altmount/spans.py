"""Byte spans: the one way this program says "these bytes of that"."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The bytes from ``start`` up to, and not including, ``stop``."""

    start: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.stop:
            raise ValueError(f"not a span: {self.start} to {self.stop}")

    def __len__(self) -> int:
        return self.stop - self.start

    def overlap(self, other: Span) -> Span:
        """The bytes in both; empty where they do not meet."""
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.stop, other.stop)))
