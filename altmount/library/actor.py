"""Who asks for a change of the library."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asked for a change, as the journal remembers it."""

    door: str
    """Which part of the program was asked: "webdav", "api", "import", or "altmount" itself."""

    user: str = ""
    """The name that was logged in with; empty if there was none."""

    client: str = ""
    """The client's program and address, as far as it told them."""


ITSELF = Actor("altmount")
"""The program, on its own account."""

IMPORT = Actor("import")
