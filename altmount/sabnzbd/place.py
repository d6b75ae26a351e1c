"""Where clients find what was imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Folders, as clients see them."""

    base: str
    """What all paths begin with, without a last slash: where the library is mounted, or where what
    points into it is made. May be empty."""

    complete: str
    """The library's folder of all imports, with a slash first."""

    shown: Callable[[str], str] = str
    """How a path of the library is written below the base."""

    @property
    def complete_dir(self) -> str:
        """The folder of all imports."""
        return self.path(self.complete)

    def path(self, path: str | None) -> str:
        """A path of the library; of none the folder that all begin with."""
        return self.base + self.shown((path or "/").rstrip("/") or "/").rstrip("/") or "/"
