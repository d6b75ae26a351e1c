"""Settings of the library."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from altmount.config.section import Section


class LibrarySettings(Section):
    """The section `library`."""

    undo_days: Annotated[int, Field(ge=0, le=3650)] = 30
    """How many days what was removed or replaced is kept, and can be brought back."""
