"""How large the file system of an image may be, and what is raised when it is larger."""

from __future__ import annotations

from altmount.archives.errors import ArchiveError, ArchiveFault

SECTOR = 2048
"""Bytes of a sector, and of a block of a file system."""

MAX_NODES = 100_000
"""How many files and folders it may have."""

MAX_DEPTH = 64
"""How many folders may lie in one another."""

MAX_FOLDER = 8 * 1024 * 1024
"""How large the list of a folder may be."""

MAX_FOLDERS = 16 * 1024 * 1024
"""How large the lists of all folders may be together."""

MAX_EXTENTS = 200_000
"""How many extents its files may have together."""


def damaged(detail: str) -> ArchiveError:
    """What is raised for a file system that cannot be as it is."""
    return ArchiveError(ArchiveFault.DAMAGED, detail)


def too_large(what: str) -> ArchiveError:
    """What is raised for one that is larger than any sound one."""
    return ArchiveError(ArchiveFault.TOO_LARGE, f"its file system has too many {what}")
