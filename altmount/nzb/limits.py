"""How much an NZB may hold before it is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for hostile NZBs, far above what posts in the wild need."""

    size: int = 256 * 1024 * 1024
    """Of the XML, unpacked, in bytes."""

    files: int = 100_000

    segments: int = 10_000_000
    """Of all files together."""

    file_segments: int = 2_000_000
    """Of one file; with articles of the usual size this is a file of 1.4 TB."""

    tags: int = 12_000_000
    """Of any kind; each costs time."""

    metas: int = 256
    groups: int = 64
    """Of one file."""

    depth: int = 64
    """How deep well-formed elements may be nested; deeper ones are read as if broken."""
