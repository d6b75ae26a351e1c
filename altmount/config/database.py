"""Settings of the database."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from altmount.config.section import FilePath, Section


class DatabaseSettings(Section):
    """The section `database`."""

    url: SecretStr = SecretStr("")
    """Where the database is, such as `postgresql://altmount:password@host:5432/altmount`; it wins
    over the keys below. If it is empty, and they say nothing else, it is the SQLite file of
    `path`."""

    type: Literal["sqlite", "postgres", "postgresql"] = "sqlite"
    """What kind of database it is, where `url` is empty."""

    dsn: SecretStr = SecretStr("")
    """Where the PostgreSQL database is, where `url` is empty and `type` says so: a URL, or
    `host=... dbname=...`."""

    path: FilePath = Path("altmount.db")
    """File of the SQLite database. Backups of the database, whatever its kind, are kept in
    `backups` beside it."""
