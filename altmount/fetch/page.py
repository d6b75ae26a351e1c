"""What was fetched."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Page:
    """What a web server sent, and what it is called there; strangers wrote all of it."""

    body: bytes = field(repr=False)

    named: str = ""
    """The file name that the server gave it (RFC 6266), or empty."""

    last: str = ""
    """The last part of the path of the URL that it came from in the end."""
