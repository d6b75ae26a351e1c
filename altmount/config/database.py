"""Settings of the database."""

from __future__ import annotations

from pathlib import Path

from altmount.config.section import FilePath, Section


class DatabaseSettings(Section):
    """The section `database`."""

    path: FilePath = Path("altmount.db")
    """File of the SQLite database."""
